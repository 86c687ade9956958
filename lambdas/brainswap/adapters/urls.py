"""Where a request goes."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Self
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

_PORTS = {"http": 80, "https": 443}
_AS_WRITTEN = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """An ``http`` or ``https`` URL.

    Attributes:
        host: in lower case, an IPv6 address without its brackets.
        path: percent-encoded, not empty.
        query: percent-encoded, without its question mark.
        user: name and password before the host, percent-encoded; empty where there is none.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str = ""
    user: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URL; what is encoded in it stays as it is, and what should be is.

        Raises:
            ValueError: it is none, or of another scheme.
        """
        parts = urlsplit(text)
        host = parts.hostname or ""
        if parts.scheme not in _PORTS or not host or not host.isprintable() or " " in host:
            raise ValueError("not an http or https URL with a host")
        user, at, _ = parts.netloc.rpartition("@")
        return cls(
            scheme=parts.scheme,
            host=host,
            port=parts.port or _PORTS[parts.scheme],
            path=quote(parts.path, safe=_AS_WRITTEN) or "/",
            query=quote(parts.query, safe=f"{_AS_WRITTEN}?"),
            user=user if at else "",
        )

    @property
    def authority(self) -> str:
        """Host and port, without a port that is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """What a request asks for."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def is_loopback(self) -> bool:
        """Whether it means this machine."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


@lru_cache(maxsize=256)
def url(text: str) -> Url:
    """`Url.parse`, once for each text."""
    return Url.parse(text)


def proxy_for(to: Url) -> Url | None:
    """The proxy that the environment names for a URL (``HTTPS_PROXY``, ``NO_PROXY`` …), never for this machine.

    Raises:
        ValueError: what the environment names is no URL.
    """
    if to.is_loopback or proxy_bypass(f"{to.host}:{to.port}"):
        return None
    proxies = getproxies()
    named = proxies.get(to.scheme) or proxies.get("all")
    return None if not named else Url.parse(named if "://" in named else f"http://{named}")
