"""What the embedded Bedrock answers when it does not answer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

# Status codes as in botocore's service models of Bedrock; the last three belong to every AWS service.
STATUS = MappingProxyType(
    {
        "AccessDeniedException": 403,
        "ConflictException": 400,
        "InternalServerException": 500,
        "ModelErrorException": 424,
        "ModelNotReadyException": 429,
        "ModelTimeoutException": 408,
        "ResourceNotFoundException": 404,
        "ServiceQuotaExceededException": 400,
        "ServiceUnavailableException": 503,
        "ThrottlingException": 429,
        "ValidationException": 400,
        "IncompleteSignatureException": 403,
        "MissingAuthenticationTokenException": 403,
        "UnknownOperationException": 404,
    }
)


class ServiceError(Exception):
    """An error in the form that the service models: a name, a message, and for some errors further members.

    ``retry_after_s`` is what the OpenAI-compatible wire says in ``Retry-After``; Bedrock's own wire says nothing.
    """

    def __init__(
        self, code: str, message: str, *, members: Mapping[str, Any] | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.members = dict(members or {})
        self.retry_after_s = retry_after_s

    @property
    def status(self) -> int:
        return STATUS[self.code]


class BrokenOffError(Exception):
    """The connection is reset, without an answer or in the middle of one."""
