"""State ``Optimise``: look for a prompt that is better for one target, and stop cleanly when time runs short."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from brainswap import worker
from brainswap.contenders import frozen_prompt, prompt_of
from brainswap.contracts import Candidate, FrozenRun, OptimiseRequest, OptimiseResult, Optimising, ShardRef, parse
from brainswap.core.optimising.aims import left_out
from brainswap.core.optimising.steps import Found
from brainswap.core.optimising.telling import changes_of, notes_of
from brainswap.core.wording import listed
from brainswap.improving import UnfinishedError
from brainswap.lineup import optimised_contender, target_model
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies
from brainswap.searching import searched

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(request: OptimiseRequest, using: Dependencies, time_left_s: Callable[[], float]) -> OptimiseResult:
    """Search; unfinished when time ran out, and then the next invocation goes the same way again and on.

    Raises:
        ModelThrottledError: a model has been refusing all requests for their pace for a day.
        ModelUnavailableError: a model has not answered anything for hours.
    """
    files = RunFiles(using.artifacts, request.run_id)
    frozen = files.run()
    try:
        ended = searched(files, frozen, request, using, time_left_s)
    except UnfinishedError as error:
        return _unfinished(request, error, target_model(frozen, request.target).model)
    paid = ended.paid
    files.write_optimising(
        request.target,
        Optimising(calls=paid.calls, cached=paid.cached, usd=paid.usd, origins=list(paid.origins)),
    )
    if ended.found is None:
        return _ended(files, request, [f"no optimised prompt: {ended.because}", *ended.remarks])
    return _told(files, frozen, request, ended.found, ended.remarks)


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


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    request = parse(OptimiseRequest, event)
    result = run(request, dependencies(), lambda: context.get_remaining_time_in_millis() / 1000)
    return result.model_dump(mode="json")
