"""The ports in memory."""

import asyncio
import io
import json
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from brainswap.core.answers import Answer, AnswerStatus, Origin, Usage
from brainswap.core.approving.record import ApprovalRecord
from brainswap.core.errors import ArtifactMissingError
from brainswap.core.folder import Folder
from brainswap.core.money.price_lines import CandidatePrice
from brainswap.core.preflight import ModelFacts
from brainswap.core.quotas import Quota
from brainswap.core.watching.listing import Listing
from brainswap.ports import Balance, BatchJobs, KeptApproval, Metric, Pace, PromptJobs, Question, Record
from brainswap.run_files import decode_answer, encode_answer
from tests.fakes.rollouts import MemoryOutcomes, MemoryRollouts, MemoryRoutes, MemorySamples, StartedRollouts

T = TypeVar("T")


@dataclass
class MemoryMetrics:
    """Figures in a list, each moment with its dimensions and what else is known."""

    recorded: list[tuple[tuple[Metric, ...], Mapping[str, str], Mapping[str, str]]] = field(default_factory=list)

    def record(self, metrics: Sequence[Metric], *, by: Mapping[str, str], about: Mapping[str, str]) -> None:
        self.recorded.append((tuple(metrics), by, about))


@dataclass
class MemoryArtifacts:
    """Files in a dictionary."""

    files: dict[str, bytes] = field(default_factory=dict)
    final: set[str] = field(default_factory=set)

    def read(self, key: str) -> bytes:
        if key not in self.files:
            raise ArtifactMissingError(key)
        return self.files[key]

    def write(self, key: str, data: bytes, content_type: str, *, final: bool = False) -> None:
        assert content_type
        self.files[key] = data
        if final:
            self.final.add(key)

    def lines(self, key: str) -> Iterator[bytes]:
        return iter(self.read(key).removesuffix(b"\n").split(b"\n"))

    @contextmanager
    def writing(self, key: str, content_type: str, *, final: bool = False) -> Iterator[BinaryIO]:
        buffer = io.BytesIO()
        yield buffer
        self.write(key, buffer.getvalue(), content_type, final=final)

    def exists(self, key: str) -> bool:
        return key in self.files

    def keys(self, prefix: str) -> Iterator[str]:
        return iter(sorted(key for key in self.files if key.startswith(prefix)))

    def folders(self, prefix: str) -> Iterator[str]:
        below = (key.removeprefix(prefix).split("/") for key in self.files if key.startswith(prefix))
        return iter(sorted({parts[0] for parts in below if len(parts) > 1}))

    def folder(self, prefix: str) -> Folder:
        return MemoryFolder(self, prefix)


@dataclass
class MemoryObjects:
    """Files in S3, by address."""

    files: dict[str, bytes] = field(default_factory=dict)

    def read(self, uri: str, most: int) -> bytes:
        if uri not in self.files:
            raise FileNotFoundError("S3 does not have it")
        return self.files[uri][: most + 1]


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
class SteppedClock:
    """Seconds since 1970, as a test says."""

    seconds: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class MemoryLedger:
    """Records in a dictionary."""

    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    reasons: dict[str, dict[str, str]] = field(default_factory=dict)

    def open_run(self, run_id: str, facts: Mapping[str, Any]) -> None:
        self.runs[run_id] = {**facts, "status": "running"}

    def note(self, run_id: str, facts: Mapping[str, Any]) -> None:
        self.runs.setdefault(run_id, {}).update(facts)

    def run(self, run_id: str) -> Mapping[str, Any] | None:
        return self.runs.get(run_id)

    def stop(self, run_id: str, contender: str, reason: str) -> None:
        self.reasons.setdefault(run_id, {}).setdefault(contender, reason)

    def stopped(self, run_id: str) -> Mapping[str, str]:
        return dict(self.reasons.get(run_id, {}))


@dataclass
class MemoryRecords:
    """Records in a dictionary for each group."""

    kept: dict[str, dict[str, Record]] = field(default_factory=dict)

    def find(self, group: str, key: str) -> Record | None:
        return self.kept.get(group, {}).get(key)

    def all(self, group: str) -> Sequence[Record]:
        return [record for _, record in sorted(self.kept.get(group, {}).items())]

    def keep(self, group: str, key: str, facts: Mapping[str, Any], *, over: int | None) -> bool:
        now = self.find(group, key)
        if (now.revision if now else None) != over:
            return False
        told = json.loads(json.dumps(dict(facts)))
        self.kept.setdefault(group, {})[key] = Record(key=key, facts=told, revision=(over or 0) + 1)
        return True

    def drop(self, group: str, key: str, *, over: int) -> bool:
        now = self.find(group, key)
        if now is None or now.revision != over:
            return False
        del self.kept[group][key]
        return True


