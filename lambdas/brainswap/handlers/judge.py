"""State ``Judge``: have judges, and whom else scorers call, look at every answer of a shard, and add their scores."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from brainswap import worker
from brainswap.asking import Asked
from brainswap.contenders import SOURCE
from brainswap.contracts import AnswerResult, FrozenRun, JudgedShard, JudgedTally, ShardRef, parse
from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.cases import Case
from brainswap.core.decision.samples import with_scores
from brainswap.core.judging.docket import docket
from brainswap.core.judging.exhibit import AnyJudgedSpec, Exhibit, judged
from brainswap.core.judging.judgement import Ask, Judgement, asks, judgement
from brainswap.core.scoring.composition import members_first
from brainswap.core.scoring.score import Score, inverted
from brainswap.core.scoring.specs import SetSpec
from brainswap.core.scoring.subject import subject_of
from brainswap.judging import SeatedJudge, seated_judges
from brainswap.outside import Outside
from brainswap.ports import Dependencies, Question
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_NO_ANSWER = frozenset({AnswerStatus.FAILED, AnswerStatus.UNASKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matter:
    """What one scorer makes of one answer: a score at once, or something for its judges.

    Attributes:
        sample: the place of the answer in the shard.
    """

    sample: int
    case: Case
    spec: AnyJudgedSpec
    found: Score | Exhibit


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A question to a judge, and which matter it is about."""

    matter: int
    ask: Ask
    question: Question


def run(request: ShardRef, using: Dependencies, time_left_s: Callable[[], float]) -> AnswerResult:
    """Judge the shard's answers; unfinished when time ran out, and then the next invocation goes on from the cache.

    Raises:
        ModelThrottledError: a judge has been refusing all requests for their pace for a day.
        ModelUnavailableError: a judge has not answered anything for hours.
    """
    files = RunFiles(using.artifacts, request.run_id)
    frozen = files.run()
    matters = list(_matters(files, frozen, request))
    judges = seated_judges(frozen)
    calls = {judge.slot: list(_calls(judge, matters, request)) for judge in judges}
    outside = Outside(files, frozen, request)
    asked = dict(using.complete(_ask_all(request, frozen, judges, calls, using, time_left_s)))
    asked |= using.complete(outside.ask_all(using, time_left_s))
    before = files.judged_so_far(request.contender, request.block)
    taken = _taken(before, judges, asked).model_copy(
        update={"called": outside.taken(before.called if before else {}, asked)}
    )
    if all(each.finished for each in asked.values()):
        _write(files, request, matters, calls, asked, taken, outside.scores(asked))
        return AnswerResult(shard=request, finished=True)
    files.write_judged(request.contender, request.block, taken)
    return worker.unfinished(request, asked.values(), "those who score")


def _matters(files: RunFiles, frozen: FrozenRun, request: ShardRef) -> Iterator[_Matter]:
    """Every answer by every judged scorer, in the order of the answers."""
    dockets = [(spec, docket(spec)) for spec in judged(frozen.workload.scorers)]
    answers = _by_case(files, request.contender, request.block)
    of_source = answers if request.contender == SOURCE else _by_case(files, SOURCE, request.block)
    sample = 0
    for case in files.block(request.block):
        said_by_source = {answer.repeat: answer for answer in of_source[case.id]}
        for answer in answers[case.id]:
            other = None if request.contender == SOURCE else said_by_source[answer.repeat]
            for spec, look in dockets:
                source = None if other is None else subject_of(case, other.at(spec.step), None)
                found = look(subject_of(case, answer.at(spec.step), None), source)
                yield _Matter(sample=sample, case=case, spec=spec, found=found)
            sample += 1


def _by_case(files: RunFiles, contender: str, block: int) -> Mapping[str, Sequence[Answer]]:
    answers = files.answers(contender, block)
    return {case_id: list(group) for case_id, group in groupby(answers, key=attrgetter("case_id"))}


def _calls(judge: SeatedJudge, matters: Sequence[_Matter], request: ShardRef) -> Iterator[_Call]:
    mine = [ask for ask in asks(judge.spec) if ask.judge == judge.place]
    for index, matter in enumerate(matters):
        if matter.spec.name != judge.spec.name or not isinstance(matter.found, Exhibit):
            continue
        for ask in mine:
            question = judge.question(
                ask, matter.found, matter.case, run_id=request.run_id, contender=request.contender
            )
            yield _Call(matter=index, ask=ask, question=question)


