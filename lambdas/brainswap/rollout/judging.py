"""Judging a sample of the answers of both variants, by a judge who is not told which variant gave which."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from brainswap import worker
from brainswap.asking import Asked, unasked
from brainswap.contracts import FrozenRun, ShardRef
from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.cases import Case
from brainswap.core.declared_rollout import JUDGING_MINUTES, OnlineJudge
from brainswap.core.errors import InvalidRequestError
from brainswap.core.judging.docket import docket
from brainswap.core.judging.exhibit import AnyJudgedSpec, Exhibit, judged
from brainswap.core.judging.judgement import Ask, asks, judgement
from brainswap.core.rollout.judged import Judged, Opinion, counted
from brainswap.core.rollout.reporting import reported_step
from brainswap.core.rollout.samples import read_sample, without_personal_data
from brainswap.core.scoring.score import Score, inverted
from brainswap.core.scoring.subject import subject_of
from brainswap.judging import SeatedJudge, seated_judges
from brainswap.ports import Dependencies, Metric, Question
from brainswap.rollout.contracts import Place, PlaceRequest
from brainswap.rollout.moving import current, declared
from brainswap.rollout.ports import VARIANTS, Variant
from brainswap.rollout.records import RUNNING, JudgedStep, Judging, RolloutRecord
from brainswap.run_files import RunFiles

AT_ONCE = 16  # calls, or as many as the workload allows
PURPOSE = "judge"
_OUR_WORDS = frozenset({AnswerStatus.FAILED, AnswerStatus.UNASKED})
"""Of the answers that are none, those whose reasons are the services' and our own."""
WHO = "live-answers"  # in labels and names of calls: nothing that is sent tells the variants apart


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matter:
    """A sampled answer, and what a judge has to be shown of it, or its score where there is nothing to judge."""

    variant: Variant
    case: Case
    found: Score | Exhibit


def judge(request: PlaceRequest, using: Dependencies, time_left_s: Callable[[], float]) -> Place:
    """Judge what was sampled in a step so far, and leave in the record what came of it.

    What was judged before is in the cache, and paid once. Where time runs out, or the judge does not answer, the next
    invocation goes on, for `JUDGING_MINUTES` in all; a judge that still says nothing then has said nothing.

    Raises:
        InvalidRequestError: the workload declares no such step, or no such scorer.
    """
    rollout = declared(request, using)
    record = current(request, using)
    if rollout.judge is None or record is None or record.status != "running":
        return _on(request)
    ends = _ends(request, record, using)
    if ends is None:
        return _on(request)
    frozen = RunFiles(using.artifacts, request.run_id).run()
    spec = _spec(frozen, rollout.judge)
    matters, unread = _matters(request, frozen, spec, rollout.judge.sample * request.bake, using)
    judges = [each for each in seated_judges(frozen) if each.spec.name == spec.name]
    questions = {each.slot: list(_questions(request, each, matters)) for each in judges}

    def left_s() -> float:
        return min(time_left_s(), (ends - using.clock.now()).total_seconds())

    asked = using.complete(_ask_all(request, _with_cap(frozen, rollout.judge), judges, questions, using, left_s))
    goes_on = (ends - using.clock.now()).total_seconds() > worker.RESERVE_S
    if goes_on and not all(each.finished for each in asked.values()):
        pause_s = max(each.pause_s for each in asked.values())
        return Place(step=request.step, bake=request.bake, next="judge", bake_s=pause_s)
    opinions = list(_opinions(spec, matters, judges, questions, asked))
    made = {
        variant: counted(
            (opinion for matter, opinion in opinions if matter.variant == variant),
            good_from=rollout.judge.good_from,
            unread=unread[variant],
        )
        for variant in VARIANTS
    }
    _note(request, made, record, using)
    return _on(request)


def purse_of(run_id: str) -> str:
    """Whose money judgements of live answers are counted as: the run has ended, and has a cap of its own."""
    return f"{run_id}/rollout"


def _on(request: PlaceRequest) -> Place:
    return Place(step=request.step, bake=request.bake, next="analyse")


def _ends(request: PlaceRequest, record: RolloutRecord, using: Dependencies) -> datetime | None:
    """When the time for judging this bake is over, from the first look on; None where the traffic has gone back."""
    judging = record.judging
    if judging is None or (judging.step, judging.bake) != (request.step, request.bake):
        judging = Judging(step=request.step, bake=request.bake, since=using.clock.now())
        facts = {"judging": judging.facts()}
        if not using.rollout_records.note(request.workload, request.run_id, facts, expecting=RUNNING):
            return None
    return judging.since + timedelta(minutes=JUDGING_MINUTES)


def _spec(frozen: FrozenRun, declared_judge: OnlineJudge) -> AnyJudgedSpec:
    for spec in judged(frozen.workload.scorers):
        if spec.name == declared_judge.scorer:
            return spec
    raise InvalidRequestError(f"{frozen.run_id}: no judged scorer is called {declared_judge.scorer}")


