"""State ``Optimise``: look for a prompt that is better for one target, and stop cleanly when time runs short."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from brainswap import worker
from brainswap.contenders import costing, frozen_prompt, prompt_of
from brainswap.contracts import Candidate, FrozenRun, OptimiseRequest, OptimiseResult, ShardRef, parse
from brainswap.core.answers import Usage
from brainswap.core.cases import Case, Split
from brainswap.core.money.costs import estimated_tokens
from brainswap.core.optimising.advice import advice_for
from brainswap.core.optimising.aims import aims_of, left_out
from brainswap.core.optimising.examples import form_for
from brainswap.core.optimising.planning import MOST_TRAINING_CASES, MOST_VALIDATION_CASES, default_budget
from brainswap.core.optimising.references import answered_by
from brainswap.core.optimising.results import Result
from brainswap.core.optimising.sampling import Sample
from brainswap.core.optimising.search import NothingToLearnError, Search
from brainswap.core.optimising.steps import Evaluate, Found, Reflect, Screen, Setup, Step, step_fingerprint
from brainswap.core.optimising.telling import changes_of, notes_of
from brainswap.core.prompts.dialects.packs import pack_for
from brainswap.core.prompts.rendering import rendered
from brainswap.core.prompts.template import Prompt, as_text
from brainswap.core.prompts.weight import estimated_prompt_tokens
from brainswap.core.wording import listed
from brainswap.improving import Improver, StoppedError, UnfinishedError
from brainswap.lineup import optimised_contender, profile_in, target_contender, target_model, translation_of
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies
from brainswap.screening import screened

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SIDE_BY_SIDE = 5  # targets, as the state machine has it


def run(request: OptimiseRequest, using: Dependencies, time_left_s: Callable[[], float]) -> OptimiseResult:
    """Search; unfinished when time ran out, and then the next invocation goes the same way again and on.

    Every step that was taken is kept in the run's files, and every answer in the cache, so that nothing is paid twice.

    Raises:
        ModelThrottledError: a model has been refusing all requests for their pace for a day.
        ModelUnavailableError: a model has not answered anything for hours.
    """
    files = RunFiles(using.artifacts, request.run_id)
    frozen = files.run()
    train, validation = _samples(files, frozen)
    improver = Improver(
        files=files,
        frozen=frozen,
        request=request,
        using=using,
        time_left_s=time_left_s,
        cases={case.id: case for case in (*train, *validation)},
        in_flight=_in_flight(frozen),
    )
    try:
        improver, remarks = _aimed(improver)
        setup = _setup(improver, [one.id for one in train], [one.id for one in validation])
        found = _searched(setup, improver)
    except UnfinishedError as error:
        return _unfinished(request, error, target_model(frozen, request.target).model)
    except (StoppedError, NothingToLearnError) as error:
        return _ended(files, request, [f"no optimised prompt: {error}"])
    return _told(files, frozen, request, found, remarks)


def _samples(files: RunFiles, frozen: FrozenRun) -> tuple[Sequence[Case], Sequence[Case]]:
    """The cases of the search, drawn while the frozen ones are read once; never one of the test split."""
    seed = f"{frozen.workload.split_shares.seed}/{frozen.seed}"
    train, validation = Sample(MOST_TRAINING_CASES, seed), Sample(MOST_VALIDATION_CASES, seed)
    for case in files.cases():
        if case.split is Split.TRAIN:
            train.add(case)
        elif case.split is Split.VALIDATION:
            validation.add(case)
    return train.cases, validation.cases


def _aimed(improver: Improver) -> tuple[Improver, list[str]]:
    """The improver whose cases expect what the search aims at, and what there is to say of that."""
    workload = improver.frozen.workload
    if workload.improve.reference == "cases":
        return improver, []
    specs = [spec for spec in workload.scorers if spec.name in aims_of(workload)]
    cases = answered_by(improver.cases, improver.answers_of_source(), specs)
    return replace(improver, cases=cases), [f"optimising aimed at what {workload.source.model} answers, right or wrong"]


def _setup(improver: Improver, train: Sequence[str], validation: Sequence[str]) -> Setup:
    """What the search begins with.

    Raises:
        NothingToLearnError: there is nothing to aim at.
    """
    files, frozen, request = improver.files, improver.frozen, improver.request
    workload, declared = frozen.workload, target_model(frozen, request.target)
    if not aims_of(workload):
        raise NothingToLearnError("no scorer of the workload can be told without judges or other callees")
    profile = profile_in(frozen, declared)
    pack = pack_for(declared.model, profile)
    original = prompt_of(frozen.prompt)
    known = [name for name in validation if name in improver.cases]
    return Setup(
        contenders=dict(_contenders(files, frozen, request)),
        seeds={
            name: prompt_of(candidate.prompt)
            for name in request.candidates
            if not (candidate := files.candidate(request.target, name)).refused_because
        },
        train=tuple(name for name in train if name in improver.cases),
        validation=tuple(known),
        cases=improver.cases,
        budget_calls=workload.improve.budget_calls or default_budget(len(known)),
        budget_usd=workload.improve.budget_usd,
        call_usd=_call_usd(frozen, request.target, improver.cases),
        confidence=workload.confidence,
        allowed=workload.improve.components,
        form=form_for(original, pack=pack.name if pack else None, family=profile.family),
        advice=advice_for(declared.model, profile),
        salt=frozen.cases_sha256,
        seed=frozen.seed,
    )


def _call_usd(frozen: FrozenRun, target: int, cases: Mapping[str, Case]) -> float | None:
    """What a call is thought to cost before one was made: by the letters of the prompt and of a reference."""
    contender = target_contender(frozen, target)
    cost = costing(contender)
    if cost is None or not cases:
        return None
    case = next(iter(cases.values()))
    usd = cost(
        Usage(
            input_tokens=estimated_prompt_tokens(rendered(prompt_of(contender.prompt), case)),
            output_tokens=estimated_tokens(len(as_text(case.reference))),
            estimated=True,
        )
    )
    return None if usd is None else float(usd)


def _contenders(files: RunFiles, frozen: FrozenRun, request: OptimiseRequest) -> Iterator[tuple[str, Prompt]]:
    """What the target's contenders were before their calls were made to fit: rewriting begins there.

    Raises:
        NothingToLearnError: the model cannot be asked at all.
    """
    asked = [files.contender(name) for name in request.contenders]
    refused = [one.refused_because for one in asked if one.refused_because]
    if len(refused) == len(asked):
        raise NothingToLearnError(refused[0])
    for one in asked:
        if one.refused_because is None:
            translated = one.variant == "translated"
            prompt = translation_of(frozen, request.target).prompt if translated else prompt_of(frozen.prompt)
            yield one.id, prompt


def _searched(setup: Setup, improver: Improver) -> Found:
    """Go through the search: by the steps that are kept, and from there on by new ones."""
    search = Search(setup).run()
    number = 0
    try:
        step = next(search)
        while True:
            name = step_fingerprint(step)
            result = improver.files.step(improver.request.target, number, name)
            if result is None:
                result = _performed(step, improver)
                improver.files.write_step(improver.request.target, number, name, result)
            number += 1
            step = search.send(result)
    except StopIteration as end:
        found: Found = end.value
        return found


def _performed(step: Step, improver: Improver) -> Result:
    match step:
        case Evaluate():
            return improver.evaluate(step)
        case Reflect():
            return improver.reflect(step)
        case Screen():
            return screened(improver.files, improver.frozen, improver.request.target, step, improver.cases)


def _told(
    files: RunFiles, frozen: FrozenRun, request: OptimiseRequest, found: Found, remarks: Sequence[str]
) -> OptimiseResult:
    """Leave every candidate in the run's files, and the one that is better among the contenders."""
    _write_candidates(files, request.target, found)
    traffic = frozen.workload.traffic
    notes = [
        *notes_of(found, requests_per_month=traffic.requests_per_month if traffic else None),
        *remarks,
        *_not_looked_at(frozen),
    ]
    if found.better is None:
        return _ended(files, request, notes)
    declared = target_model(frozen, request.target)
    trial = found.better.trial
    changes = changes_of(
        found,
        trial,
        prompt_of(frozen.prompt),
        model=(frozen.workload.improver or declared).model,
        date=frozen.created_at.date().isoformat(),
    )
    contender = optimised_contender(frozen, request.target, trial.prompt, changes)
    files.write_contender(contender.model_copy(update={"notes": [*contender.notes, *notes]}))
    return OptimiseResult(request=request, finished=True, contenders=[*request.contenders, contender.id])