async def _ask_all(  # noqa: PLR0917 - the handler's own, cut in two for the loop
    request: ShardRef,
    frozen: FrozenRun,
    judges: Sequence[SeatedJudge],
    calls: Mapping[str, Sequence[_Call]],
    using: Dependencies,
    time_left_s: Callable[[], float],
) -> Mapping[str, Asked]:
    """Ask one judge after the other, each with as many calls in flight as the shard may have."""
    stopped = using.ledger.stopped(request.run_id)
    asked: dict[str, Asked] = {}
    for judge in judges:
        because = judge.refused_because or stopped.get(_ledger_name(judge))
        questions = [call.question for call in calls[judge.slot]]
        asked[judge.slot] = await _ask(request, frozen, judge, questions, using, time_left_s, because)
        now_stopped = asked[judge.slot].stopped_because
        if now_stopped is not None and because is None:
            using.ledger.stop(request.run_id, _ledger_name(judge), now_stopped)
    return asked


async def _ask(  # noqa: PLR0917 - as above
    request: ShardRef,
    frozen: FrozenRun,
    judge: SeatedJudge,
    questions: Sequence[Question],
    using: Dependencies,
    time_left_s: Callable[[], float],
    stopped_because: str | None,
) -> Asked:
    if not questions:
        return Asked(answers=[], fresh=0)
    asking = worker.Asking(
        who=f"{judge.slot}/{request.contender}",
        model=judge.declared.model,
        purpose="judge",
        costing=judge.costing,
        tokens_per_minute=judge.tokens_per_minute,
        burndown=judge.profile.burndown,
        context_tokens=judge.profile.context_tokens,
        stopped_because=stopped_because,
    )
    return await worker.ask(
        asking, questions, frozen=frozen, request=request, using=using, cache=using.cache, time_left_s=time_left_s
    )


def _ledger_name(judge: SeatedJudge) -> str:
    return f"judge:{judge.slot}"


def _write(  # noqa: PLR0917 - what there is of the shard
    files: RunFiles,
    request: ShardRef,
    matters: Sequence[_Matter],
    calls: Mapping[str, Sequence[_Call]],
    asked: Mapping[str, Asked],
    taken: JudgedShard,
    further: Mapping[int, Mapping[str, Score]],
) -> None:
    """Put the judges' scores, and further ones, to the shard's others, and leave what they took."""
    said: dict[int, dict[Ask, Answer]] = {}
    for slot, mine in calls.items():
        for call, answer in zip(mine, asked[slot].answers, strict=True):
            if answer is not None:
                said.setdefault(call.matter, {})[call.ask] = answer
    scores = {place: dict(each) for place, each in further.items()}
    sure: dict[str, JudgedTally] = {}
    for index, matter in enumerate(matters):
        found = _judged(matter, said.get(index, {}))
        scores.setdefault(matter.sample, {})[matter.spec.name] = found.score
        sure[matter.spec.name] = sure.get(matter.spec.name, JudgedTally()) + _sureness(matter, found)
    sets = members_first(spec for spec in files.run().workload.scorers if isinstance(spec, SetSpec))
    samples = list(files.samples(request.contender, request.block))
    files.write_samples(
        request.contender,
        request.block,
        (with_scores(sample, scores.get(place, {}), sets) for place, sample in enumerate(samples)),
    )
    files.write_judged(request.contender, request.block, taken.model_copy(update={"scorers": sure}))


def _judged(matter: _Matter, said: Mapping[Ask, Answer]) -> Judgement:
    if isinstance(matter.found, Score):
        return Judgement(score=matter.found)
    found = judgement(matter.spec, said)
    return replace(found, score=inverted(found.score)) if matter.spec.inverted else found


def _sureness(matter: _Matter, found: Judgement) -> JudgedTally:
    if isinstance(matter.found, Score):
        return JudgedTally()
    return JudgedTally(
        judgements=1,
        pairs=found.pairs,
        flips=found.flips,
        unread=found.unread,
        opinions=found.agreement is not None,
        agreement=found.agreement or 0.0,
    )


def _taken(before: JudgedShard | None, judges: Sequence[SeatedJudge], asked: Mapping[str, Asked]) -> JudgedShard:
    """What the shard has taken with this invocation, on top of what it took in those before.

    An answer that was in the cache counts for whoever asked for it, which may be another shard of this run.
    """
    calls = known = 0
    costs: list[Decimal | None] = [before.usd] if before else []
    origins: set[Origin] = set()
    for judge in judges:
        cost = judge.costing
        for answer in asked[judge.slot].answers:
            if answer is None or answer.status in _NO_ANSWER:
                continue
            known += 1
            origins.add(answer.origin)
            if not answer.reused:
                calls += 1
                costs.append(None if cost is None or answer.usage is None else cost(answer.usage))
    told = [amount for amount in costs if amount is not None]
    calls += before.calls if before else 0
    return JudgedShard(
        calls=calls,
        cached=max(known - calls, 0),
        usd=sum(told, Decimal(0)) if len(told) == len(costs) else None,
        origins=sorted(origins),
    )


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    request = parse(ShardRef, event)
    result = run(request, dependencies(), lambda: context.get_remaining_time_in_millis() / 1000)
    return result.model_dump(mode="json")
