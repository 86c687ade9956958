"""Operations of AWS and of others behind one door: routing, authorisation, counting, errors."""

import json
import logging
import re
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from local.bedrock.faults import BrokenOffError, ServiceError
from local.bedrock.http1 import HttpRequest, HttpResponse

DEFAULT_REGION = "us-east-1"
COUNTS_PATH = "/brainswap/counts"

_SIGNED = re.compile(r"AWS4-[A-Z0-9-]+ Credential=[^/,\s]+/[0-9]{8}/([a-z0-9-]+)/")
_LOG = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Call:
    """One request on its way.

    Attributes:
        labels: what the route names in the path, decoded.
        region: the one that the request is signed for.
        operation: the name of the one that it is for.
        model: the model that it asks for, filled in as soon as it is known to exist.
        counts_as: the status that it is counted under, where that is not the response's; 0 for a reset connection.
    """

    request: HttpRequest
    labels: Mapping[str, str] = field(default_factory=dict)
    region: str = DEFAULT_REGION
    operation: str = ""
    model: str | None = None
    counts_as: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What the service can be asked for.

    Attributes:
        path: matched against the whole path, percent-encoded as it came; its groups are the call's labels.
        target: what the header ``X-Amz-Target`` must say; None where the path says all.
        handle: answers, or raises `ServiceError`.
        render: puts an error into the operation's own form.
    """

    name: str
    method: str
    path: re.Pattern[str]
    handle: Callable[[Call], Awaitable[HttpResponse]]
    render: Callable[[ServiceError], HttpResponse]
    target: str | None = None

    def match(self, request: HttpRequest) -> re.Match[str] | None:
        """What the path says, of a request for this operation; None for any other request."""
        fits = request.method == self.method and self.target in (None, request.headers.get("x-amz-target"))
        return self.path.fullmatch(request.path) if fits else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What requests are counted by.

    Attributes:
        model: None where none was asked for or nobody knows it.
        status: 0 where the connection was reset.
    """

    operation: str
    model: str | None
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What a client pays for: answers that were generated, up to the token where they broke off."""

    input_tokens: int = 0
    output_tokens: int = 0
    answers: int = 0

    def __add__(self, other: "Paid") -> "Paid":
        return Paid(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            answers=self.answers + other.answers,
        )


class Tally:
    """How often the service was asked for what, and what was paid; readable from every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Counted] = Counter()
        self._paid: dict[str, tuple[int, int, int]] = {}

    def add(self, counted: Counted) -> None:
        with self._lock:
            self._counts[counted] += 1

    def pay(self, model: str, input_tokens: int, output_tokens: int) -> None:
        with self._lock:
            paid_in, paid_out, answers = self._paid.get(model, (0, 0, 0))
            self._paid[model] = (paid_in + input_tokens, paid_out + output_tokens, answers + 1)

    def paid(self, *, model: str | None = None) -> Paid:
        """What was paid for one model, by the id that clients wrote, or for all."""
        return sum((paid for name, paid in self.paid_by_model().items() if model in (None, name)), Paid())

    def paid_by_model(self) -> Mapping[str, Paid]:
        """What was paid so far, as a copy."""
        with self._lock:
            paid = dict(self._paid)
        return MappingProxyType(
            {model: Paid(input_tokens=each[0], output_tokens=each[1], answers=each[2]) for model, each in paid.items()}
        )

    def counts(self) -> Mapping[Counted, int]:
        """What was counted so far, as a copy."""
        with self._lock:
            return MappingProxyType(dict(self._counts))

    def count(self, *, operation: str | None = None, model: str | None = None, status: int | None = None) -> int:
        """How many requests have all that is given; a stream counts once it begins."""
        return sum(
            times
            for counted, times in self.counts().items()
            if operation in (None, counted.operation)
            and model in (None, counted.model)
            and status in (None, counted.status)
        )