def _not_looked_at(frozen: FrozenRun) -> Iterator[str]:
    names = left_out(frozen.workload)
    if names:
        yield f"optimising did not look at {listed(names)}, which no program can tell"


def _write_candidates(files: RunFiles, target: int, found: Found) -> None:
    for trial in found.trials.values():
        if trial.by not in ("contender", "rewriting"):
            prompt = frozen_prompt(trial.prompt)
            files.write_candidate(
                target, Candidate(name=f"optimiser-{trial.name}", by="optimiser", prompt=prompt, usd=None)
            )
    for one in found.refused:
        if one.prompt is not None:
            refused = Candidate(
                name=f"optimiser-{one.name}",
                by="optimiser",
                prompt=frozen_prompt(one.prompt),
                refused_because=list(one.because),
                usd=None,
            )
            files.write_candidate(target, refused)


def _ended(files: RunFiles, request: OptimiseRequest, notes: Sequence[str]) -> OptimiseResult:
    """There is no optimised prompt, and the target's first contender says why."""
    contender = files.contender(request.contenders[0])
    new = [note for note in notes if note not in contender.notes]
    if new:
        files.write_contender(contender.model_copy(update={"notes": [*contender.notes, *new]}))
    return OptimiseResult(request=request, finished=True, contenders=request.contenders)


def _unfinished(request: OptimiseRequest, error: UnfinishedError, who: str) -> OptimiseResult:
    shard = ShardRef(
        run_id=request.run_id, contender=request.contenders[0], block=0, in_flight=1, waited_s=request.waited_s
    )
    rest = worker.unfinished(shard, [error.asked], who)
    return OptimiseResult(
        request=request.model_copy(update={"waited_s": rest.shard.waited_s}),
        finished=False,
        contenders=request.contenders,
        pause_s=rest.pause_s,
    )


def _in_flight(frozen: FrozenRun) -> int:
    """Targets are improved side by side, within the calls that the workload allows at once."""
    live = sum(one.answers == "live" for one in frozen.workload.targets)
    return max(1, frozen.workload.limits.concurrency // max(1, min(live, SIDE_BY_SIDE)))


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    request = parse(OptimiseRequest, event)
    result = run(request, dependencies(), lambda: context.get_remaining_time_in_millis() / 1000)
    return result.model_dump(mode="json")