def _matters(
    request: PlaceRequest, frozen: FrozenRun, spec: AnyJudgedSpec, most: int, using: Dependencies
) -> tuple[Sequence[_Matter], Mapping[Variant, int]]:
    """The sampled answers, one of each variant after the other, so that money and time end for both alike.

    Which of two comes first is up to their ranks. Ranks alone would not do: of the variant with more traffic, the
    lowest ones are all lower.
    """
    look = docket(spec)
    redacts = frozen.workload.limits.personal_data != "allow"
    ordered: list[tuple[int, str, _Matter]] = []
    unread: dict[Variant, int] = dict.fromkeys(VARIANTS, 0)
    for variant in VARIANTS:
        step = reported_step(request.run_id, request.step + 1)
        for place, (rank, data) in enumerate(using.samples.lowest(request.workload, step, variant, most).items()):
            read = read_sample(data)
            if read is None:
                unread[variant] += 1
                continue
            sample = without_personal_data(read) if redacts else read
            found = look(subject_of(sample.case, sample.answer, None), None)
            ordered.append((place, rank, _Matter(variant=variant, case=sample.case, found=found)))
    return [matter for *_, matter in sorted(ordered, key=lambda each: each[:2])], unread


def _questions(
    request: PlaceRequest, seat: SeatedJudge, matters: Sequence[_Matter]
) -> Iterator[tuple[int, Ask, Question]]:
    """What a judge is asked, with the place of the matter."""
    mine = [ask for ask in asks(seat.spec) if ask.judge == seat.place]
    for place, matter in enumerate(matters):
        if isinstance(matter.found, Exhibit):
            for ask in mine:
                question = seat.question(ask, matter.found, matter.case, run_id=request.run_id, contender=WHO)
                yield place, ask, question


def _with_cap(frozen: FrozenRun, declared_judge: OnlineJudge) -> FrozenRun:
    """The run with the judge's budget in the place of its own."""
    limits = frozen.workload.limits.model_copy(update={"budget_usd": declared_judge.budget_usd})
    return frozen.model_copy(update={"workload": frozen.workload.model_copy(update={"limits": limits})})


async def _ask_all(  # noqa: PLR0917 - the state's own, cut in two for the loop
    request: PlaceRequest,
    frozen: FrozenRun,
    judges: Sequence[SeatedJudge],
    questions: Mapping[str, Sequence[tuple[int, Ask, Question]]],
    using: Dependencies,
    time_left_s: Callable[[], float],
) -> Mapping[str, Asked]:
    asked: dict[str, Asked] = {}
    in_flight = min(AT_ONCE, frozen.workload.limits.concurrency)
    for seat in judges:
        if not questions[seat.slot]:
            asked[seat.slot] = Asked(answers=[], fresh=0)
            continue
        asking = worker.Asking(
            who=f"{seat.slot}/{WHO}",
            model=seat.declared.model,
            purpose=PURPOSE,
            costing=seat.costing,
            tokens_per_minute=seat.tokens_per_minute,
            burndown=seat.profile.burndown,
            context_tokens=seat.profile.context_tokens,
            stopped_because=seat.refused_because,
        )
        asked[seat.slot] = await worker.ask(
            asking,
            [question for _, _, question in questions[seat.slot]],
            frozen=frozen,
            request=ShardRef(run_id=purse_of(request.run_id), contender=WHO, block=0, in_flight=in_flight),
            using=using,
            cache=using.cache,
            time_left_s=time_left_s,
        )
    return asked


def _opinions(
    spec: AnyJudgedSpec,
    matters: Sequence[_Matter],
    judges: Sequence[SeatedJudge],
    questions: Mapping[str, Sequence[tuple[int, Ask, Question]]],
    asked: Mapping[str, Asked],
) -> Iterator[tuple[_Matter, Opinion]]:
    said: dict[int, dict[Ask, Answer]] = {}
    for seat in judges:
        for (place, ask, question), answer in zip(questions[seat.slot], asked[seat.slot].answers, strict=True):
            late = f"{seat.declared.model} did not answer within {JUDGING_MINUTES} minutes"
            said.setdefault(place, {})[ask] = unasked(question, late) if answer is None else answer
    for place, matter in enumerate(matters):
        if isinstance(matter.found, Score):
            yield matter, Opinion(score=matter.found, because="the scorer has nothing to say of live answers")
            continue
        answers = said[place]
        found = judgement(spec, answers).score
        yield (
            matter,
            Opinion(
                score=inverted(found) if spec.inverted else found,
                unasked=any(answer.status is AnswerStatus.UNASKED for answer in answers.values()),
                because=_why_not(answers.values()),
            ),
        )


def _why_not(answers: Collection[Answer]) -> str:
    """Why judges' answers are no judgement, without a word of them: they may quote what users wrote."""
    for answer in answers:
        if answer.status in _OUR_WORDS and answer.reason:
            return answer.reason
        if answer.status is not AnswerStatus.ANSWERED:
            return f"the judge's answer is {answer.status}"
    return "the judge's answer has not the form that was asked for"


def _note(request: PlaceRequest, made: Mapping[Variant, Judged], record: RolloutRecord, using: Dependencies) -> None:
    """Leave the counts in the record, and tell CloudWatch what is new of them."""
    spent = using.purse.balance(purse_of(request.run_id)).committed
    now = JudgedStep(step=request.step, bake=request.bake, by_variant=made, usd=spent)
    if not using.rollout_records.note(request.workload, request.run_id, {"judged": now.facts()}, expecting=RUNNING):
        return
    known = record.judged.by_variant if record.judged is not None and record.judged.step == request.step else {}
    for variant, one in made.items():
        before = known.get(variant, Judged()).counted
        figures = {"Judged": one.counted.of - before.of, "JudgedBad": one.counted.hits - before.hits}
        using.metrics.record(
            [Metric(name=name, value=max(0, value), unit="Count") for name, value in figures.items()],
            by={"Variant": variant},
            about={"workload": request.workload, "run": request.run_id},
        )
