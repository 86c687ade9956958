"""State ``Collect``: take the answers of the batch jobs that have ended into the cache, and count what they cost."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from brainswap.batches import BatchFiles, BatchPart, Place, by_block, stop_jobs
from brainswap.contenders import costing, prompt_of
from brainswap.contracts import BatchRef, CollectResult, Contender, parse
from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.cases import Case
from brainswap.core.errors import InvalidRequestError
from brainswap.ports import BatchJob, BatchJobs, Dependencies, Question
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies
from brainswap.spending import Wallet

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

KEPT_TOGETHER = 100  # answers, in one go
TIME_FOR_A_PART_S = 300.0


def run(request: BatchRef, using: Dependencies, time_left_s: Callable[[], float]) -> CollectResult:
    """Collect each job that has ended and was not collected before; unfinished while others go on or time is short.

    Raises:
        InvalidRequestError: there can be no batch jobs here.
    """
    jobs = using.batch_jobs
    if jobs is None:
        raise InvalidRequestError("the run asks for batch jobs, which there can be none of here")
    files = BatchFiles(using.artifacts, request)
    contender = RunFiles(using.artifacts, request.run_id).contender(request.contender)
    plan = files.plan()
    for part in plan.pending:
        if part.job is None or time_left_s() < TIME_FOR_A_PART_S:
            break
        job = jobs.look(part.job)
        if not job.ended:
            continue
        collection = _Collection(using, jobs, files, request, contender, part)
        collection.collect(job)
        reason = collection.reason_to_stop(job)
        if reason is not None:
            using.ledger.stop(request.run_id, request.contender, reason)
        # Before the money: should the rest not happen, it stays set aside, and no cap is exceeded.
        plan = plan.changed(part.model_copy(update={"collected": True}))
        files.write_plan(plan)
        collection.count_money()
        if reason is not None:
            stop_jobs(jobs, plan)
    return CollectResult(finished=plan.finished)


@dataclass(slots=True, kw_only=True)
class _Money:
    """What the answers of a job cost; ``unknown`` counts those that say nothing of their tokens."""

    spent: Decimal = Decimal(0)
    calls: int = 0
    unknown: int = 0


@dataclass(slots=True)
class _Collection:
    """One job's results on their way into the cache."""

    using: Dependencies
    jobs: BatchJobs
    files: BatchFiles
    ref: BatchRef
    contender: Contender
    part: BatchPart
    reasons: dict[str, str] = field(default_factory=dict)
    money: _Money = field(default_factory=_Money)

    def collect(self, job: BatchJob) -> None:
        open_places = {place.record: place for place in self._index() if place.record is not None}
        answered: dict[str, Answer] = {}
        for place, answer, reason in self._outcomes(open_places):
            if answer is None:
                self.reasons[place.key] = reason
                continue
            self._count(answer)
            if answer.status is AnswerStatus.FAILED:
                self.reasons[place.key] = answer.reason or "the answer makes no sense"
                continue
            answered[place.key] = replace(answer, asked_in=self.ref.run_id)
            if len(answered) == KEPT_TOGETHER:
                self.using.cache.put_many(answered)
                answered.clear()
        if answered:
            self.using.cache.put_many(answered)
        for place in open_places.values():
            self.reasons[place.key] = f"it ended as {job.status} without a word about this record"
        for block, reasons in by_block(self._index(), self.reasons).items():
            self.files.write_failures(self.part.number, block, reasons)

    def count_money(self) -> None:
        share = self.part.reserved / self.part.records
        self.using.purse.settle(
            self.ref.run_id,
            "source" if self.contender.role == "source" else "targets",
            reserved=self.part.reserved,
            spent=self.money.spent,
            uncertain=share * self.money.unknown,
            calls=self.money.calls,
        )

    def reason_to_stop(self, job: BatchJob) -> str | None:
        if not job.answered:
            return f"the batch job ended as {job.status}" + (f": {job.message}" if job.message else "")
        if not self.money.calls:
            first = next(iter(self.reasons.values()), "")
            return f"the batch job answered none of its {self.part.records:,} records: {first}"
        return None

    def _outcomes(self, open_places: dict[str, Place]) -> Iterator[tuple[Place, Answer | None, str]]:
        """The results in their order, each record's first one; what is left in ``open_places`` has none."""
        key = self.jobs.written(
            str(self.part.job), records=self.files.records_key(self.part.number), results=self.files.results
        )
        if not self.using.artifacts.exists(key):
            return
        question_of = _questions(self.contender, open_places)
        for line in self.using.artifacts.lines(key):
            outcome = self.jobs.outcome(line, question_of)
            if outcome is not None:
                yield open_places.pop(outcome.record), outcome.answer, outcome.reason

    def _index(self) -> Iterator[Place]:
        return self.files.index(self.part.number)

    def _count(self, answer: Answer) -> None:
        wallet = Wallet(self.using.purse, run_id="", purpose="", costing=costing(self.contender), cap=None)
        cost = wallet.cost(answer.usage)
        self.money.calls += 1
        self.money.spent += cost or 0
        self.money.unknown += cost is None


def _questions(contender: Contender, open_places: Mapping[str, Place]) -> Callable[[str], Question | None]:
    """By record, as far as reading an answer needs a question: its words are not rendered again."""
    prompt = prompt_of(contender.prompt)

    def question_of(record: str) -> Question | None:
        place = open_places.get(record)
        if place is None:
            return None
        return Question(
            model=contender.model,
            streams=False,
            prompt=prompt,
            settings=contender.settings,
            case=Case(id=place.case_id, input={}),
            recording=contender.recording,
            repeat=place.repeat,
            labels={},
        )

    return question_of


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    request = parse(BatchRef, event)
    result = run(request, dependencies(), lambda: context.get_remaining_time_in_millis() / 1000)
    return result.model_dump(mode="json")
