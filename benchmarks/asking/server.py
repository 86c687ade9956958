"""A server that answers every request after the same time, cheaply enough not to be what is measured.

    .venv/bin/python -m benchmarks.asking.server [--port 8899]

It speaks Converse, ConverseStream and OpenAI's chat completions, whole or in pieces, on kept connections without
pipelining. ``POST /reset`` takes a JSON object with any of the fields of `Manner` and begins to count anew;
``GET /stats`` tells what was counted since.
"""

import argparse
import asyncio
import gc
import json
import resource
import time
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.asking import wires
from benchmarks.asking.bucket import Bucket

_CONVERSE = wires.converse()
_CHAT = wires.chat_completions()
_LENGTH = b"\r\ncontent-length:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How requests are answered.

    Attributes:
        latency_ms: from request to the last byte of its answer.
        first_piece_ms: from request to the first piece of an answer in pieces.
        rate_per_s: accepted requests; None accepts all.
        burst: requests accepted at once after a pause.
    """

    latency_ms: float = 200.0
    first_piece_ms: float = 40.0
    rate_per_s: float | None = None
    burst: float = 1.0


class Tally:
    """What happened since the last reset; times in seconds since then."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.bucket = Bucket(rate_per_s=manner.rate_per_s, burst=manner.burst)
        self.accepted = 0
        self.answered = 0
        self.throttled = 0
        self.connections = 0
        self.in_flight_at_most = 0
        self.first_request: float | None = None
        self.last_answer: float | None = None
        self._began = time.perf_counter()
        self._cpu = _cpu_s()

    def stats(self) -> dict[str, Any]:
        calls = self.answered + self.throttled
        cpu = _cpu_s() - self._cpu
        return {
            "accepted": self.accepted,
            "answered": self.answered,
            "throttled": self.throttled,
            "connections": self.connections,
            "in_flight_at_most": self.in_flight_at_most,
            "first_request_s": None if self.first_request is None else self.first_request - self._began,
            "last_answer_s": None if self.last_answer is None else self.last_answer - self._began,
            "cpu_us_per_call": cpu / calls * 1e6 if calls else None,
            "manner": asdict(self.manner),
        }


class Server:
    """What the connections share."""

    def __init__(self) -> None:
        self.tally = Tally(Manner())

    def reset(self, body: bytes) -> None:
        self.tally = Tally(Manner(**json.loads(body or b"{}")))


class Connection(asyncio.Protocol):
    """One kept connection, one request at a time."""

    __slots__ = ("_buffer", "_loop", "_needed", "_server", "_transport")

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        self._buffer = b""
        self._needed = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._server.tally.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if len(self._buffer) < self._needed:
            return
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        start = head.find(_LENGTH)
        if start < 0:
            length = 0
        else:
            start += len(_LENGTH)
            stop = head.find(b"\r", start)
            length = int(head[start : stop if stop >= 0 else None])
        self._needed = end + 4 + length
        if len(self._buffer) < self._needed:
            return
        target = self._buffer[: self._buffer.find(b" HTTP/")]
        body = self._buffer[end + 4 :]
        self._buffer = b""
        self._needed = 0
        self._answer(target, body)

    def _answer(self, target: bytes, body: bytes) -> None:
        if target.endswith(b"/converse"):
            self._model(_CONVERSE, in_pieces=False)
        elif target.endswith(b"/converse-stream"):
            self._model(_CONVERSE, in_pieces=True)
        elif target.endswith(b"/chat/completions"):
            self._model(_CHAT, in_pieces=b'"stream":true' in body or b'"stream": true' in body)
        elif target == b"GET /stats":
            self._write(wires.plain("200 OK", self._server.tally.stats()))
        elif target == b"POST /reset":
            self._server.reset(body)
            self._write(wires.plain("200 OK", {}))
        else:
            self._write(wires.plain("404 Not Found", {"message": "there is nothing here"}))

    def _model(self, wire: wires.Wire, *, in_pieces: bool) -> None:
        tally = self._server.tally
        now = time.perf_counter()
        if tally.first_request is None:
            tally.first_request = now
        if not tally.bucket.takes(now):
            tally.throttled += 1
            tally.last_answer = now
            self._write(wire.throttled)
            return
        tally.accepted += 1
        tally.in_flight_at_most = max(tally.in_flight_at_most, tally.accepted - tally.answered)
        latency = tally.manner.latency_ms / 1000
        if in_pieces:
            first = min(tally.manner.first_piece_ms / 1000, latency)
            step = (latency - first) / (len(wire.pieces) - 1)
            for number, piece in enumerate(wire.pieces[:-1]):
                self._loop.call_later(first + step * number, self._write, piece)
            self._loop.call_later(latency, self._finish, tally, wire.pieces[-1])
        elif latency:
            self._loop.call_later(latency, self._finish, tally, wire.whole)
        else:
            self._finish(tally, wire.whole)

    def _finish(self, tally: Tally, data: bytes) -> None:
        self._write(data)
        tally.answered += 1
        tally.last_answer = time.perf_counter()

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def serve(port: int) -> None:
    """Serve on loopback until cancelled; prints the port once it listens."""
    loop = asyncio.get_running_loop()
    server = Server()
    listening = await loop.create_server(lambda: Connection(server, loop), "127.0.0.1", port, backlog=1024)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    gc.freeze()
    asyncio.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
