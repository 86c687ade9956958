"""What the portal is asked over HTTP, and what it answers; no browser is trusted with more than it needs."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from brainswap.portal.teams import EVERYTHING, Sight, sight_of

JSON: Final = "application/json; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"
LONGEST_BODY = 10_000  # bytes; a reason has at most 2,000 characters

_HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"


class NotUnderstoodError(Exception):
    """A request that no page of the portal makes; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, after whoever made it was let in.

    Attributes:
        path: decoded.
        person: a verified e-mail address; None where nobody has proved one.
        sight: what that person may see.
        body: of a POST, an object.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    person: str | None = None
    sight: Sight = EVERYTHING
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer; ``policy`` is the Content-Security-Policy of a page."""

    status: int
    content_type: str
    body: str
    policy: str = _NOTHING

    def headers(self) -> dict[str, str]:
        return {**_HEADERS, "content-type": self.content_type, "content-security-policy": self.policy}


def told(document: Mapping[str, Any], status: int = 200) -> Answered:
    """An answer for the page's script."""
    return Answered(status=status, content_type=JSON, body=json.dumps(document, ensure_ascii=True))


def refused(status: int, why: str) -> Answered:
    return told({"error": why}, status)


def asked_of(event: Mapping[str, Any], *, teams: bool = False) -> Asked:
    """Read an event of an HTTP API (payload format 2.0), whose authorizer has verified the token.

    Args:
        event: of a request.
        teams: whether people see the workloads of their groups alone.

    Raises:
        NotUnderstoodError: its body is no JSON object, or is too long.
    """
    http = event["requestContext"]["http"]
    claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})
    return Asked(
        method=str(http["method"]),
        path=str(event.get("rawPath", "/")),
        query=event.get("queryStringParameters") or {},
        person=_person(claims),
        sight=sight_of(claims.get("cognito:groups")) if teams else EVERYTHING,
        body=body_of(
            _decoded(event),
            {name.lower(): value for name, value in (event.get("headers") or {}).items()}.get("content-type", ""),
        ),
    )


def body_of(data: bytes, content_type: str) -> Mapping[str, Any]:
    """The object that was sent; JSON by its type as well, which no form of another site can send unasked.

    Raises:
        NotUnderstoodError: it is anything else.
    """
    if not data:
        return {}
    if len(data) > LONGEST_BODY:
        raise NotUnderstoodError(f"a body has at most {LONGEST_BODY:,} bytes")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise NotUnderstoodError("a body is sent as application/json")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise NotUnderstoodError("the body is no JSON") from None
    if not isinstance(found, dict):
        raise NotUnderstoodError("the body is no object")
    return found


def _decoded(event: Mapping[str, Any]) -> bytes:
    body = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise NotUnderstoodError("the body is not encoded as it says") from None


def _person(claims: Mapping[str, Any]) -> str | None:
    """The address of whoever signed in; only that token tells who it is which was made to, and only a verified address.

    Both claims come as text from an HTTP API.
    """
    verified = str(claims.get("email_verified", "")).lower() == "true" and claims.get("token_use") == "id"
    return str(claims["email"]) if verified and claims.get("email") else None
