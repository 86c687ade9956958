"""Which of our errors a model's service means; by status and code, never by its text."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

from brainswap.core.errors import (
    BrainswapError,
    ModelAccessError,
    ModelBrokeOffError,
    ModelRefusesRequestError,
    ModelThrottledError,
    ModelUnavailableError,
)

OK = 200
_REDIRECTS = 300
_CLIENT_ERRORS = 400
_SERVER_ERRORS = 500
_LONGEST_WAIT_S = 86_400.0
_QUOTED = 300  # characters of what a service said

# Bedrock's table of errors; a stream names them in lower camel case, so that keys are compared without case. The last
# five belong to every AWS service.
BY_CODE: Mapping[str, type[BrainswapError]] = {
    "throttlingexception": ModelThrottledError,
    "modelnotreadyexception": ModelUnavailableError,
    "serviceunavailableexception": ModelUnavailableError,
    "internalserverexception": ModelUnavailableError,
    "modeltimeoutexception": ModelUnavailableError,
    "modelerrorexception": ModelUnavailableError,
    "modelstreamerrorexception": ModelUnavailableError,
    "validationexception": ModelRefusesRequestError,
    "accessdeniedexception": ModelAccessError,
    "resourcenotfoundexception": ModelAccessError,
    "servicequotaexceededexception": ModelAccessError,
    "expiredtokenexception": ModelAccessError,
    "incompletesignatureexception": ModelAccessError,
    "invalidsignatureexception": ModelAccessError,
    "missingauthenticationtokenexception": ModelAccessError,
    "unrecognizedclientexception": ModelAccessError,
}

_BY_STATUS: Mapping[int, type[BrainswapError]] = {
    401: ModelAccessError,
    402: ModelAccessError,
    403: ModelAccessError,
    404: ModelAccessError,
    408: ModelUnavailableError,
    409: ModelUnavailableError,
    424: ModelUnavailableError,
    429: ModelThrottledError,
}
# What the machine behind the service answered says nothing about the caller's rights.
_BY_STATUS_INSIDE: Mapping[int, type[BrainswapError]] = {408: ModelUnavailableError, 429: ModelThrottledError}


def service_error(
    what: str,
    *,
    status: int,
    code: str = "",
    message: str = "",
    retry_after_s: float | None = None,
    status_inside: int | None = None,
) -> BrainswapError:
    """The error for an answer that is none.

    Args:
        what: names the model.
        status: of HTTP.
        code: the service's name for the error; `BY_CODE` goes before the status.
        message: quoted, as far as it is printable.
        retry_after_s: how long the service asks to wait.
        status_inside: what the model itself answered to the service, where the service tells.
    """
    if status_inside is not None:
        kind = _BY_STATUS_INSIDE.get(status_inside) or _class_of(status_inside)
    else:
        kind = BY_CODE.get(code.lower()) or _BY_STATUS.get(status) or _class_of(status)
    said = " ".join(part for part in (f"{what}: HTTP {status}", code, printable(message)) if part)
    return ModelThrottledError(said, retry_after_s) if kind is ModelThrottledError else kind(said)


def after_its_beginning(error: BrainswapError) -> BrainswapError:
    """The error of an answer whose first part had come: what was generated may have to be paid."""
    return ModelBrokeOffError(str(error)) if isinstance(error, ModelUnavailableError) else error


@contextmanager
def making_sense(what: str) -> Iterator[None]:
    """Take a reply apart, which may hold anything.

    Raises:
        ModelBrokeOffError: it does not have the form that it should have.
    """
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ModelBrokeOffError(f"{what}: the answer makes no sense: {printable(str(error))}") from error


def printable(text: str) -> str:
    """The beginning of what somebody else wrote, fit for a line of a log."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:_QUOTED])


def _class_of(status: int) -> type[BrainswapError]:
    if status >= _SERVER_ERRORS:
        return ModelUnavailableError
    if _REDIRECTS <= status < _CLIENT_ERRORS:
        return ModelAccessError  # the endpoint is elsewhere; keys do not follow
    return ModelRefusesRequestError if status >= _CLIENT_ERRORS else ModelBrokeOffError


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How long a service asks to wait, in seconds or until a date; None where it does not say."""
    said = headers.get("Retry-After")
    if said is None:
        return None
    try:
        return positive(float(said))
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(said)
        sent = parsedate_to_datetime(headers["Date"])
        return positive((date - sent).total_seconds())
    except (KeyError, TypeError, ValueError):
        return None


def positive(seconds: float) -> float | None:
    """A time to wait, unless it is none or makes no sense."""
    return seconds if 0 <= seconds <= _LONGEST_WAIT_S else None
