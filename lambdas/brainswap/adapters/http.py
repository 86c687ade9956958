"""HTTP for asking models: kept connections, times that mean the model, and failures in our words."""

import asyncio
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from brainswap.adapters.service_errors import printable
from brainswap.adapters.urls import Url, proxy_for
from brainswap.adapters.wire import Wire
from brainswap.core.errors import ModelBrokeOffError, ModelUnavailableError
from brainswap.ports import Clock

CONNECT_S = 10.0
KEPT_S = 30.0
PROBED_AFTER_S = 60
"""Until an idle connection is probed: NAT gateways and load balancers of AWS forget one after 350 seconds."""

LONGEST_ANSWER = 64 << 20
_LONGEST_REFUSAL = 64 << 10
_FAREWELL_S = 0.05
_SECOND_ADDRESS_S = 0.25  # until the next address of a name is tried beside the first (RFC 8305)
_OK = 200


class Exchange:
    """A request that was sent, and the response to it.

    Attributes:
        sent_at: when it was sent (seconds since 1970).
    """

    __slots__ = ("_began_ms", "_clock", "_room", "_wire", "headers", "sent_at", "status")

    def __init__(self, wire: Wire, headers: Mapping[str, str], clock: Clock, began_ms: float, sent_at: float) -> None:
        self.status = wire.status
        self.headers = headers
        self.sent_at = sent_at
        self._wire = wire
        self._clock = clock
        self._began_ms = began_ms
        self._room = LONGEST_ANSWER

    def elapsed_ms(self) -> float:
        """Since the request was sent on a connection that stood."""
        return self._clock.monotonic_ms() - self._began_ms

    async def piece(self) -> bytes:
        """Whatever comes next of the body; empty at its end.

        Raises:
            ModelBrokeOffError: it has become longer than any answer.
        """
        data = await self._wire.piece()
        self._room -= len(data)
        if self._room < 0:
            raise ModelBrokeOffError(f"more than {LONGEST_ANSWER} bytes")
        return data

    async def body(self) -> bytes:
        """All of the body.

        Raises:
            ModelBrokeOffError: it is longer than any answer.
        """
        pieces = []
        while data := await self.piece():
            pieces.append(data)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def refusal(self) -> bytes:
        """The body of an error, or its beginning; what breaks off is no worse than what was refused."""
        said = b""
        with suppress(OSError):
            while len(said) < _LONGEST_REFUSAL and (data := await self._wire.piece()):
                said += data
        return said

    async def take_leave(self) -> None:
        """Let the response end, which has nothing more to say, so that its connection can be used again."""
        with suppress(OSError):
            async with asyncio.timeout(_FAREWELL_S):
                await self._wire.piece()


@dataclass(frozen=True, slots=True)
class _Route:
    """What connections have to have in common."""

    scheme: str
    host: str
    port: int
    proxy: Url | None
    trust: ssl.SSLContext | None


@dataclass(slots=True)
class _Connections:
    """Of one event loop; those that are idle with the time since when, the longest first."""

    all: set[Wire] = field(default_factory=set)
    idle: dict[_Route, list[tuple[float, Wire]]] = field(default_factory=dict)

    def take(self, route: _Route) -> Wire | None:
        """One that was used last, because it is the likeliest to stand."""
        idle = self.idle.get(route, [])
        while idle:
            since, wire = idle.pop()
            if wire.reusable and time.monotonic() - since < KEPT_S:
                return wire
            self.drop(wire)
        return None

    def give_back(self, route: _Route, wire: Wire) -> None:
        if not wire.reusable:
            self.drop(wire)
            return
        idle, now = self.idle.setdefault(route, []), time.monotonic()
        idle.append((now, wire))
        while now - idle[0][0] > KEPT_S:
            self.drop(idle.pop(0)[1])

    def drop(self, wire: Wire) -> None:
        self.all.discard(wire)
        wire.abort()


