import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from brainswap.adapters import http
from brainswap.adapters.http import HttpClient
from brainswap.adapters.urls import Url, proxy_for
from brainswap.core.errors import ModelBrokeOffError, ModelUnavailableError
from tests.fakes.asking import MachineClock
from tests.fakes.scripted_server import Scripted, ScriptedServer, cut_short, streamed, whole


@asynccontextmanager
async def opened(*script: Scripted, timeout_s: float = 5) -> AsyncIterator[tuple[HttpClient, ScriptedServer]]:
    client = HttpClient(MachineClock(), timeout_s=timeout_s)
    async with ScriptedServer(*script) as server:
        try:
            yield client, server
        finally:
            await client.close()


async def post(client: HttpClient, url: str, body: bytes = b"{}") -> tuple[int, bytes]:
    async with client.post("a.model", Url.parse(url), headers={"Content-Type": "text/plain"}, body=body) as exchange:
        return exchange.status, await exchange.body()


def test_a_connection_is_used_again() -> None:
    async def main() -> None:
        async with opened(whole(200, b"one"), streamed(b"t", b"wo")) as (client, server):
            answers = [await post(client, server.url), await post(client, server.url)]

            assert answers == [(200, b"one"), (200, b"two")]
            assert server.connections == 1
            assert "accept-encoding" not in server.received[0].headers

    asyncio.run(main())


def test_times_begin_when_the_connection_stands() -> None:
    began: list[float] = []

    class SlowClock(MachineClock):
        def monotonic_ms(self) -> float:
            began.append(super().monotonic_ms())
            return began[-1]

    async def main() -> None:
        client = HttpClient(SlowClock(), timeout_s=5)
        async with ScriptedServer(whole(200, b"")) as server:
            async with client.post("a.model", Url.parse(server.url), headers={}, body=b"") as exchange:
                connections = server.connections
                elapsed = exchange.elapsed_ms()
            await client.close()

            assert connections == 1
            assert len(began) == 2
            assert elapsed == began[1] - began[0]
            assert exchange.sent_at is not None

    asyncio.run(main())


def test_a_redirect_is_not_followed() -> None:
    async def main() -> None:
        async with opened(whole(307, b"", {"Location": "http://127.0.0.1:9/"})) as (client, server):
            status, _ = await post(client, server.url)

            assert status == 307
            assert len(server.received) == 1

    asyncio.run(main())


def test_a_request_that_could_not_be_sent_is_unavailable() -> None:
    async def main() -> None:
        client = HttpClient(MachineClock(), timeout_s=5)
        with pytest.raises(ModelUnavailableError, match=r"a\.model: ConnectionRefusedError"):
            await post(client, "http://127.0.0.1:9/")
        await client.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    "scripted",
    [
        Scripted(ending="reset"),
        Scripted(ending="closed"),
        Scripted(ending="hung"),
        cut_short("closed"),
        cut_short("reset"),
        cut_short("hung"),
        streamed(b"half", ending="closed"),
        Scripted(pieces=(b"HTTP/1.1 not a number\r\n\r\n",), ending="closed"),
        Scripted(pieces=(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",), ending="closed"),
    ],
    ids=range(9),
)
def test_a_response_that_does_not_come_whole_breaks_off(scripted: Scripted) -> None:
    async def main() -> None:
        async with opened(scripted, timeout_s=0.3) as (client, server):
            with pytest.raises(ModelBrokeOffError):
                await post(client, server.url)
            assert len(server.received) == 1

    asyncio.run(main())


def test_a_body_longer_than_any_answer_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LONGEST_ANSWER", 1000)

    async def main() -> None:
        async with opened(whole(200, b"x" * 1001)) as (client, server):
            with pytest.raises(ModelBrokeOffError, match="more than 1000 bytes"):
                await post(client, server.url)

    asyncio.run(main())


def test_a_refusal_is_read_as_far_as_it_comes() -> None:
    async def said(client: HttpClient, url: str) -> bytes:
        async with client.post("a.model", Url.parse(url), headers={}, body=b"") as exchange:
            return await exchange.refusal()

    async def main() -> None:
        half = Scripted(pieces=(b"HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\nhalf",), ending="closed")
        async with opened(half, whole(500, b"y" * 200_000)) as (client, server):
            first, second = await said(client, server.url), await said(client, server.url)

            assert first == b"half"
            assert 65_536 <= len(second) <= 200_000

    asyncio.run(main())


def test_a_large_body_is_sent_whole() -> None:
    async def main() -> None:
        async with opened(whole(200, b"")) as (client, server):
            await post(client, server.url, b"z" * (2 << 20))

            assert len(server.received[0].body) == 2 << 20

    asyncio.run(main())


def test_a_client_lives_on_each_loop_that_it_is_used_on() -> None:
    client = HttpClient(MachineClock(), timeout_s=5)

    async def once() -> int:
        async with ScriptedServer(whole(200, b"")) as server:
            await post(client, server.url)
            await client.close()
            status, _ = await post(client, server.url)
            await client.close()
            await client.close()
            return status

    statuses = [asyncio.run(once()), asyncio.run(once())]

    assert statuses == [200, 200]


def test_leave_is_taken_of_a_response_that_never_ends() -> None:
    async def main() -> None:
        async with opened(streamed(b"all", ending="hung")) as (client, server):
            async with client.post("a.model", Url.parse(server.url), headers={}, body=b"") as exchange:
                said = await exchange.piece()
                await exchange.take_leave()

            assert said == b"all"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://bedrock-runtime.eu-central-1.amazonaws.com/model", "http://proxy:3128"),
        ("https://internal.example.com/v1", None),
        ("http://127.0.0.1:4567/", None),
        ("http://localhost:4567/", None),
        ("http://[::1]:4567/", None),
    ],
)
def test_the_proxy_of_the_environment_is_used_except_for_this_machine(
    url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://proxy:3128")
    monkeypatch.setenv("no_proxy", ".example.com")

    assert proxy_for(Url.parse(url)) == (proxy and Url.parse(proxy))


def test_requests_go_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with opened(whole(200, b"from afar")) as (client, server):
            monkeypatch.setenv("http_proxy", server.url)
            monkeypatch.delenv("no_proxy", raising=False)
            monkeypatch.delenv("NO_PROXY", raising=False)
            answer = await post(client, "http://model.invalid/v1")

            assert answer == (200, b"from afar")
            assert server.received[0].target == "http://model.invalid/v1"

    asyncio.run(main())
