"""What the system needs from the world; adapters implement it, fakes stand in for it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from brainswap.core.answers import Answer
from brainswap.core.cases import Case
from brainswap.core.folder import Folder
from brainswap.core.preflight import ModelFacts
from brainswap.core.prompts.template import Prompt
from brainswap.core.workload import Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One call to make.

    Attributes:
        prompt: rendered for the case.
        streams: whether the model can send its answer piece by piece.
        recording: the name under which recorded answers are found in the case.
        labels: written into the provider's invocation log, where it has one.
    """

    model: str
    streams: bool
    prompt: Prompt
    parameters: Parameters
    case: Case
    recording: str
    repeat: int
    labels: Mapping[str, str]


class Models(Protocol):
    """Somebody who answers."""

    def ask(self, question: Question) -> Answer:
        """Answer one question; an answer that is no good is an `Answer` with a reason.

        Raises:
            TransientError: asking again later may work.
            PermanentError: asking again will not.
        """
        ...


class AnswerCache(Protocol):
    """Answers by what was asked; errors are never kept."""

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        """What is known of these keys."""
        ...

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer; returns when it is safe."""
        ...


class Artifacts(Protocol):
    """Files, by key."""

    def read(self, key: str) -> bytes:
        """Return a whole file.

        Raises:
            ArtifactMissingError: there is none.
        """
        ...

    def write(self, key: str, data: bytes, content_type: str) -> None: ...

    def lines(self, key: str) -> Iterator[bytes]:
        """The lines of a file without their ends, streamed.

        Raises:
            ArtifactMissingError: there is none.
        """
        ...

    def writing(self, key: str, content_type: str) -> AbstractContextManager[BinaryIO]:
        """A file that appears under its key when the block ends well, and not at all when it does not."""
        ...

    def exists(self, key: str) -> bool: ...

    def folder(self, prefix: str) -> Folder:
        """The files under a prefix, by name."""
        ...


class Catalogue(Protocol):
    """The models that the account may call."""

    def facts(self, model_id: str) -> ModelFacts | None:
        """What is known of the id; None when the catalogue does not have it.

        Raises:
            TransientError: the catalogue does not answer.
            ModelAccessError: the caller may not ask it.
        """
        ...


class Ledger(Protocol):
    """What is known of runs."""

    def open_run(self, run_id: str, facts: Mapping[str, Any]) -> None:
        """Note that a run has begun."""
        ...

    def note(self, run_id: str, facts: Mapping[str, Any]) -> None:
        """Add facts to a run's record."""
        ...

    def run(self, run_id: str) -> Mapping[str, Any] | None: ...


class Events(Protocol):
    """Who wants to know."""

    def publish(self, kind: str, detail: Mapping[str, Any]) -> None: ...


class Clock(Protocol):
    """The time, and how much of it is left."""

    def now(self) -> datetime: ...

    def monotonic_ms(self) -> float: ...


class Dependencies(Protocol):
    """Everything that handlers use.

    Attributes:
        realm: who answers live questions here; part of the key of every cached answer, so that what a simulator said
            is never taken for a model's.
        recordings: answers from what the cases hold; nothing is asked.
    """

    @property
    def realm(self) -> str: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def artifacts(self) -> Artifacts: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def cache(self) -> AnswerCache: ...
    @property
    def models(self) -> Models: ...
    @property
    def recordings(self) -> Models: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def events(self) -> Events: ...