class Service:
    """Answers requests with the first operation whose method and path fit.

    ``GET /brainswap/counts`` tells what was counted and paid, to everybody, and is not counted itself.

    Args:
        operations: what can be asked for.
        tally: counts the requests.
        meet: told of each request before it is handled; raises what the request shall meet instead.
    """

    def __init__(
        self, operations: Sequence[Operation], tally: Tally, *, meet: Callable[[Call], None] | None = None
    ) -> None:
        self._operations = tuple(operations)
        self._tally = tally
        self._meet = meet

    async def respond(self, request: HttpRequest) -> HttpResponse:
        for operation in self._operations:
            match = operation.match(request)
            if match is not None:
                call = Call(request=request, labels=match.groupdict(), operation=operation.name)
                return await self._run(operation, call)
        if (request.method, request.path) == ("GET", COUNTS_PATH):
            return json_response(_told(self._tally))
        response = render_aws_error(ServiceError("UnknownOperationException", "There is no such operation."))
        self._tally.add(Counted(operation="unknown", model=None, status=response.status))
        return response

    async def _run(self, operation: Operation, call: Call) -> HttpResponse:
        try:
            call.region = _authorised_region(call.request)
            if self._meet is not None:
                self._meet(call)
            response = await operation.handle(call)
        except ServiceError as error:
            response = operation.render(error)
        except BrokenOffError:
            self._tally.add(Counted(operation=operation.name, model=call.model, status=0))
            raise
        except Exception:  # noqa: BLE001 - the edge of the process: the client is told, the log says where
            _LOG.exception("%s failed", operation.name)
            response = operation.render(ServiceError("InternalServerException", "The embedded Bedrock has a fault."))
        status = response.status if call.counts_as is None else call.counts_as
        self._tally.add(Counted(operation=operation.name, model=call.model, status=status))
        return response


def _told(tally: Tally) -> dict[str, Any]:
    return {
        "counts": [asdict(counted) | {"count": times} for counted, times in tally.counts().items()],
        "paid": [{"model": model} | asdict(paid) for model, paid in tally.paid_by_model().items()],
    }


def _no_json(constant: str) -> None:
    raise ValueError(constant)


# Made once: `json.dumps` and `json.loads` make their own with each call once an option is given.
_ENCODER = json.JSONEncoder(separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_no_json)


def to_json(payload: Any) -> bytes:
    """Compact JSON in ASCII, so that no text, however broken, is beyond encoding."""
    return _ENCODER.encode(payload).encode()


def json_response(payload: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(
        status=200,
        headers=aws_headers() | dict(headers or {}),
        body=to_json(payload),
    )


def render_aws_error(error: ServiceError) -> HttpResponse:
    return HttpResponse(
        status=error.status,
        headers=aws_headers() | {"x-amzn-ErrorType": error.code},
        body=to_json({"message": error.message} | error.members),
    )


def aws_headers(content_type: str = "application/json") -> dict[str, str]:
    return {"Content-Type": content_type, "x-amzn-RequestId": str(uuid4())}


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; an empty body is an empty object.

    Raises:
        ServiceError: ``ValidationException``: it is something else.
    """
    try:
        parsed = _DECODER.decode(body.decode()) if body else {}
    except (ValueError, RecursionError):
        raise ServiceError("ValidationException", "The body of the request is no valid JSON.") from None
    if not isinstance(parsed, dict):
        raise ServiceError("ValidationException", "The body of the request is no JSON object.")
    return parsed


def _authorised_region(request: HttpRequest) -> str:
    """The region that a request is signed for; whatever is signed or carries a key is let in."""
    authorization = request.headers.get("authorization")
    if authorization is None:
        raise ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token")
    signed = _SIGNED.match(authorization)
    if signed is not None:
        return signed.group(1)
    if authorization[:7].lower() == "bearer " and authorization[7:].strip():
        return DEFAULT_REGION
    raise ServiceError("IncompleteSignatureException", "The Authorization header is neither SigV4 nor a bearer token.")
