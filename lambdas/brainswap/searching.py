"""A search gone through: begun with the run's cases and prompts, each step performed once and kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from brainswap.contenders import costing, prompt_of
from brainswap.contracts import FrozenRun, OptimiseRequest
from brainswap.core.answers import Usage
from brainswap.core.cases import Case, Split
from brainswap.core.money.costs import estimated_tokens
from brainswap.core.optimising.advice import advice_for
from brainswap.core.optimising.aims import aims_of
from brainswap.core.optimising.examples import form_for
from brainswap.core.optimising.planning import MOST_TRAINING_CASES, MOST_VALIDATION_CASES, answers_in_budget
from brainswap.core.optimising.references import answered_by
from brainswap.core.optimising.results import Paid, Result
from brainswap.core.optimising.sampling import Sample
from brainswap.core.optimising.search import NothingToLearnError, Search
from brainswap.core.optimising.steps import Evaluate, Found, Reflect, Screen, Setup, Step, step_fingerprint
from brainswap.core.prompts.dialects.packs import pack_for
from brainswap.core.prompts.rendering import rendered, taken_by
from brainswap.core.prompts.template import Prompt, as_text
from brainswap.core.prompts.weight import estimated_prompt_tokens
from brainswap.core.workload import Workload
from brainswap.improving import Improver, StoppedError
from brainswap.lineup import profile_in, target_contender, target_model, translation_of
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles

SIDE_BY_SIDE = 5  # targets, as the state machine has it


@dataclass(slots=True, kw_only=True)
class Searched:
    """How a search ended.

    Attributes:
        found: None where it ended without a result.
        because: why it did.
        remarks: what else there is to say.
        paid: by this run, over all invocations.
    """

    found: Found | None = None
    because: str = ""
    remarks: list[str] = field(default_factory=list)
    paid: Paid = field(default_factory=Paid)


def searched(
    files: RunFiles,
    frozen: FrozenRun,
    request: OptimiseRequest,
    using: Dependencies,
    time_left_s: Callable[[], float],
) -> Searched:
    """Go through the search, by the steps that are kept and from there on by new ones.

    Raises:
        UnfinishedError: time ran out.
    """
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
    so_far = Searched()
    try:
        improver = _aimed(improver, so_far)
        setup = _setup(improver, [one.id for one in train], [one.id for one in validation])
        so_far.found = _through(setup, improver, so_far)
    except StoppedError as error:
        so_far.because, so_far.paid = str(error), so_far.paid + error.paid
    except NothingToLearnError as error:
        so_far.because = str(error)
    return so_far


def _through(setup: Setup, improver: Improver, so_far: Searched) -> Found:
    """Every step is kept with what became of it, so that a search which begins again pays nothing twice.

    A step that is not the one that was kept, after a change of the code, is performed anew, and what comes of it is
    kept in its place.
    """
    files, target = improver.files, improver.request.target
    search = Search(setup).run()
    number = 0
    try:
        step = next(search)
        while True:
            name = step_fingerprint(step)
            result = files.step(target, number, name)
            if result is None:
                result = _performed(step, replace(improver, number=number))
                files.write_step(target, number, name, result)
            so_far.paid += result.paid
            so_far.remarks += [one for one in result.remarks if one not in so_far.remarks]
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
            from brainswap.screening import screened  # noqa: PLC0415 - most invocations begin with kept steps

            return screened(improver.files, improver.frozen, improver.request.target, step, improver.cases)


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


def _aimed(improver: Improver, so_far: Searched) -> Improver:
    """The improver whose cases expect what the search aims at."""
    workload = improver.frozen.workload
    if workload.improve.reference == "cases":
        return improver
    specs = [spec for spec in workload.scorers if spec.name in aims_of(workload)]
    answers, so_far.paid = improver.answers_of_source()
    so_far.remarks.append(f"optimising aimed at what {workload.source.model} answers, right or wrong")
    return replace(improver, cases=answered_by(improver.cases, answers, specs))


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
        budget_calls=answers_in_budget(workload, len(known)),
        budget_usd=_budget_usd(files, workload, request.target),
        call_usd=_call_usd(frozen, request.target, improver.cases),
        confidence=workload.confidence,
        allowed=workload.improve.components,
        form=form_for(original, pack=pack.name if pack else None, family=profile.family),
        advice=advice_for(declared.model, profile),
        salt=frozen.cases_sha256,
        seed=frozen.seed,
    )


def _budget_usd(files: RunFiles, workload: Workload, target: int) -> float | None:
    """What rewriting has left of the budget of improving a target; what it took at an unknown price is in no budget."""
    if workload.improve.budget_usd is None:
        return None
    took = sum(float(files.rewriting(target, rewriter).usd or 0) for rewriter in workload.rewriters)
    return max(0.0, workload.improve.budget_usd - took)


def _call_usd(frozen: FrozenRun, target: int, cases: Mapping[str, Case]) -> float | None:
    """What an answer is thought to cost before one was made: by the letters of the prompt and of a reference."""
    contender = target_contender(frozen, target)
    cost = costing(contender)
    if cost is None or not cases:
        return None
    case = next(iter(cases.values()))
    said = as_text(case.reference)
    usages = []
    for step in prompt_of(contender.prompt).steps:
        sent = rendered(step, taken_by(step, case), dict.fromkeys(step.used_answers, said))
        usages.append(
            Usage(
                input_tokens=estimated_prompt_tokens(sent),
                output_tokens=estimated_tokens(len(said)),
                estimated=True,
            )
        )
    costs = [cost(usage) for usage in usages]
    known = [usd for usd in costs if usd is not None]
    return float(sum(known)) if len(known) == len(costs) else None


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


def _in_flight(frozen: FrozenRun) -> int:
    """Targets are improved side by side, within the calls that the workload allows at once."""
    live = sum(one.answers == "live" for one in frozen.workload.targets)
    return max(1, frozen.workload.limits.concurrency // max(1, min(live, SIDE_BY_SIDE)))
