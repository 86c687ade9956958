"""What is known of a contender's batch jobs: files under ``runs/<run-id>/batch/<contender>/``, and what they tell."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from brainswap.contracts import BatchRef, Contender, Contract, ShardRef
from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.ports import AnswerCache, Artifacts, BatchJobs
from brainswap.run_files import JSON, JSON_LINES


class BatchPart(Contract):
    """One job.

    Attributes:
        first_block: of its records; with ``last_block``, both included.
        reserved: US dollars set aside for it.
        job: its ARN; None until it has been created.
        collected: its answers are in the cache, its failures in files, its money is counted.
    """

    number: int
    first_block: int
    last_block: int
    records: int
    reserved: Decimal
    job: str | None = None
    collected: bool = False


class BatchPlan(Contract):
    """``plan.json``: the jobs so far, and where the next one begins.

    Attributes:
        planned: no further job will be created.
        one_by_one: questions that were too few for a job.
    """

    parts: tuple[BatchPart, ...] = ()
    next_block: int = 0
    next_question: int = 0
    planned: bool = False
    one_by_one: int = 0

    @property
    def pending(self) -> tuple[BatchPart, ...]:
        return tuple(part for part in self.parts if not part.collected)

    @property
    def finished(self) -> bool:
        return self.planned and not self.pending

    def changed(self, part: BatchPart) -> "BatchPlan":
        """The plan with a part in place of the one of its number."""
        parts = tuple(part if one.number == part.number else one for one in self.parts)
        return self.model_copy(update={"parts": parts})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A position of a part's index: a question, and where it was asked.

    Attributes:
        record: None where the record of an equal question stands for it.
    """

    record: str | None
    key: str
    block: int
    case_id: str
    repeat: int


class BatchFiles:
    """The files of one contender."""

    def __init__(self, artifacts: Artifacts, of: BatchRef) -> None:
        self._artifacts = artifacts
        self._prefix = f"runs/{of.run_id}/batch/{of.contender}"

    def plan(self) -> BatchPlan:
        """As it stands; an empty one at first."""
        key = f"{self._prefix}/plan.json"
        return BatchPlan.model_validate_json(self._artifacts.read(key)) if self._artifacts.exists(key) else BatchPlan()

    def write_plan(self, plan: BatchPlan) -> None:
        self._artifacts.write(f"{self._prefix}/plan.json", plan.model_dump_json(indent=1).encode(), JSON)

    def records_key(self, part: int) -> str:
        """Of the records that a job reads."""
        return f"{self._prefix}/in/records-{part:03d}.jsonl"

    @property
    def results(self) -> str:
        """The prefix below which jobs write."""
        return f"{self._prefix}/out/"

    def index_key(self, part: int) -> str:
        return f"{self._prefix}/index-{part:03d}.jsonl"

    def index(self, part: int) -> Iterator[Place]:
        for line in self._artifacts.lines(self.index_key(part)):
            record, key, block, case_id, repeat = json.loads(line)
            yield Place(record=record, key=key, block=block, case_id=case_id, repeat=repeat)

    def write_failures(self, part: int, block: int, reasons: Mapping[str, str]) -> None:
        """Leave why questions of a block have no answer, by the questions' keys."""
        lines = b"".join(json.dumps([key, reason]).encode() + b"\n" for key, reason in reasons.items())
        self._artifacts.write(self._failed_key(part, block), lines, JSON_LINES)

    def failures(self, block: int) -> Mapping[str, str]:
        """Why questions of a block have no answer, by the questions' keys."""
        found: dict[str, str] = {}
        for part in self.plan().parts:
            key = self._failed_key(part.number, block)
            if part.first_block <= block <= part.last_block and self._artifacts.exists(key):
                found.update(json.loads(line) for line in self._artifacts.lines(key))
        return found

    def _failed_key(self, part: int, block: int) -> str:
        return f"{self._prefix}/failed/{part:03d}/{block:06d}.jsonl"


def index_line(place: Place) -> bytes:
    return json.dumps([place.record, place.key, place.block, place.case_id, place.repeat]).encode() + b"\n"


def with_failures(cache: AnswerCache, artifacts: Artifacts, shard: ShardRef, contender: Contender) -> AnswerCache:
    """The cache as a shard should see it: what a batch job could not answer is known to have failed."""
    if contender.inference != "batch":
        return cache
    ref = BatchRef(run_id=shard.run_id, contender=contender.id)
    reasons = BatchFiles(artifacts, ref).failures(shard.block)
    return _KnownFailures(cache, shard.run_id, reasons) if reasons else cache


def one_by_one(contender: Contender) -> Contender:
    """The contender as it is asked and paid for where its questions are too few for a job."""
    return contender.model_copy(update={"inference": "on_demand"})


def stop_jobs(jobs: BatchJobs, plan: BatchPlan) -> None:
    """Stop the jobs that have not been collected; one that has ended by itself is left alone."""
    for part in plan.pending:
        if part.job is not None:
            jobs.stop(part.job)


class _KnownFailures:
    """A cache that also knows which questions failed; for one run, and nothing is written down as an answer."""

    def __init__(self, cache: AnswerCache, run_id: str, reasons: Mapping[str, str]) -> None:
        self._cache = cache
        self._run_id = run_id
        self._reasons = reasons

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        failed = {key: self._failed(self._reasons[key]) for key in keys if key in self._reasons}
        return {**failed, **self._cache.get_many(keys)}

    def claim_many(self, keys: Sequence[str], worker: str, seconds: float) -> Collection[str]:
        return self._cache.claim_many(keys, worker, seconds)

    def put_many(self, answers: Mapping[str, Answer]) -> None:
        self._cache.put_many(answers)

    def release_many(self, keys: Sequence[str], worker: str) -> None:
        self._cache.release_many(keys, worker)

    def _failed(self, reason: str) -> Answer:
        return Answer(
            case_id="",
            text="",
            status=AnswerStatus.FAILED,
            reason=f"the batch job says: {reason}",
            origin=Origin.LIVE,
            asked_in=self._run_id,
        )


def by_block(places: Iterable[Place], reasons: Mapping[str, str]) -> Mapping[int, Mapping[str, str]]:
    """The reasons of failed questions, by key, for each block in which a question with the key stands."""
    found: dict[int, dict[str, str]] = {}
    for place in places:
        if place.key in reasons:
            found.setdefault(place.block, {})[place.key] = reasons[place.key]
    return found
