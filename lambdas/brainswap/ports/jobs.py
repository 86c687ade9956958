"""Work that others do, and tasks that wait for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from brainswap.ports.asking import Question

if TYPE_CHECKING:
    from brainswap.core.answers import Answer
    from brainswap.core.calls import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """How a batch job stands.

    Attributes:
        status: in the words of its service.
        message: why it failed; empty where it did not.
    """

    status: str
    message: str = ""

    @property
    def ended(self) -> bool:
        return self.answered or self.status in {"Failed", "Stopped", "Expired"}

    @property
    def answered(self) -> bool:
        """Whether it ended with answers, though not necessarily to all of its records."""
        return self.status in {"Completed", "PartiallyCompleted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What became of a record: an answer without a latency, or the reason why there is none."""

    record: str
    answer: "Answer | None"
    reason: str = ""


class BatchJobs(Protocol):
    """Models that answer many questions later and cheaper.

    Methods that speak to the service raise the errors of `Models`.
    """

    def record(self, record_id: str, question: Question) -> bytes:
        """The question as a line of a job's records."""
        ...

    def outcome(self, line: bytes, question_of: Callable[[str], Question | None]) -> BatchOutcome | None:
        """What a line of a job's results says; None where it says nothing of a record that ``question_of`` knows."""
        ...

    def create(self, *, name: str, token: str, model: str, records: str, results: str) -> str:
        """Start a job, once for each ``token``; return its id.

        Args:
            name: for people.
            token: letters and digits.
            model: that answers.
            records: the key of the file of records.
            results: the prefix of keys below which the job writes.
        """
        ...

    def look(self, job: str) -> BatchJob: ...

    def stop(self, job: str) -> None:
        """Ask a job to end; one that has ended is left alone."""
        ...

    def written(self, job: str, *, records: str, results: str) -> str:
        """The key of the file of results."""
        ...


class PromptJobs(Protocol):
    """Jobs of Advanced Prompt Optimization.

    Methods that speak to the service raise the errors of `Models`.
    """

    def create(self, *, name: str, token: str, model: str, settings: "Settings", record: str, results: str) -> str:
        """Start a job, once for each ``token``; return its id.

        Args:
            name: for people.
            token: letters and digits.
            model: that the prompt is for.
            settings: that it is asked with.
            record: the key of the file with the prompt and its samples.
            results: the prefix of keys below which the job writes.
        """
        ...

    def look(self, job: str) -> BatchJob: ...

    def stop(self, job: str) -> None:
        """Ask a job to end; one that has ended is left alone."""
        ...

    def written(self, job: str, *, results: str) -> str:
        """The key of the file of results."""
        ...


class Executions(Protocol):
    """Executions of the machine, by the id of their run."""

    def start(self, run_id: str, request: Mapping[str, Any]) -> None:
        """Start the execution of a run; one that was started already is left alone."""
        ...

    def status(self, run_id: str) -> str | None:
        """``RUNNING``, ``SUCCEEDED``, ``FAILED``, ``TIMED_OUT`` or ``ABORTED``; None where there is none."""
        ...


class TaskTokens(Protocol):
    """Who waits for a batch job."""

    def keep(self, job: str, token: str) -> None:
        """The task with this token waits, and nobody who waited before."""
        ...

    def find(self, job: str) -> str | None: ...


class Tasks(Protocol):
    """Tasks of an execution that wait for a word."""

    def succeed(self, token: str) -> None:
        """Let a task go on; one that no longer waits is left alone."""
        ...