class HttpClient:
    """Posts requests over connections that are kept; made anywhere, and usable on any event loop.

    Proxies are those of the environment (``HTTPS_PROXY``, ``NO_PROXY`` …), never for this machine itself. Redirects are
    not followed and nothing is tried again.

    Args:
        clock: takes the times.
        timeout_s: for a whole request, from waiting for its connection to the last byte.
    """

    def __init__(self, clock: Clock, *, timeout_s: float) -> None:
        self._clock = clock
        self._timeout_s = timeout_s
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _Connections] = WeakKeyDictionary()
        self._proxies: dict[tuple[str, str, int], Url | None] = {}

    @asynccontextmanager
    async def post(
        self, what: str, to: Url, *, headers: Mapping[str, str], body: bytes, trust: ssl.SSLContext | bool = True
    ) -> AsyncIterator[Exchange]:
        """Send a request; the block reads the response.

        Args:
            what: names the model in messages.
            to: sent as it is written.
            headers: all of them, apart from ``Host`` and ``Content-Length``.
            body: is known to be whole.
            trust: the certificates; True for those of the system.

        Raises:
            ModelUnavailableError: the request could not be sent.
            ModelBrokeOffError: the response did not come, or not to its end.
        """
        connections = self._by_loop.setdefault(asyncio.get_running_loop(), _Connections())
        sent = False
        try:
            async with asyncio.timeout(self._timeout_s):
                route = self._route(to, trust=trust)
                head = _head(to, headers, len(body), route.proxy)
                wire = connections.take(route) or await _connected(route, connections)
                try:
                    wire.send(head, body)
                    began_ms, sent_at, sent = self._clock.monotonic_ms(), self._clock.now().timestamp(), True
                    yield Exchange(wire, await wire.head(), self._clock, began_ms, sent_at)
                finally:
                    connections.give_back(route, wire)
        except (OSError, UnicodeError) as error:
            kind = ModelBrokeOffError if sent else ModelUnavailableError
            raise kind(f"{what}: {type(error).__name__} {printable(str(error))}".rstrip()) from error

    async def close(self) -> None:
        """Close the connections of the running loop; the next request would open new ones."""
        connections = self._by_loop.pop(asyncio.get_running_loop(), None)
        if connections is not None and connections.all:
            for wire in connections.all:
                wire.abort()
            await asyncio.wait([wire.gone for wire in connections.all], timeout=1)

    def _route(self, to: Url, *, trust: ssl.SSLContext | bool) -> _Route:
        origin = (to.scheme, to.host, to.port)
        if origin not in self._proxies:
            try:
                self._proxies[origin] = proxy_for(to)
            except ValueError:
                raise OSError("the proxy that the environment names is no URL") from None
        context = None if to.scheme == "http" else trust if isinstance(trust, ssl.SSLContext) else _of_the_system()
        return _Route(*origin, self._proxies[origin], context)


@cache
def _of_the_system() -> ssl.SSLContext:
    return ssl.create_default_context()


def _head(to: Url, headers: Mapping[str, str], length: int, proxy: Url | None) -> bytes:
    tunnelled = proxy is None or to.scheme == "https"
    target = to.target if tunnelled else str(to)
    lines = [f"POST {target} HTTP/1.1", f"Host: {to.authority}", "User-Agent: brainswap", "Accept: */*"]
    lines.append(f"Content-Length: {length}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if proxy is not None and not tunnelled:
        lines += _authorization(proxy)
    head = "\r\n".join((*lines, "", ""))
    if head.count("\n") != len(lines) + 1 or head.count("\r") != len(lines) + 1:
        raise OSError("a header holds a line break")
    return head.encode()


def _authorization(proxy: Url) -> list[str]:
    if not proxy.user:
        return []
    return [f"Proxy-Authorization: Basic {b64encode(unquote(proxy.user).encode()).decode()}"]


async def _connected(route: _Route, connections: _Connections) -> Wire:
    """A new connection.

    Raises:
        OSError, UnicodeError: there is none.
    """
    loop = asyncio.get_running_loop()
    to = route.proxy or route
    context = route.trust if route.proxy is None else _of_the_system() if to.scheme == "https" else None
    async with asyncio.timeout(CONNECT_S):
        transport, wire = await loop.create_connection(
            lambda: Wire(loop),
            to.host,
            to.port,
            ssl=context,
            server_hostname=to.host if context is not None else None,
            happy_eyeballs_delay=_SECOND_ADDRESS_S,
        )
        connections.all.add(wire)
        _probe(transport.get_extra_info("socket"))
        if route.proxy is not None and route.trust is not None:
            try:
                await _tunnel(wire, route, route.proxy, route.trust)
            except BaseException:
                connections.drop(wire)
                raise
    return wire


async def _tunnel(wire: Wire, route: _Route, proxy: Url, trust: ssl.SSLContext) -> None:
    there = f"[{route.host}]:{route.port}" if ":" in route.host else f"{route.host}:{route.port}"
    lines = [f"CONNECT {there} HTTP/1.1", f"Host: {there}", *_authorization(proxy), "", ""]
    wire.send("\r\n".join(lines).encode(), b"")
    await wire.head()
    if wire.status != _OK:
        raise OSError(f"the proxy refuses with {wire.status}")
    await wire.secure(trust, route.host)


def _probe(connected: socket.socket) -> None:
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    idle = getattr(socket, "TCP_KEEPIDLE", None) or getattr(socket, "TCP_KEEPALIVE", None)  # Linux, macOS
    if idle is not None:
        connected.setsockopt(socket.IPPROTO_TCP, idle, PROBED_AFTER_S)
