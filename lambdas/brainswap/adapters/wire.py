"""One HTTP/1.1 connection of a client, on an event loop.

The parser is httptools', which is that of Node.js; what is written here is what a general client has to do more for: at
most one request is under way on a connection, its body is whole, and nothing is redirected, decoded or sent again.
"""

import asyncio
import ssl
from collections.abc import Iterator, Mapping

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

_INTERIM = range(100, 200)
_MUCH = 1 << 20  # bytes that wait for their reader, beyond which the sender has to wait too


class NotHttpError(ConnectionError):
    """The other side does not speak HTTP."""


class Headers(Mapping[str, str]):
    """Headers of a response, whatever the case of their names; the last of a name counts."""

    __slots__ = ("_by_name",)

    def __init__(self, lines: list[tuple[bytes, bytes]]) -> None:
        self._by_name = {name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in lines}

    def __getitem__(self, name: str) -> str:
        return self._by_name[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)


class Wire(asyncio.Protocol):
    """Sends a request and takes in its response, again and again while `reusable`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser: HttpResponseParser | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._lines: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []
        self._waiting_bytes = 0
        self._paused = False
        self._ended = False
        self._kept = True
        self._error: Exception | None = None
        self.gone = loop.create_future()
        self.status = 0
        self.headers: Headers | None = None

    # What its user does

    def send(self, head: bytes, body: bytes) -> None:
        """Begin an exchange."""
        self._parser = HttpResponseParser(self)
        self._lines, self._pieces, self._waiting_bytes = [], [], 0
        self._ended = False
        self.status, self.headers = 0, None
        if self._transport is not None:
            self._transport.write(head + body)

    async def head(self) -> Headers:
        """Wait for status and headers.

        Raises:
            OSError: they do not come.
        """
        while self.headers is None:
            await self._news()
        return self.headers

    async def piece(self) -> bytes:
        """Whatever has come of the body, and at least something; empty at its end.

        Raises:
            OSError: it does not come to its end.
        """
        while not self._pieces and not self._ended:
            await self._news()
        pieces, self._pieces, self._waiting_bytes = self._pieces, [], 0
        if self._paused and self._transport is not None:
            self._transport.resume_reading()
            self._paused = False
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    @property
    def reusable(self) -> bool:
        """Whether another exchange can begin."""
        return self._ended and not self._pieces and self._kept and not self.gone.done() and self._error is None

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Go on in TLS, through the tunnel of a proxy."""
        if self._transport is not None:
            self._parser = None
            self._transport = await self._loop.start_tls(self._transport, self, context, server_hostname=host)

    def abort(self) -> None:
        """End the connection, whatever is under way."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio and the parser call

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended:
            if exc is None and self.headers is not None and self._ends_with_connection(self.headers):
                self._ended = True
            else:
                self._error = exc or ConnectionResetError("the connection was closed")
        if not self.gone.done():
            self.gone.set_result(None)
        self._wake()

    def data_received(self, data: bytes) -> None:
        if self._parser is None or self._ended:  # nobody asked
            self._kept = False
            self.abort()
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._kept = False
            if not self._ended:
                self._error = self._error or NotHttpError(f"not a response: {error}")
            self.abort()
        self._wake()

    def on_message_begin(self) -> None:
        if self._ended:  # more than was asked for
            raise NotHttpError("one response too many")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._lines.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code() if self._parser is not None else 0
        if status not in _INTERIM:
            self.status, self.headers = status, Headers(self._lines)
        self._lines = []

    def on_body(self, data: bytes) -> None:
        self._pieces.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes > _MUCH and not self._paused and self._transport is not None:
            self._transport.pause_reading()
            self._paused = True

    def on_message_complete(self) -> None:
        if self.headers is None:  # an interim response
            return
        self._ended = True
        self._kept = self._parser is not None and self._parser.should_keep_alive()

    async def _news(self) -> None:
        if self._error is not None:
            raise self._error
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _ends_with_connection(self, headers: Headers) -> bool:
        return "content-length" not in headers and "transfer-encoding" not in headers
