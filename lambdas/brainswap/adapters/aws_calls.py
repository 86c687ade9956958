"""Signed requests to services of AWS, and what their refusals mean."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from brainswap.adapters.bedrock_access import Grant, ServiceAccess
from brainswap.adapters.http import HttpClient
from brainswap.adapters.service_errors import OK, retry_after_s, service_error
from brainswap.adapters.signing import Target, signed_headers, target
from brainswap.adapters.urls import url
from brainswap.core.errors import BrainswapError
from brainswap.ports import Clock

JSON = "application/json"
_REFUSED_CREDENTIALS = frozenset({"expiredtokenexception", "unrecognizedclientexception"})
_INSIDE = frozenset({"modelerrorexception", "modelstreamerrorexception"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A response that is an error; ``renewable`` when other credentials may help."""

    error: BrainswapError
    renewable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response that is none; milliseconds by the client's clock, ``sent_at`` in seconds since 1970."""

    headers: Mapping[str, str]
    body: bytes
    latency_ms: float
    sent_at: float


class AwsCalls:
    """Posts JSON to one service of AWS, and once more where only the credentials were the trouble."""

    def __init__(self, http: HttpClient, access: ServiceAccess, clock: Clock) -> None:
        self._http = http
        self._access = access
        self._clock = clock

    async def warm_up(self) -> None:
        """Get the credentials that the first call would have to wait for."""
        await self._access.grant()

    async def post(self, what: str, body: bytes, *path: str) -> Response:
        """Send a request.

        Args:
            what: is asked, for messages.
            body: JSON.
            path: its segments, not encoded.

        Raises:
            ModelThrottledError, ModelUnavailableError, ModelBrokeOffError, ModelRefusesRequestError, ModelAccessError:
                as of `brainswap.ports.Models`.
        """
        grant = await self._access.grant()
        came = await self._send(what, body, grant, path)
        if isinstance(came, Refusal) and came.renewable:
            renewed = await self._access.renew(grant)
            came = came if renewed is None else await self._send(what, body, renewed, path)
        if isinstance(came, Refusal):
            raise came.error
        return came

    async def _send(self, what: str, body: bytes, grant: Grant, path: tuple[str, ...]) -> Response | Refusal:
        to = target(grant.place.endpoint, *path)
        headers = headers_of(to, body, grant, self._clock)
        async with self._http.post(what, url(to.url), headers=headers, body=body, trust=grant.place.trust) as exchange:
            if exchange.status != OK:
                return refusal(what, exchange.status, exchange.headers, await exchange.refusal())
            said = await exchange.body()
            latency_ms = exchange.elapsed_ms()
        return Response(headers=exchange.headers, body=said, latency_ms=latency_ms, sent_at=exchange.sent_at)


def headers_of(to: Target, body: bytes, grant: Grant, clock: Clock) -> dict[str, str]:
    """The headers by which a request with JSON is let in."""
    if grant.credentials is None:
        return {"Content-Type": JSON, "Authorization": f"Bearer {grant.bearer_token}"}
    return signed_headers(
        to, body, content_type=JSON, scope=grant.place.scope, credentials=grant.credentials, at=clock.now()
    )


def refusal(what: str, status: int, headers: Mapping[str, str], body: bytes) -> Refusal:
    """What an error of a service means."""
    said = _object(body)
    code = _name(headers.get("x-amzn-ErrorType") or said.get("code") or said.get("__type"))
    error = service_error(
        what,
        status=status,
        code=code,
        message=message_of(said),
        retry_after_s=retry_after_s(headers),
        status_inside=status_inside(code, said),
    )
    return Refusal(error=error, renewable=code.lower() in _REFUSED_CREDENTIALS)


def message_of(said: Mapping[str, Any]) -> str:
    return str(said.get("message") or said.get("Message") or said.get("originalMessage") or "")


def status_inside(code: str, said: Mapping[str, Any]) -> int | None:
    """What a model itself answered to its service, where that is told."""
    status = said.get("originalStatusCode") if code.lower() in _INSIDE else None
    return status if isinstance(status, int) else None


def _object(body: bytes) -> Mapping[str, Any]:
    """The members of a JSON object; what is none says nothing."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _name(code: Any) -> str:
    """``Name`` of ``Name:uri`` and of ``namespace#Name``."""
    return str(code).partition(":")[0].rpartition("#")[2] if code else ""
