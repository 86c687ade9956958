"""The errors of the system, and which of them may be tried again.

::

    BrainswapError
    ├── TransientError                the same call may succeed later
    │   ├── ModelThrottledError       the account's quota of the model is used up for the moment
    │   ├── ModelUnavailableError     the model or its service answered 5xx, 408 or 424, or could not be reached
    │   ├── ModelBrokeOffError        an answer did not come whole: reset, cut short, or not in time; it may be paid
    │   ├── StorageThrottledError     S3 or DynamoDB asks for fewer requests
    │   └── StorageUnavailableError   S3 or DynamoDB answered 5xx or not at all
    └── PermanentError                it will fail again
        ├── InvalidWorkloadError      what the user declared is wrong; carries every problem found
        ├── InvalidRequestError       a payload or an artifact does not fit its contract
        ├── ModelRefusesRequestError  the model does not accept the request as it is
        ├── ModelAccessError          the model is unknown, retired, or not open to this account
        ├── ArtifactMissingError      a file that an earlier state wrote is gone
        ├── IncompleteEvaluationError some shards have no scores, so that nothing may be decided
        ├── ApprovalRefusedError      a person may not decide this, or not any more
        ├── RouteTakenBackError       AppConfig undid what it was told to tell applications
        └── StorageAccessError        S3 or DynamoDB refuses: permissions, encryption, no such bucket or table

The leaves are the names that ``Retry`` and ``Catch`` may use: Step Functions matches the class name that leaves
the handler and knows no inheritance.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class BrainswapError(Exception):
    """Anything that the system itself reports."""


class TransientError(BrainswapError):
    """The same call may succeed later."""


class ModelThrottledError(TransientError):
    """The account's quota of the model is used up for the moment; ``retry_after_s`` where the service says how long."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class ModelUnavailableError(TransientError):
    """The model or its service answered 5xx, 408 or 424, or could not be reached; nothing is paid."""


class ModelBrokeOffError(TransientError):
    """An answer did not come whole: the connection was reset, the stream ended early or made no sense, time ran out.

    What was generated until then may have to be paid.
    """


class StorageThrottledError(TransientError):
    """S3 or DynamoDB asks for fewer requests."""


class StorageUnavailableError(TransientError):
    """S3 or DynamoDB answered 5xx or not at all."""


class PermanentError(BrainswapError):
    """It will fail again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with what a user wrote.

    Attributes:
        place: file with line or key, such as ``cases.jsonl:731`` or ``workload.yaml: gates[0].margin``.
        wrong: what is wrong.
        remedy: what would be right.
    """

    place: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.wrong}. {self.remedy}"


class InvalidWorkloadError(PermanentError):
    """What the user declared is wrong; ``problems`` holds everything that was found, in the order of the files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InvalidRequestError(PermanentError):
    """A payload or an artifact does not fit its contract."""


class ModelRefusesRequestError(PermanentError):
    """The model does not accept the request as it is."""


class ModelAccessError(PermanentError):
    """The model is unknown, retired, or not open to this account."""


class ArtifactMissingError(PermanentError):
    """A file that an earlier state wrote is gone."""


class IncompleteEvaluationError(PermanentError):
    """Some shards have no scores, so that nothing may be decided."""


class ApprovalRefusedError(PermanentError):
    """A person may not decide this, not on these files, or not any more; the message says what to do."""


class RouteTakenBackError(PermanentError):
    """AppConfig undid what it was told to tell applications; the message says what may have made it do so."""


class StorageAccessError(PermanentError):
    """S3 or DynamoDB refuses: permissions, encryption, no such bucket or table."""
