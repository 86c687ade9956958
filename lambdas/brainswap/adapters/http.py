"""HTTP for asking models: kept connections, times that mean the model, and failures in our words."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from io import BytesIO
from ipaddress import ip_address
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

from aiohttp import (
    AddrInfoType,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.connector import Connection
from yarl import URL

from brainswap.adapters.service_errors import printable
from brainswap.core.errors import ModelBrokeOffError, ModelUnavailableError
from brainswap.ports import Clock

CONNECT_S = 10.0
KEPT_S = 30.0
PROBED_AFTER_S = 60
"""Until an idle connection is probed: NAT gateways and load balancers of AWS forget one after 350 seconds."""

LONGEST_ANSWER = 64 << 20
_LONGEST_REFUSAL = 64 << 10
_LARGE_BODY = 1 << 20  # beyond it aiohttp wants a file instead of bytes
_FAREWELL_S = 0.05


class Sending:
    """When a request was sent; ``ms`` is None until a connection stood and the request was on its way."""

    __slots__ = ("at", "clock", "ms")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ms: float | None = None
        self.at: float | None = None

    def begin(self) -> None:
        self.ms = self.clock.monotonic_ms()
        self.at = self.clock.now().timestamp()


_SENDING: ContextVar[Sending] = ContextVar("sending")


class _TimedResponse(ClientResponse):
    """aiohttp waits for a response as soon as the connection stands; its own tracing costs more than all else here."""

    async def start(self, connection: Connection) -> ClientResponse:
        _SENDING.get().begin()
        return await super().start(connection)


class Exchange:
    """A request that was sent, and the response to it."""

    __slots__ = ("_began_ms", "_response", "_room", "_sending", "headers", "status")

    def __init__(self, response: ClientResponse, sending: Sending) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._sending = sending
        self._began_ms = sending.ms or 0.0
        self._room = LONGEST_ANSWER

    @property
    def sent_at(self) -> float | None:
        """Seconds since 1970."""
        return self._sending.at

    def elapsed_ms(self) -> float:
        """Since the request was sent on a connection that stood."""
        return self._sending.clock.monotonic_ms() - self._began_ms

    async def piece(self) -> bytes:
        """Whatever comes next of the body; empty at its end.

        Raises:
            ModelBrokeOffError: it has become longer than any answer.
        """
        data = await self._response.content.readany()
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
        with suppress(ClientError, OSError):
            while len(said) < _LONGEST_REFUSAL and (data := await self._response.content.readany()):
                said += data
        return said

    async def take_leave(self) -> None:
        """Let the response end, which has nothing more to say, so that its connection can be used again."""
        with suppress(ClientError, OSError):
            async with asyncio.timeout(_FAREWELL_S):
                await self._response.content.readany()


class HttpClient:
    """Posts requests over one session per event loop; made anywhere, opened at the first request of a loop.

    Proxies are those of the environment (``HTTPS_PROXY``, ``NO_PROXY`` …), never for this machine itself. Redirects are
    not followed and nothing is tried again.

    Args:
        clock: takes the times.
        timeout_s: for a whole request, from waiting for its connection to the last byte.
    """

    def __init__(self, clock: Clock, *, timeout_s: float) -> None:
        self._clock = clock
        self._timeout = ClientTimeout(total=timeout_s, connect=CONNECT_S)
        self._sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, ClientSession] = WeakKeyDictionary()
        self._proxies: dict[tuple[str, str | None, int | None], str | None] = {}

    @asynccontextmanager
    async def post(
        self, what: str, url: URL, *, headers: Mapping[str, str], body: bytes, trust: ssl.SSLContext | bool = True
    ) -> AsyncIterator[Exchange]:
        """Send a request; the block reads the response.

        Args:
            what: names the model in messages.
            url: sent as it is written.
            headers: all of them, apart from ``Host`` and ``Content-Length``.
            body: is known to be whole.
            trust: the certificates; True for those of the system.

        Raises:
            ModelUnavailableError: the request could not be sent.
            ModelBrokeOffError: the response did not come, or not to its end.
        """
        sending = Sending(self._clock)
        _SENDING.set(sending)
        try:
            async with self._session().post(
                url,
                data=body if len(body) < _LARGE_BODY else BytesIO(body),
                headers=headers,
                allow_redirects=False,
                proxy=self._proxy(url),
                ssl=trust,
            ) as response:
                yield Exchange(response, sending)
        except (ClientError, OSError) as error:
            kind = ModelUnavailableError if sending.ms is None else ModelBrokeOffError
            raise kind(f"{what}: {type(error).__name__} {printable(str(error))}".rstrip()) from error

    async def close(self) -> None:
        """Close the connections of the running loop; the next request would open new ones."""
        session = self._sessions.pop(asyncio.get_running_loop(), None)
        if session is not None:
            await session.close()

    def _session(self) -> ClientSession:
        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None:
            session = self._sessions[loop] = ClientSession(
                connector=TCPConnector(limit=0, keepalive_timeout=KEPT_S, socket_factory=_probed_socket),
                cookie_jar=DummyCookieJar(),
                headers={"User-Agent": "brainswap"},
                skip_auto_headers=("Accept-Encoding",),  # small answers, and timed ones
                response_class=_TimedResponse,
                timeout=self._timeout,
            )
        return session

    def _proxy(self, url: URL) -> str | None:
        origin = (url.scheme, url.host, url.port)
        if origin not in self._proxies:
            self._proxies[origin] = proxy_for(url)
        return self._proxies[origin]


def proxy_for(url: URL) -> str | None:
    """The proxy that the environment names for a URL."""
    if is_loopback(url) or proxy_bypass(f"{url.host}:{url.port}"):
        return None
    proxies = getproxies()
    return proxies.get(url.scheme) or proxies.get("all")


def is_loopback(url: URL) -> bool:
    """Whether a URL means this machine."""
    if url.host == "localhost":
        return True
    try:
        return ip_address(url.host or "").is_loopback
    except ValueError:
        return False


def _probed_socket(address: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, _ = address
    made = socket.socket(family=family, type=kind, proto=protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    idle = getattr(socket, "TCP_KEEPIDLE", None) or getattr(socket, "TCP_KEEPALIVE", None)  # Linux, macOS
    if idle is not None:
        made.setsockopt(socket.IPPROTO_TCP, idle, PROBED_AFTER_S)
    return made
