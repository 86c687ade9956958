"""What the embedded AppConfig answers when it does not answer."""

from collections.abc import Mapping
from types import MappingProxyType

from local.bedrock.faults import STATUS, ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.service import render_aws_error

# As in botocore's service models of AppConfig and its data plane.
_STATUS: Mapping[str, int] = MappingProxyType(
    {
        "BadRequestException": 400,
        "ConflictException": 409,
        "ServiceQuotaExceededException": 402,
        "PayloadTooLargeException": 413,
    }
)


class AppConfigError(ServiceError):
    """An error in the words of AppConfig."""

    @property
    def status(self) -> int:
        return _STATUS.get(self.code) or STATUS[self.code]


def missing(kind: str, name: object) -> AppConfigError:
    return AppConfigError("ResourceNotFoundException", f"{kind} {name} could not be found.")


def rendered(error: ServiceError) -> HttpResponse:
    """An error as AppConfig tells it: it has a word of its own for requests that do not fit."""
    if error.code == "ValidationException":
        error = AppConfigError("BadRequestException", error.message)
    return render_aws_error(error)
