"""HTTP/1.1 on asyncio streams: as much of it as SDKs speak on loopback."""

import asyncio
import re
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from local.bedrock.faults import BrokenOffError

HEAD_LIMIT = 64 * 1024
HEADER_LIMIT = 100
# Bedrock's own limit for a request.
BODY_LIMIT = 25_000_000

_REQUEST_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) (/[\x21-\x7e]*) HTTP/1\.([01])")
_HEADERS = re.compile(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n)*")
_LENGTH = re.compile(r"[0-9]{1,18}")
_WITHOUT_GOODBYE = struct.pack("ii", 1, 0)  # linger for no time at all: TCP's reset
_REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request.

    Attributes:
        path: as it came, still percent-encoded, without the query.
        headers: by lower-case name; of several with one name the values joined by commas.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    keep_alive: bool
    is_http_1_0: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """One response; a body that comes in pieces is sent in chunks, each as soon as it is there."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | AsyncIterator[bytes] = b""


class ProtocolError(Exception):
    """What came is no request that this server reads; ``status`` says why, and the connection ends."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]


async def serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, respond: Respond) -> None:
    """Answer the requests of one connection, one after the other, until either side ends it."""
    try:
        while True:
            request = await _read_request(reader, writer)
            if request is None:
                break
            await _write_response(writer, request, await respond(request))
            if not request.keep_alive:
                break
    except ProtocolError as error:
        writer.write(_refusal(error))
    except (ConnectionError, asyncio.IncompleteReadError):
        pass  # the client has gone; nobody is left to be told
    except BrokenOffError:
        _reset(writer)
    except asyncio.CancelledError:
        writer.transport.abort()  # or a client that reads nothing could hold up the end of the server
        raise
    finally:
        await _close(writer)


async def _read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> HttpRequest | None:
    """The next request; None where the client has none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise ProtocolError(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too long."
        ) from None
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise
    first, _, block = head[:-2].decode("latin-1").partition("\r\n")
    line = _REQUEST_LINE.fullmatch(first)
    if line is None:
        raise ProtocolError(HTTPStatus.BAD_REQUEST, "The request line is malformed.")
    method, target, minor = line.groups()
    headers = _headers(block)
    if minor == "1" and "host" not in headers:
        raise ProtocolError(HTTPStatus.BAD_REQUEST, "A request names its host.")
    length = _content_length(headers)
    await _allow(headers, writer)
    path, _, query = target.partition("?")
    connection = headers.get("connection", "").lower()
    return HttpRequest(
        method=method,
        path=path,
        query=query,
        headers=headers,
        body=await reader.readexactly(length) if length else b"",
        keep_alive="close" not in connection if minor == "1" else "keep-alive" in connection,
        is_http_1_0=minor == "0",
    )


def _headers(block: str) -> dict[str, str]:
    if not _HEADERS.fullmatch(block):
        raise ProtocolError(HTTPStatus.BAD_REQUEST, "A header is malformed.")
    lines = block.split("\r\n")[:-1]
    if len(lines) > HEADER_LIMIT:
        raise ProtocolError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request has too many headers.")
    headers: dict[str, str] = {}
    for line in lines:
        written, _, value = line.partition(":")
        name, value = written.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _content_length(headers: Mapping[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise ProtocolError(HTTPStatus.LENGTH_REQUIRED, "Give the length of the body; chunks are not read.")
    written = headers.get("content-length", "0")
    if not _LENGTH.fullmatch(written):
        raise ProtocolError(HTTPStatus.BAD_REQUEST, "The content length is no number.")
    length = int(written)
    if length > BODY_LIMIT:
        raise ProtocolError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has at most {BODY_LIMIT} bytes.")
    return length


async def _allow(headers: Mapping[str, str], writer: asyncio.StreamWriter) -> None:
    expected = headers.get("expect")
    if expected is None:
        return
    if expected.lower() != "100-continue":
        raise ProtocolError(HTTPStatus.EXPECTATION_FAILED, "Only 100-continue can be expected.")
    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    await writer.drain()


async def _write_response(writer: asyncio.StreamWriter, request: HttpRequest, response: HttpResponse) -> None:
    if isinstance(response.body, bytes):
        head = _head(response, request, {"Content-Length": str(len(response.body))})
        writer.write(head if request.method == "HEAD" else head + response.body)
        await writer.drain()
        return
    chunked = not request.is_http_1_0
    pending = _head(response, request, {"Transfer-Encoding": "chunked"} if chunked else {})
    async for piece in response.body:
        writer.write(pending + (_chunk(piece) if chunked else piece))
        await writer.drain()
        pending = b""
    writer.write(pending + (b"0\r\n\r\n" if chunked else b""))
    await writer.drain()
    if not (chunked or writer.is_closing()):
        writer.write_eof()  # without chunks the end of the connection is the end of the body


def _head(response: HttpResponse, request: HttpRequest, framing: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, '')}", f"Date: {_date(int(time.time()))}"]
    lines.extend(f"{name}: {value}" for name, value in (dict(response.headers) | dict(framing)).items())
    lines.append(f"Connection: {'keep-alive' if request.keep_alive else 'close'}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def _refusal(error: ProtocolError) -> bytes:
    body = f'{{"message":"{error}"}}'.encode()
    return (
        f"HTTP/1.1 {error.status.value} {error.status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode() + body


def _reset(writer: asyncio.StreamWriter) -> None:
    """End the connection as a machine does that has forgotten it."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _WITHOUT_GOODBYE)
    writer.transport.abort()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):  # it was closed from the other side
        await writer.wait_closed()
