"""What a connection does at the edges of HTTP/1.1, in TLS and through proxies."""

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from brainswap.adapters import http
from brainswap.adapters.http import HttpClient
from brainswap.adapters.urls import Url
from brainswap.core.errors import ModelBrokeOffError, ModelUnavailableError
from tests.fakes.asking import MachineClock
from tests.fakes.scripted_server import Scripted, ScriptedServer, streamed, whole

OK = b"HTTP/1.1 200 OK\r\n"


async def post(client: HttpClient, url: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    async with client.post("a.model", Url.parse(url), headers=headers or {}, body=b"{}") as exchange:
        return exchange.status, await exchange.body()


def posted(*script: Scripted, times: int = 1) -> tuple[list[bytes], int]:
    """The bodies of so many answers, and over how many connections they came."""

    async def main() -> tuple[list[bytes], int]:
        client = HttpClient(MachineClock(), timeout_s=5)
        async with ScriptedServer(*script) as server:
            bodies = [(await post(client, server.url))[1] for _ in range(times)]
            await client.close()
            return bodies, server.connections

    return asyncio.run(main())


def test_an_interim_response_is_not_the_response() -> None:
    bodies, connections = posted(
        Scripted(pieces=(b"HTTP/1.1 100 Continue\r\n\r\n", OK + b"Content-Length: 2\r\n\r\nok")), times=2
    )

    assert (bodies, connections) == ([b"ok", b"ok"], 1)


def test_a_body_without_a_length_ends_with_its_connection() -> None:
    bodies, connections = posted(Scripted(pieces=(OK + b"\r\nall", b" of it"), ending="closed"), times=2)

    assert (bodies, connections) == ([b"all of it"] * 2, 2)


def test_a_connection_that_is_announced_to_close_is_not_used_again() -> None:
    _, connections = posted(whole(200, b"one", {"Connection": "close"}), times=2)

    assert connections == 2


def test_a_connection_that_says_more_than_was_asked_is_not_used_again() -> None:
    bodies, connections = posted(Scripted(pieces=(OK + b"Content-Length: 3\r\n\r\none" + OK,)), times=2)

    assert (bodies, connections) == ([b"one", b"one"], 2)


def test_a_connection_that_has_been_idle_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "KEPT_S", 0.0)

    _, connections = posted(whole(200, b"one"), times=2)

    assert connections == 2


def test_what_a_server_says_unasked_ends_its_connection() -> None:
    async def main() -> int:
        client = HttpClient(MachineClock(), timeout_s=5)
        late = Scripted(pieces=(OK + b"Content-Length: 3\r\n\r\none", b"HTTP/1.1 408 Too late\r\n\r\n"), pause_s=0.05)
        async with ScriptedServer(late) as server:
            await post(client, server.url)
            await asyncio.sleep(0.2)
            await post(client, server.url)
            await client.close()
            return server.connections

    assert asyncio.run(main()) == 2


def test_names_of_headers_have_no_case() -> None:
    async def main() -> tuple[str, str | None, int]:
        client = HttpClient(MachineClock(), timeout_s=5)
        async with ScriptedServer(whole(200, b"", {"X-Amzn-ErrorType": "  None  "})) as server:
            async with client.post("a.model", Url.parse(server.url), headers={}, body=b"") as exchange:
                found = exchange.headers["x-amzn-errortype"], exchange.headers.get("absent"), len(exchange.headers)
            await client.close()
            return found

    assert asyncio.run(main()) == ("None", None, 2)


def test_a_body_that_comes_faster_than_it_is_read_waits() -> None:
    pieces = [bytes([65 + number]) * (1 << 19) for number in range(8)]

    async def main() -> bytes:
        client = HttpClient(MachineClock(), timeout_s=5)
        async with ScriptedServer(streamed(*pieces)) as server:
            async with client.post("a.model", Url.parse(server.url), headers={}, body=b"") as exchange:
                await asyncio.sleep(0.2)
                body = await exchange.body()
            await client.close()
            return body

    assert asyncio.run(main()) == b"".join(pieces)


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\rb"])
def test_a_header_with_a_line_break_is_never_sent(value: str) -> None:
    async def main() -> int:
        client = HttpClient(MachineClock(), timeout_s=5)
        async with ScriptedServer(whole(200, b"")) as server:
            with pytest.raises(ModelUnavailableError, match="line break"):
                await post(client, server.url, {"Authorization": value})
            return len(server.received)

    assert asyncio.run(main()) == 0