@dataclass
class MemoryAnswerCache:
    """Answers in a dictionary, encoded as a store would keep them."""

    answers: dict[str, bytes] = field(default_factory=dict)
    claims: dict[str, tuple[str, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    clock: Callable[[], float] = time.time

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        return {key: decode_answer(self.answers[key]) for key in keys if key in self.answers}

    def claim_many(self, keys: Sequence[str], worker: str, seconds: float) -> Collection[str]:
        claimed = []
        now = self.clock()
        with self.lock:
            for key in dict.fromkeys(keys):
                holder, until = self.claims.get(key, (worker, 0.0))
                if key not in self.answers and (holder == worker or until <= now):
                    self.claims[key] = (worker, now + seconds)
                    claimed.append(key)
        return claimed

    def put_many(self, answers: Mapping[str, Answer]) -> None:
        with self.lock:
            for key, answer in answers.items():
                self.answers[key] = encode_answer(answer)
                self.claims.pop(key, None)

    def release_many(self, keys: Sequence[str], worker: str) -> None:
        with self.lock:
            for key in keys:
                if self.claims.get(key, ("", 0.0))[0] == worker:
                    del self.claims[key]


@dataclass
class MemoryPaces:
    """Paces in dictionaries."""

    paces: dict[str, Pace] = field(default_factory=dict)
    workers: dict[str, dict[str, tuple[int, float]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    clock: Callable[[], float] = time.time

    def beat(self, model: str, worker: str, in_flight: int, seconds: float) -> Pace:
        with self.lock:
            self.workers.setdefault(model, {})[worker] = (in_flight, self.clock() + seconds)
            return self._standing(model)

    def change(self, model: str, version: int, *, rate: float | None, period_s: float, held_until: float) -> Pace:
        with self.lock:
            if self._standing(model).version == version:
                self.paces[model] = Pace(
                    rate=rate,
                    period_s=period_s,
                    version=version + 1,
                    changed_at=self.clock(),
                    held_until=held_until,
                    in_flight=0,
                )
            return self._standing(model)

    def leave(self, model: str, worker: str) -> None:
        with self.lock:
            self.workers.get(model, {}).pop(worker, None)

    def _standing(self, model: str) -> Pace:
        now = self.clock()
        present = sum(count for count, until in self.workers.get(model, {}).values() if until > now)
        nothing = Pace(rate=None, period_s=1.0, version=0, changed_at=0.0, held_until=0.0, in_flight=0)
        return replace(self.paces.get(model, nothing), in_flight=present)


@dataclass
class MemoryPurse:
    """Money in dictionaries."""

    balances: dict[str, Balance] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reserve(self, run_id: str, amount: Decimal, cap: Decimal) -> bool:
        with self.lock:
            now = self._of(run_id)
            if now.committed + amount > cap:
                return False
            self.balances[run_id] = replace(now, reserved=now.reserved + amount)
            return True

    def settle(
        self, run_id: str, purpose: str, *, reserved: Decimal, spent: Decimal, uncertain: Decimal, calls: int
    ) -> None:
        with self.lock:
            now = self._of(run_id)
            all_spent = {**now.spent, purpose: now.spent.get(purpose, Decimal(0)) + spent}
            all_calls = {**now.calls, purpose: now.calls.get(purpose, 0) + calls}
            self.balances[run_id] = Balance(
                spent={name: amount for name, amount in all_spent.items() if amount},
                reserved=now.reserved - reserved,
                uncertain=now.uncertain + uncertain,
                calls={name: count for name, count in all_calls.items() if count},
            )

    def balance(self, run_id: str) -> Balance:
        with self.lock:
            return self._of(run_id)

    def _of(self, run_id: str) -> Balance:
        nothing = Balance(spent={}, reserved=Decimal(0), uncertain=Decimal(0), calls={})
        return self.balances.get(run_id, nothing)


@dataclass
class ScriptedModels:
    """Answers, or raises, what a function says, plain or awaited; keeps the questions."""

    reply: Callable[[Question], Answer | Awaitable[Answer]]
    asked: list[Question] = field(default_factory=list)

    async def warm_up(self, question: Question) -> None:
        assert question.model

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        answer = self.reply(question)
        return answer if isinstance(answer, Answer) else await answer


@dataclass
class FixedPrices:
    """The same prices at every look."""

    known: Mapping[str, Sequence[CandidatePrice]] = field(default_factory=dict)

    def prices(self, model_ids: Collection[str], region: str) -> Mapping[str, Sequence[CandidatePrice]]:
        assert region
        return {model_id: self.known[model_id] for model_id in model_ids if model_id in self.known}


@dataclass
class FixedQuotas:
    """The same quotas at every look."""

    known: Mapping[str, Quota] = field(default_factory=dict)

    def of(self, model_ids: Collection[str]) -> Mapping[str, Quota]:
        return {model_id: self.known[model_id] for model_id in model_ids if model_id in self.known}


@dataclass
class FixedCatalogue:
    """The same facts at every look."""

    known: Mapping[str, ModelFacts] = field(default_factory=dict)

    def facts(self, model_id: str) -> ModelFacts | None:
        return self.known.get(model_id)


@dataclass
class FixedTerms:
    """The same terms at every look, or an error."""

    mode: str | Exception = "default"

    def data_retention(self) -> str:
        if isinstance(self.mode, Exception):
            raise self.mode
        return self.mode


@dataclass
class ScriptedListings:
    """What each look at any region gets: a listing, or an error."""

    looks: list[Listing | Exception] = field(default_factory=list)

    def listing(self, region: str) -> Listing:
        assert region
        look = self.looks.pop(0)
        if isinstance(look, Exception):
            raise look
        return look


@dataclass
class MemoryExecutions:
    """Executions that a test ends; ``started`` holds what each was first started with."""

    started: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def start(self, run_id: str, request: Mapping[str, Any]) -> None:
        self.calls.append(run_id)
        if run_id not in self.started:
            self.started[run_id] = request
            self.statuses[run_id] = "RUNNING"

    def status(self, run_id: str) -> str | None:
        return self.statuses.get(run_id)


@dataclass
class MemoryEvents:
    """Events in a list."""

    published: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def publish(self, kind: str, detail: Mapping[str, Any]) -> None:
        self.published.append((kind, detail))


@dataclass
class MemoryMessages:
    """What was sent: subject, text, document and attributes."""

    sent: list[tuple[str, str, Mapping[str, Any], Mapping[str, str]]] = field(default_factory=list)

    def send(self, subject: str, text: str, document: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        self.sent.append((subject, text, document, attributes))


class PlainLinks:
    """Links that lead nowhere."""

    def lasting(self, key: str) -> str:
        return f"https://console.invalid/{key}"

    def signed(self, key: str, name: str, seconds: int) -> str:
        return f"https://bucket.invalid/{key}?name={name}&seconds={seconds}"


@dataclass
class MemoryTaskTokens:
    """Who waits, in a dictionary."""

    tokens: dict[str, str] = field(default_factory=dict)

    def keep(self, job: str, token: str) -> None:
        self.tokens[job] = token

    def find(self, job: str) -> str | None:
        return self.tokens.get(job)


@dataclass
class MemoryTasks:
    """The tasks that were told to go on."""

    told: list[str] = field(default_factory=list)

    def succeed(self, token: str) -> None:
        self.told.append(token)


@dataclass
class MemoryApprovals:
    """Records and tokens in dictionaries; ``meanwhile`` is done once, before the next write."""

    kept: dict[str, KeptApproval] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    meanwhile: Callable[[], None] | None = None

    def read(self, run_id: str) -> KeptApproval | None:
        return self.kept.get(run_id)

    def write(self, record: ApprovalRecord, *, after: int) -> bool:
        if self.meanwhile is not None:
            other, self.meanwhile = self.meanwhile, None
            other()
        known = self.kept.get(record.run_id)
        if (known.revision if known else 0) != after:
            return False
        self.kept[record.run_id] = KeptApproval(record=record, revision=after + 1)
        return True

    def keep_token(self, run_id: str, token: str) -> None:
        self.tokens[run_id] = token

    def token(self, run_id: str) -> str | None:
        return self.tokens.get(run_id)


@dataclass
class StandingClock:
    """A clock that stands still until a test sets it."""

    moment: datetime = datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic_ms(self) -> float:
        return 0.0


def _answered(question: Question) -> Answer:
    return answered(question)


@dataclass
class MemoryDependencies:
    """Everything in memory; a test replaces what it is about."""

    realm: str = "test"
    region: str = "us-east-1"
    clock: StandingClock = field(default_factory=StandingClock)
    artifacts: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    metrics: MemoryMetrics = field(default_factory=MemoryMetrics)
    cache: MemoryAnswerCache = field(default_factory=MemoryAnswerCache)
    paces: MemoryPaces = field(default_factory=MemoryPaces)
    purse: MemoryPurse = field(default_factory=MemoryPurse)
    prices: FixedPrices = field(default_factory=FixedPrices)
    quotas: FixedQuotas = field(default_factory=FixedQuotas)
    models: ScriptedModels = field(default_factory=lambda: ScriptedModels(reply=_answered))
    recordings: ScriptedModels = field(default_factory=lambda: ScriptedModels(reply=_answered))
    catalogue: FixedCatalogue = field(default_factory=FixedCatalogue)
    terms: FixedTerms = field(default_factory=FixedTerms)
    listings: ScriptedListings = field(default_factory=ScriptedListings)
    executions: MemoryExecutions = field(default_factory=MemoryExecutions)
    migrations_at_once: int = 5
    watched_regions: tuple[str, ...] = ("us-east-1",)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    messages: MemoryMessages | None = None
    links: PlainLinks = field(default_factory=PlainLinks)
    batch_jobs: BatchJobs | None = None
    prompt_jobs: PromptJobs | None = None
    task_tokens: MemoryTaskTokens = field(default_factory=MemoryTaskTokens)
    tasks: MemoryTasks = field(default_factory=MemoryTasks)
    routes: MemoryRoutes = field(default_factory=MemoryRoutes)
    outcome_reports: MemoryOutcomes = field(default_factory=MemoryOutcomes)
    samples: MemorySamples = field(default_factory=MemorySamples)
    rollout_records: MemoryRollouts = field(default_factory=MemoryRollouts)
    rollouts: StartedRollouts | None = None
    approvals: MemoryApprovals = field(default_factory=MemoryApprovals)

    def complete(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)


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
