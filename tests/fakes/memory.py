"""The ports in memory."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from brainswap.core.answers import Answer, AnswerStatus, Origin, Usage
from brainswap.core.errors import ArtifactMissingError
from brainswap.core.folder import Folder
from brainswap.core.preflight import ModelFacts
from brainswap.ports import Question
from brainswap.run_files import decode_answer, encode_answer


@dataclass
class MemoryArtifacts:
    """Files in a dictionary."""

    files: dict[str, bytes] = field(default_factory=dict)

    def read(self, key: str) -> bytes:
        if key not in self.files:
            raise ArtifactMissingError(key)
        return self.files[key]

    def write(self, key: str, data: bytes, content_type: str) -> None:
        assert content_type
        self.files[key] = data

    def lines(self, key: str) -> Iterator[bytes]:
        return iter(self.read(key).removesuffix(b"\n").split(b"\n"))

    @contextmanager
    def writing(self, key: str, content_type: str) -> Iterator[BinaryIO]:
        buffer = io.BytesIO()
        yield buffer
        self.write(key, buffer.getvalue(), content_type)

    def exists(self, key: str) -> bool:
        return key in self.files

    def folder(self, prefix: str) -> Folder:
        return MemoryFolder(self, prefix)


@dataclass
class MemoryFolder:
    """The files under a prefix."""

    artifacts: MemoryArtifacts
    prefix: str

    def open(self, name: str) -> BinaryIO:
        try:
            return io.BytesIO(self.artifacts.read(f"{self.prefix}/{name}"))
        except ArtifactMissingError:
            raise FileNotFoundError(name) from None

    def exists(self, name: str) -> bool:
        return self.artifacts.exists(f"{self.prefix}/{name}")

    def local_path(self, name: str) -> Path:
        raise FileNotFoundError(name)

    def rows(self, name: str) -> Iterator[Mapping[str, Any]]:
        raise FileNotFoundError(name)


@dataclass
class MemoryLedger:
    """Records in a dictionary."""

    runs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def open_run(self, run_id: str, facts: Mapping[str, Any]) -> None:
        self.runs[run_id] = {**facts, "status": "running"}

    def note(self, run_id: str, facts: Mapping[str, Any]) -> None:
        self.runs.setdefault(run_id, {}).update(facts)

    def run(self, run_id: str) -> Mapping[str, Any] | None:
        return self.runs.get(run_id)


@dataclass
class MemoryAnswerCache:
    """Answers in a dictionary, encoded as a store would keep them."""

    answers: dict[str, bytes] = field(default_factory=dict)

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        return {key: decode_answer(self.answers[key]) for key in keys if key in self.answers}

    def put(self, key: str, answer: Answer) -> None:
        self.answers[key] = encode_answer(answer)


@dataclass
class ScriptedModels:
    """Answers, or raises, what a function says; counts the questions."""

    reply: Callable[[Question], Answer]
    asked: list[Question] = field(default_factory=list)

    def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        return self.reply(question)


@dataclass
class FixedCatalogue:
    """The same facts at every look."""

    known: Mapping[str, ModelFacts] = field(default_factory=dict)

    def facts(self, model_id: str) -> ModelFacts | None:
        return self.known.get(model_id)


@dataclass
class MemoryEvents:
    """Events in a list."""

    published: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def publish(self, kind: str, detail: Mapping[str, Any]) -> None:
        self.published.append((kind, detail))


class StandingClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 11, 1, tzinfo=UTC)

    def monotonic_ms(self) -> float:
        return 0.0


def _answered(question: Question) -> Answer:
    return answered(question)


@dataclass
class MemoryDependencies:
    """Everything in memory; a test replaces what it is about."""

    realm: str = "test"
    clock: StandingClock = field(default_factory=StandingClock)
    artifacts: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    cache: MemoryAnswerCache = field(default_factory=MemoryAnswerCache)
    models: ScriptedModels = field(default_factory=lambda: ScriptedModels(reply=_answered))
    recordings: ScriptedModels = field(default_factory=lambda: ScriptedModels(reply=_answered))
    catalogue: FixedCatalogue = field(default_factory=FixedCatalogue)
    events: MemoryEvents = field(default_factory=MemoryEvents)


def answered(question: Question, text: str = "yes") -> Answer:
    """A plain live answer to a question."""
    return Answer(
        case_id=question.case.id,
        text=text,
        status=AnswerStatus.ANSWERED,
        origin=Origin.LIVE,
        stop_reason="end_turn",
        usage=Usage(input_tokens=10, output_tokens=2),
        latency_ms=100.0,
        first_token_ms=40.0,
        repeat=question.repeat,
    )
