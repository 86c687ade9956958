"""AWS Signature Version 4 of the requests that Bedrock takes: a POST with a body and without a query."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from urllib.parse import quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Of an AWS account; ``token`` belongs to those that end."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a request goes.

    Attributes:
        host: as the ``Host`` header says it, with a port that is not the scheme's own.
        canonical_path: with every segment encoded once more, as the signature wants it.
    """

    url: str
    host: str
    canonical_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a signature is good for, on one day."""

    region: str
    service: str


def target(endpoint: str, *segments: str) -> Target:
    """The URL of segments below an endpoint, each encoded as botocore does: ``:`` is ``%3A``, ``/`` is ``%2F``.

    Args:
        endpoint: scheme and host, and maybe a port and a path; ``.`` and ``..`` are no segments of it.
        segments: of the path, not encoded.
    """
    scheme, _, rest = endpoint.partition("://")
    authority, _, base = rest.rstrip("/").partition("/")
    path = "".join(
        f"/{part}" for part in (*filter(None, base.split("/")), *(quote(it, safe="-._~") for it in segments))
    )
    own_port = ":443" if scheme == "https" else ":80"
    return Target(
        url=f"{scheme}://{authority}{path}",
        host=authority.removesuffix(own_port).lower(),
        canonical_path=quote(path, safe="/~"),
    )


def signed_headers(
    to: Target, body: bytes, *, content_type: str, scope: Scope, credentials: Credentials, at: datetime
) -> dict[str, str]:
    """The headers of a signed request, apart from ``Host``.

    Source: AWS, "Create a signed AWS API request", as botocore does it for every service but S3.

    Args:
        to: where it goes.
        body: is signed.
        content_type: of the body; is signed.
        scope: region and signing name of the service.
        credentials: of the account.
        at: now; a service accepts five minutes more or less.
    """
    time = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    day = time[:8]
    names, token = "content-type;host;x-amz-date", ""
    headers = {"Content-Type": content_type, "X-Amz-Date": time}
    if credentials.token:
        headers["X-Amz-Security-Token"] = credentials.token
        names, token = f"{names};x-amz-security-token", f"x-amz-security-token:{credentials.token}\n"
    canonical = (
        f"POST\n{to.canonical_path}\n\ncontent-type:{content_type}\nhost:{to.host}\nx-amz-date:{time}\n{token}\n"
        f"{names}\n{sha256(body).hexdigest()}"
    )
    granted = f"{day}/{scope.region}/{scope.service}/aws4_request"
    signable = f"AWS4-HMAC-SHA256\n{time}\n{granted}\n{sha256(canonical.encode()).hexdigest()}"
    signature = digest(_key(credentials.secret_key, day, scope), signable.encode(), "sha256").hex()
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{granted}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


@lru_cache(maxsize=8)
def _key(secret_key: str, day: str, scope: Scope) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (day, scope.region, scope.service, "aws4_request"):
        key = digest(key, part.encode(), "sha256")
    return key
