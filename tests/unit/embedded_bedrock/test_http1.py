import json
import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.bedrock.http1 import BODY_LIMIT, HEADER_LIMIT
from local.bedrock.server import EmbeddedBedrock

SIGNED = (
    "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/eu-west-1/bedrock/aws4_request, "
    "SignedHeaders=host, Signature=0"
)
PATH = "/model/brainswap.sim-strong-v1%3A0/converse"
BODY = json.dumps({"messages": [{"role": "user", "content": [{"text": "Hi"}]}]})


@pytest.fixture
def wire(bedrock: EmbeddedBedrock) -> Iterator[socket.socket]:
    host, _, port = bedrock.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        yield connection


def post(*headers: str, body: str = BODY, path: str = PATH, version: str = "1.1") -> bytes:
    lines = (f"POST {path} HTTP/{version}", "Host: localhost", *headers)
    return ("\r\n".join(lines) + f"\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


def receive(wire: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """One response whose length is given."""
    file = wire.makefile("rb")
    with file:
        status = int(file.readline().split()[1])
        headers = dict(line.decode().strip().lower().split(": ", 1) for line in iter(file.readline, b"\r\n"))
        return status, headers, file.read(int(headers["content-length"]))


def rest(wire: socket.socket) -> bytes:
    return b"".join(iter(lambda: wire.recv(65536), b""))


def test_one_connection_serves_request_after_request(wire: socket.socket) -> None:
    for _ in range(3):
        wire.sendall(post(SIGNED))
        status, headers, body = receive(wire)
        assert (status, headers["connection"]) == (200, "keep-alive")
        assert json.loads(body)["stopReason"] == "end_turn"


def test_requests_sent_ahead_are_answered_in_order(wire: socket.socket) -> None:
    wire.sendall(post(SIGNED) + post("Authorization: Bearer key", "Connection: close", path="/nowhere"))

    received = rest(wire)

    assert received.count(b"HTTP/1.1 ") == 2
    assert received.index(b"HTTP/1.1 200") < received.index(b"HTTP/1.1 404")


def test_a_request_may_trickle_in(wire: socket.socket) -> None:
    request = post(SIGNED)

    for begin in range(0, len(request), 40):
        wire.sendall(request[begin : begin + 40])

    assert receive(wire)[0] == 200


def test_a_client_that_asks_first_is_told_to_go_on(wire: socket.socket) -> None:
    head, _, body = post(SIGNED, "Expect: 100-continue").partition(b"\r\n\r\n")
    wire.sendall(head + b"\r\n\r\n")

    assert wire.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.sendall(body)
    assert receive(wire)[0] == 200


def test_an_old_client_gets_a_stream_without_chunks_and_the_end_of_the_connection(wire: socket.socket) -> None:
    wire.sendall(post(SIGNED, path=f"{PATH}-stream", version="1.0"))

    received = rest(wire)

    assert received.startswith(b"HTTP/1.1 200")
    assert b"Transfer-Encoding" not in received
    assert b"metadata" in received


def test_a_stream_comes_in_chunks(wire: socket.socket) -> None:
    wire.sendall(post(SIGNED, "Connection: close", path=f"{PATH}-stream"))

    received = rest(wire)

    assert b"Transfer-Encoding: chunked" in received
    assert received.endswith(b"\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400),
        (b"GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (BODY_LIMIT + 1), 413),
        (b"POST / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", 417),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (HEADER_LIMIT + 1) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", 431),
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_ends(
    wire: socket.socket, request_: bytes, status: int
) -> None:
    wire.sendall(request_)

    code, headers, _ = receive(wire)

    assert (code, headers["connection"]) == (status, "close")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(min_size=1, max_size=200))
def test_no_noise_takes_the_server_down(bedrock: EmbeddedBedrock, noise: bytes) -> None:
    host, _, port = bedrock.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as noisy:
        noisy.sendall(noise + b"\r\n\r\n")
        assert noisy.recv(100).startswith(b"HTTP/1.1 4")


def test_a_client_that_hangs_up_leaves_the_others_alone(bedrock: EmbeddedBedrock, wire: socket.socket) -> None:
    host, _, port = bedrock.url.removeprefix("http://").partition(":")
    for cut_off in (post(SIGNED)[:-5], b"POST / HT", b""):
        with socket.create_connection((host, int(port)), timeout=10) as other:
            other.sendall(cut_off)

    wire.sendall(post(SIGNED))
    assert receive(wire)[0] == 200


def test_head_gets_no_body(wire: socket.socket) -> None:
    wire.sendall(b"HEAD /foundation-models HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert rest(wire).endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        ((), 403, "MissingAuthenticationTokenException"),
        (("Authorization: Basic abc",), 403, "IncompleteSignatureException"),
        (("Authorization: Bearer any",), 200, None),
        ((SIGNED,), 200, None),
    ],
)
def test_whoever_shows_no_credentials_is_turned_away(
    wire: socket.socket, authorization: tuple[str, ...], status: int, code: str | None
) -> None:
    wire.sendall(post(*authorization))

    received, headers, _ = receive(wire)

    assert (received, headers.get("x-amzn-errortype")) == (status, code.lower() if code else None)


@pytest.mark.parametrize("body", ["[]", "{", "nonsense", '{"messages": NaN}', "[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(wire: socket.socket, body: str) -> None:
    wire.sendall(post(SIGNED, body=body))

    status, headers, _ = receive(wire)

    assert (status, headers["x-amzn-errortype"]) == (400, "validationexception")


def test_a_label_of_the_path_does_not_come_from_the_body(wire: socket.socket) -> None:
    wire.sendall(post(SIGNED, body=BODY.replace("{", '{"modelId": "brainswap.sim-weak-v1:0", ', 1)))

    status, _, body = receive(wire)

    assert status == 400
    assert b"does not belong into the body" in body


def test_an_unknown_route_is_an_unknown_operation(wire: socket.socket) -> None:
    wire.sendall(post(SIGNED, path="/model/x/invoke-nobody"))

    status, headers, _ = receive(wire)

    assert (status, headers["x-amzn-errortype"]) == (404, "unknownoperationexception")
