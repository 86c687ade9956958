"""State ``Submit``: put a contender's open questions into batch jobs, once, and let the task wait for their end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from brainswap.batches import BatchFiles, BatchPart, BatchPlan, Place, index_line, stop_jobs
from brainswap.contenders import costing
from brainswap.contracts import BatchRef, Contender, FrozenRun, NothingToTell, SubmitRequest, parse
from brainswap.core.errors import InvalidRequestError, ModelAccessError, ModelRefusesRequestError
from brainswap.core.fingerprints import fingerprint
from brainswap.core.inference import FEWEST_RECORDS
from brainswap.ports import BatchJobs, Dependencies, Question
from brainswap.questions import key_of, questions_of
from brainswap.run_files import JSON_LINES, RunFiles
from brainswap.runtime import dependencies
from brainswap.spending import Wallet

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Quotas of Bedrock that are the same for most models; a test may set smaller ones.
MOST_RECORDS = 50_000
MOST_BYTES = 1_000_000_000
TIME_FOR_A_PART_S = 300.0  # to render, look up and store as many records as a job may have


def run(request: SubmitRequest, using: Dependencies, time_left_s: Callable[[], float]) -> NothingToTell:
    """Create the jobs that are still to be created; the task goes on at once where there is nothing to wait for.

    Raises:
        InvalidRequestError: there can be no batch jobs here.
    """
    jobs = using.batch_jobs
    if jobs is None:
        raise InvalidRequestError("the run asks for batch jobs, which there can be none of here")
    ref = BatchRef(run_id=request.run_id, contender=request.contender)
    planner = _Planner(using, jobs, ref)
    plan = planner.go_on(time_left_s)
    for part in plan.pending:
        if part.job is not None:
            using.task_tokens.keep(part.job, request.token)
    # Looked at after the token is kept: a job that ends in between finds the token, or is seen here, or both.
    if not plan.planned or not plan.pending or any(jobs.look(str(part.job)).ended for part in plan.pending):
        using.tasks.succeed(request.token)
    return NothingToTell()


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A part while it is written; ``next_place`` is where the following one begins, None at the end of the cases."""

    records: int = 0
    size: int = 0
    most: Decimal = Decimal(0)
    blocks: tuple[int, int] = (0, 0)
    next_place: tuple[int, int] | None = None


