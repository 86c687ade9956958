"""State ``Rewrite``: have the prompt of one target rewritten by models, and let the guards look at what they say."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from brainswap.contenders import prompt_of
from brainswap.contracts import Contender, FrozenRun, RewriteRequest, RewriteResult, Rewriting, parse
from brainswap.core.declared_rewriting import Rewriter
from brainswap.core.wording import printable
from brainswap.lineup import rewritten_contender, target_model
from brainswap.ports import Dependencies
from brainswap.rewriters import job, optimize_prompt, own
from brainswap.rewriters.task import Step, Task
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

PATIENCE_S = 600  # of pauses for somebody who gives no answer; then the run goes on without
MOST_SAID = 600  # characters of a reason in a note

REWRITERS: Mapping[Rewriter, Callable[[Task], Step]] = {
    own.REWRITER: own.go_on,
    optimize_prompt.REWRITER: optimize_prompt.go_on,
    job.REWRITER: job.go_on,
}
_NAMES: Mapping[Rewriter, str] = {
    "own": "a model by our own instructions",
    "optimize_prompt": "OptimizePrompt",
    "prompt_optimization_job": "a job of Advanced Prompt Optimization",
}


def run(request: RewriteRequest, using: Dependencies, time_left_s: Callable[[], float]) -> RewriteResult:
    """Go on with every rewriter that has not ended; nobody who fails to rewrite fails the run."""
    files = RunFiles(using.artifacts, request.run_id)
    frozen = files.run()
    task = Task(files=files, frozen=frozen, target=request.target, using=using, time_left_s=time_left_s)
    patient = request.waited_s < PATIENCE_S
    steps = {name: _step(task, name, patient=patient) for name in _wanted(frozen, request.target)}
    pauses = [step.pause_s for step in steps.values() if not step.rewriting.ended]
    if pauses:
        waiting = any(step.waiting_because for step in steps.values())
        return RewriteResult(
            contenders=request.contenders,
            candidates=[],
            finished=False,
            optimise=_optimise(frozen, request.target),
            pause_s=min(pauses),
            waited_s=request.waited_s + min(pauses) if waiting else 0,
        )
    ended = {name: step.rewriting for name, step in steps.items()}
    return RewriteResult(
        contenders=_contenders(files, frozen, request, ended),
        candidates=[one.candidate for one in ended.values() if one.candidate is not None],
        finished=True,
        optimise=_optimise(frozen, request.target),
    )


def _optimise(frozen: FrozenRun, target: int) -> bool:
    return "optimise" in frozen.workload.improve.methods and target_model(frozen, target).answers == "live"


def _wanted(frozen: FrozenRun, target: int) -> tuple[Rewriter, ...]:
    """Recorded answers were given to the original, so that nobody rewrites for them."""
    return frozen.workload.rewriters if target_model(frozen, target).answers == "live" else ()


def _step(task: Task, name: Rewriter, *, patient: bool) -> Step:
    before = task.rewriting(name)
    if before.ended:
        return Step(rewriting=before)
    step = REWRITERS[name](task)
    if step.rewriting.ended or patient or step.waiting_because is None:
        return step
    because = f"there was no answer, however often it was asked for: {step.waiting_because}"
    if step.rewriting.job is not None and task.using.prompt_jobs is not None:
        task.using.prompt_jobs.stop(step.rewriting.job)
    return Step(rewriting=task.write(name, step.rewriting.model_copy(update={"ended": True, "because": because})))


def _contenders(
    files: RunFiles, frozen: FrozenRun, request: RewriteRequest, ended: Mapping[Rewriter, Rewriting]
) -> list[str]:
    """With one that has a rewritten prompt, unless there is a search that the candidates only begin."""
    notes = [
        f"no prompt of {_NAMES[name]}: {printable(str(one.because), MOST_SAID)}"
        for name, one in ended.items()
        if one.candidate is None
    ]
    if not ended:
        notes = ["no rewritten prompt: its answers are recorded, and were given to the original"]
    _note(files, request.contenders[0], notes)
    accepted = {name: one for name, one in ended.items() if one.candidate is not None}
    if not accepted or "optimise" in frozen.workload.improve.methods:
        return request.contenders
    name, chosen = next(iter(accepted.items()))
    made = _contender(files, frozen, request.target, name, chosen)
    others = [_NAMES[other] for other in accepted if other != name]
    if others:
        who = f"{'that' if len(others) == 1 else 'those'} of {' and '.join(others)}"
        told = f"the workload names this rewriter first: {who} passed the guards as well, and nobody measured it"
        made = made.model_copy(update={"notes": [*made.notes, told]})
    files.write_contender(made)
    return [one for one in request.contenders if one != made.id] + [made.id]


def _contender(files: RunFiles, frozen: FrozenRun, target: int, name: Rewriter, chosen: Rewriting) -> Contender:
    candidate = files.candidate(target, str(chosen.candidate))
    made = rewritten_contender(frozen, target, candidate.name, prompt_of(candidate.prompt), candidate.changes)
    notes = [f"rewritten by {_NAMES[name]}; prompts/{made.id}.diff has the reasons"]
    return made.model_copy(update={"notes": [*made.notes, *notes, *chosen.remarks]})


def _note(files: RunFiles, contender_id: str, notes: list[str]) -> None:
    """Tell with a contender what there is to say, once."""
    contender = files.contender(contender_id)
    new = [note for note in notes if note not in contender.notes]
    if new:
        files.write_contender(contender.model_copy(update={"notes": [*contender.notes, *new]}))


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    request = parse(RewriteRequest, event)
    result = run(request, dependencies(), lambda: context.get_remaining_time_in_millis() / 1000)
    return result.model_dump(mode="json")
