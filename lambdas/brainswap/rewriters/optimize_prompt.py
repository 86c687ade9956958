"""``OptimizePrompt`` of Amazon Bedrock rewrites the prompt as one text; it looks at no case."""

from collections.abc import Sequence

from brainswap import worker
from brainswap.contracts import Candidate, Rewriting
from brainswap.core.answers import AnswerStatus
from brainswap.core.calls import Settings
from brainswap.core.declared_rewriting import Rewriter
from brainswap.core.models.registry import bare_id
from brainswap.core.prompts.template import Message, Prompt, chained
from brainswap.core.rewriting.one_text import (
    OPTIMIZE,
    as_one_text,
    cannot_be_one_text,
    unpacked,
    unquoted,
    with_one_text,
)
from brainswap.core.rewriting.support import optimize_prompt_lacks
from brainswap.core.wording import printable
from brainswap.ports import Question
from brainswap.rewriters.task import (
    NOBODY,
    PAUSE_S,
    PURPOSE,
    TIME_RAN_OUT,
    Step,
    Task,
    added,
    candidate,
    question_about,
    rewritten,
)

REWRITER: Rewriter = "optimize_prompt"
NAME = "optimize-prompt"
MOST_ANALYSIS = 500  # characters


def go_on(task: Task) -> Step:
    """Ask for the optimised text; a model that the service does not know is a reason, and no failure.

    Of a chain each step is a text of its own; those that are none stay as they are.
    """
    rewriting, lacks = Rewriting(), optimize_prompt_lacks(task.declared.model)
    if lacks is not None:
        return _ended(task, rewriting, lacks)
    steps: list[Prompt] = []
    analyses: list[str] = []
    left: list[str] = []
    for step in task.prompt.steps:
        where = f"step `{step.name}`: " if step.name else ""
        because = cannot_be_one_text(step)
        if because is not None:
            left.append(f"{where}{because}")
            steps.append(step)
            continue
        came = task.ask(REWRITER, *_question(task, step))
        (answer,) = came.answers
        if answer is None:
            waiting = came.unavailable_because or TIME_RAN_OUT
            return Step(rewriting=Rewriting(), pause_s=PAUSE_S, waiting_because=waiting)
        rewriting = added(rewriting, answer, None, task.frozen.run_id)
        if answer.status is not AnswerStatus.ANSWERED:
            left.append(f"{where}{answer.reason}")
            steps.append(step)
            continue
        said = unpacked(answer.text)
        steps.append(with_one_text(step, unquoted(said.text)))
        analyses.append(f"{where}{printable(said.analysis, MOST_ANALYSIS) or 'nothing'}")
    if len(left) == len(steps):
        return _ended(task, rewriting, "; ".join(left))
    return _guarded(task, rewriting, chained(steps), analyses, left)


def _guarded(task: Task, rewriting: Rewriting, prompt: Prompt, analyses: Sequence[str], left: Sequence[str]) -> Step:
    change = rewritten(
        NAME,
        task.prompt,
        prompt,
        what="Amazon Bedrock's OptimizePrompt wrote the prompt anew, as one text.",
        why=f"What it says of the old one: {'; '.join(analyses)}",
        source="Amazon Bedrock, OptimizePrompt",
        date=task.frozen.created_at.date().isoformat(),
    )
    made, remarks = candidate(
        task,
        Candidate(name=NAME, by="optimize_prompt", prompt=task.frozen.prompt, changes=[change], usd=rewriting.usd),
        prompt,
    )
    if made.refused_because:
        return _ended(task, rewriting, "; ".join(made.refused_because))
    remarks += [f"it stays as it is at {because}" for because in left]
    done = rewriting.model_copy(update={"ended": True, "candidate": NAME, "remarks": remarks})
    return Step(rewriting=task.write(REWRITER, done))


def _question(task: Task, step: Prompt) -> tuple[Question, worker.Asking]:
    model = f"{OPTIMIZE}{bare_id(task.declared.model)}"
    question = Question(
        model=model,
        streams=False,
        prompt=Prompt(system=None, messages=(Message(role="user", content=as_one_text(step)),)),
        settings=Settings(max_tokens=None),
        case=NOBODY,
        recording="",
        repeat=0,
        labels={},
    )
    return question_about(task, REWRITER, question), _asking(task, model)


def _asking(task: Task, model: str) -> worker.Asking:
    return worker.Asking(
        who=f"{task.slot}-optimize-prompt",
        model=model,
        purpose=PURPOSE,
        costing=None,  # nobody whom we know of says what it costs
        tokens_per_minute=None,
        burndown=1,
        stopped_because=None,
    )


def _ended(task: Task, rewriting: Rewriting, because: str) -> Step:
    done = rewriting.model_copy(update={"ended": True, "because": because})
    return Step(rewriting=task.write(REWRITER, done))