class _Planner:
    """Cuts the open questions of one contender into jobs."""

    def __init__(self, using: Dependencies, jobs: BatchJobs, ref: BatchRef) -> None:
        self._using = using
        self._jobs = jobs
        self._ref = ref
        self._files = BatchFiles(using.artifacts, ref)
        self._run_files = RunFiles(using.artifacts, ref.run_id)
        self._frozen: FrozenRun = self._run_files.run()
        self._contender: Contender = self._run_files.contender(ref.contender)
        self._wallet = Wallet(
            using.purse,
            run_id=ref.run_id,
            purpose="",
            costing=costing(self._contender),
            cap=self._frozen.workload.limits.budget_usd,
            context_tokens=self._contender.context_tokens,
        )

    def go_on(self, time_left_s: Callable[[], float]) -> BatchPlan:
        plan = self._files.plan()
        if plan.parts and plan.parts[-1].job is None:
            plan = self._create(plan)
        while not plan.planned and time_left_s() >= TIME_FOR_A_PART_S:
            if self._contender.refused_because or self._ref.contender in self._using.ledger.stopped(self._ref.run_id):
                plan = self._written(plan.model_copy(update={"planned": True}))
            else:
                plan = self._next_part(plan)
        return plan

    def _next_part(self, plan: BatchPlan) -> BatchPlan:
        number = len(plan.parts)
        draft = self._write_records(plan, number)
        ahead = draft.next_place or (0, 0)
        plan = plan.model_copy(
            update={
                "next_block": ahead[0],
                "next_question": ahead[1],
                "planned": draft.next_place is None,
            }
        )
        if draft.records < FEWEST_RECORDS:
            self._note_one_by_one(draft.records)
            return self._written(plan.model_copy(update={"one_by_one": plan.one_by_one + draft.records}))
        if not self._reserve(draft):
            most = f"up to {draft.most:.2f} US dollars, more than the run has left"
            reason = f"a batch job of {draft.records:,} records may cost {most}"
            return self._give_up(plan, reason)
        part = BatchPart(
            number=number,
            first_block=draft.blocks[0],
            last_block=draft.blocks[1],
            records=draft.records,
            reserved=draft.most,
        )
        return self._create(self._written(plan.model_copy(update={"parts": (*plan.parts, part)})))

    def _write_records(self, plan: BatchPlan, number: int) -> _Draft:
        """Store the records of the next job, equal ones once, and the index by which its results are read."""
        artifacts, files = self._using.artifacts, self._files
        draft, seen = _Draft(), set[str]()
        first: int | None = None
        with (
            artifacts.writing(files.records_key(number), JSON_LINES) as records,
            artifacts.writing(files.index_key(number), JSON_LINES) as index,
        ):
            for block, place, question, key in self._open_questions(plan.next_block, plan.next_question):
                record_id = None if key in seen else f"{block:06d}-{place:05d}"
                if record_id is not None:
                    line = self._jobs.record(record_id, question)
                    if draft.records == MOST_RECORDS or draft.size + len(line) > MOST_BYTES:
                        draft.next_place = (block, place)
                        break
                    records.write(line)
                    seen.add(key)
                    draft.records += 1
                    draft.size += len(line)
                    draft.most += self._wallet.most(question.prompt, question.settings)
                first = block if first is None else first
                draft.blocks = (first, block)
                at = Place(record=record_id, key=key, block=block, case_id=question.case.id, repeat=question.repeat)
                index.write(index_line(at))
        return draft

    def _open_questions(self, block: int, place: int) -> Iterator[tuple[int, int, Question, str]]:
        """Block, place in the block, question and key of all that the cache has no answer to, from a position on."""
        listed = self._run_files.shard_list()
        run_id = self._ref.run_id
        for number in range(block, listed.blocks if listed else 0):
            block_cases = self._run_files.block(number)
            questions = questions_of(self._frozen, self._contender, block_cases, self._run_files.attachment)
            keys = [key_of(self._using.realm, question) for question in questions]
            known = self._using.cache.get_many(keys)
            usable = {key for key, answer in known.items() if not self._frozen.fresh or answer.asked_in == run_id}
            for index, (question, key) in enumerate(zip(questions, keys, strict=True)):
                if key not in usable and (number > block or index >= place):
                    yield number, index, question, key

    def _reserve(self, draft: _Draft) -> bool:
        cap = self._frozen.workload.limits.budget_usd
        return cap is None or not draft.most or self._using.purse.reserve(self._ref.run_id, draft.most, cap)

    def _create(self, plan: BatchPlan) -> BatchPlan:
        """Create the job of the last part; a job that was created before is only named again."""
        part = plan.parts[-1]
        token = fingerprint([self._ref.run_id, self._ref.contender, part.number])
        try:
            job = self._jobs.create(
                name=f"brainswap-{token[:12]}-{part.number}",
                token=token,
                model=self._contender.model,
                records=self._files.records_key(part.number),
                results=self._files.results,
            )
        except (ModelAccessError, ModelRefusesRequestError) as error:
            plan = self._give_up(plan.model_copy(update={"parts": plan.parts[:-1]}), str(error))
            self._using.purse.settle(
                self._ref.run_id,
                "source" if self._contender.role == "source" else "targets",
                reserved=part.reserved,
                spent=Decimal(0),
                uncertain=Decimal(0),
                calls=0,
            )
            return plan
        return self._written(plan.changed(part.model_copy(update={"job": job})))

    def _give_up(self, plan: BatchPlan, reason: str) -> BatchPlan:
        self._using.ledger.stop(self._ref.run_id, self._ref.contender, reason)
        stop_jobs(self._jobs, plan)
        return self._written(plan.model_copy(update={"planned": True}))

    def _note_one_by_one(self, questions: int) -> None:
        if not questions:
            return
        note = f"{questions} questions were too few for a batch job and were asked one by one, at the full price"
        if note not in self._contender.notes:
            noted = self._contender.model_copy(update={"notes": [*self._contender.notes, note]})
            self._run_files.write_contender(noted)

    def _written(self, plan: BatchPlan) -> BatchPlan:
        self._files.write_plan(plan)
        return plan


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    request = parse(SubmitRequest, event)
    result = run(request, dependencies(), lambda: context.get_remaining_time_in_millis() / 1000)
    return result.model_dump(mode="json")
