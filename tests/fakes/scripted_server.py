"""An HTTP server on loopback that answers each request with the next line of its script."""

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

Ending = Literal["kept", "closed", "reset", "hung"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request; names of headers in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """What is written in answer to a request, with a pause after each piece, and what becomes of the connection."""

    pieces: tuple[bytes, ...] = ()
    ending: Ending = "kept"
    pause_s: float = 0.0


def whole(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Scripted:
    """A response of known length; a body that is no bytes is JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Scripted(pieces=(_head(status, {"Content-Length": str(len(data)), **(headers or {})}) + data,))


def streamed(*pieces: bytes, ending: Ending = "kept", headers: Mapping[str, str] | None = None) -> Scripted:
    """A response in chunks, whole if the connection is kept."""
    head = _head(200, {"Transfer-Encoding": "chunked", **(headers or {})})
    chunks = [f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces]
    return Scripted(pieces=(head, *chunks, *([b"0\r\n\r\n"] if ending == "kept" else [])), ending=ending)


def cut_short(ending: Ending) -> Scripted:
    """Half of a response of known length."""
    return Scripted(pieces=(_head(200, {"Content-Length": "100"}) + b'{"out',), ending=ending)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


class ScriptedServer:
    """Listens as long as the ``async with`` block lasts, and repeats the last line of its script."""

    def __init__(self, *script: Scripted, tls: ssl.SSLContext | None = None) -> None:
        self._script = list(script)
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self.received: list[Received] = []
        self.connections = 0
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        self.url = f"http{'s' if self._tls else ''}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            while (request := await _read(reader)) is not None:
                self.received.append(request)
                scripted = self._script.pop(0) if len(self._script) > 1 else self._script[0]
                if not await _play(scripted, writer):
                    break
        except (asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method=method, target=target, headers=headers, body=body)


async def _play(scripted: Scripted, writer: asyncio.StreamWriter) -> bool:
    """Whether the connection is kept."""
    for piece in scripted.pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(scripted.pause_s)
    if scripted.ending == "hung":
        await asyncio.Event().wait()
    if scripted.ending == "reset":
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    return scripted.ending == "kept"