def test_a_host_that_can_be_no_name_is_unavailable() -> None:
    async def main() -> None:
        client = HttpClient(MachineClock(), timeout_s=5)
        with pytest.raises(ModelUnavailableError, match="UnicodeError"):
            await post(client, f"http://{'a' * 70}.example")

    asyncio.run(main())


@pytest.mark.parametrize(
    "text", ["", "models.example", "ftp://models.example", "https://", "https://[::1", "http://a b/"]
)
def test_what_is_no_url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Url.parse(text)


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("https://Models.Example", "https://models.example/"),
        ("http://[::1]:8080/a%2Fb?x=1%2F2&y=ä", "http://[::1]:8080/a%2Fb?x=1%2F2&y=%C3%A4"),
        ("https://models.example:443/a b", "https://models.example/a%20b"),
        ("http://models.example:443", "http://models.example:443/"),
    ],
)
def test_a_url_is_written_as_a_request_wants_it(text: str, again: str) -> None:
    assert str(Url.parse(text)) == again


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key with a certificate for this machine that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain) + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def contexts(certificate: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's, and that of a client who trusts it."""
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificate)
    return serving, ssl.create_default_context(cafile=str(certificate))


def test_an_endpoint_in_tls_is_asked_over_one_connection_by_those_who_trust_it(certificate: Path) -> None:
    serving, trusting = contexts(certificate)

    async def main() -> tuple[list[bytes], int]:
        client = HttpClient(MachineClock(), timeout_s=5)
        async with ScriptedServer(whole(200, b"sealed"), tls=serving) as server:
            to, bodies = Url.parse(server.url), []
            for _ in range(2):
                async with client.post("a.model", to, headers={}, body=b"", trust=trusting) as exchange:
                    bodies.append(await exchange.body())
            with pytest.raises(ModelUnavailableError, match="SSLCertVerificationError"):
                await post(client, server.url)
            await client.close()
            return bodies, server.connections

    bodies, connections = asyncio.run(main())

    assert bodies == [b"sealed"] * 2
    assert connections == 1


class Proxy:
    """Opens the tunnels that it is asked for, or says why not."""

    def __init__(self, refusal: bytes | None = None) -> None:
        self._refusal = refusal
        self.asked: list[str] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://me:pass%20word@127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if self._refusal is not None:
            writer.write(self._refusal)
            writer.close()
            return
        host, _, port = self.asked[-1].split()[1].rpartition(":")
        there_reader, there_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(self._copy(reader, there_writer), self._copy(there_reader, writer))

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()


def test_tls_goes_through_the_tunnel_of_a_proxy(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serving, trusting = contexts(certificate)

    async def main() -> tuple[list[bytes], list[str]]:
        client = HttpClient(MachineClock(), timeout_s=5)
        async with ScriptedServer(whole(200, b"sealed"), tls=serving) as server, Proxy() as proxy:
            to, bodies = Url.parse(server.url), []
            monkeypatch.setattr(http, "proxy_for", lambda _: Url.parse(proxy.url))
            for _ in range(2):
                async with client.post("a.model", to, headers={}, body=b"", trust=trusting) as exchange:
                    bodies.append(await exchange.body())
            await client.close()
            await asyncio.sleep(0.05)
            return bodies, proxy.asked

    bodies, asked = asyncio.run(main())

    assert bodies == [b"sealed"] * 2
    assert len(asked) == 1
    assert asked[0].startswith("CONNECT 127.0.0.1:")
    assert "Proxy-Authorization: Basic bWU6cGFzcyB3b3Jk\r\n" in asked[0]


def test_a_proxy_that_opens_no_tunnel_makes_the_model_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        client = HttpClient(MachineClock(), timeout_s=5)
        async with Proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as proxy:
            monkeypatch.setattr(http, "proxy_for", lambda _: Url.parse(proxy.url))
            with pytest.raises(ModelUnavailableError, match="the proxy refuses with 407"):
                await post(client, "https://model.invalid/")
            await client.close()

    asyncio.run(main())


def test_a_reset_between_two_requests_breaks_the_second_off() -> None:
    async def main() -> None:
        client = HttpClient(MachineClock(), timeout_s=5)
        async with ScriptedServer(whole(200, b"one"), Scripted(ending="reset")) as server:
            await post(client, server.url)
            with pytest.raises(ModelBrokeOffError):
                await post(client, server.url)
            await client.close()

    asyncio.run(main())
