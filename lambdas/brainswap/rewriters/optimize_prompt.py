"""``OptimizePrompt`` of Amazon Bedrock rewrites the prompt as one text; it looks at no case."""

from brainswap import worker
from brainswap.contracts import Candidate, Rewriting
from brainswap.core.answers import AnswerStatus
from brainswap.core.calls import Settings
from brainswap.core.declared_rewriting import Rewriter
from brainswap.core.models.registry import bare_id
from brainswap.core.prompts.template import Message, Prompt
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
    """Ask for the optimised text; a model that the service does not know is a reason, and no failure."""
    model = bare_id(task.declared.model)
    because = optimize_prompt_lacks(task.declared.model) or cannot_be_one_text(task.prompt)
    if because is not None:
        return _ended(task, Rewriting(), because)
    text = Prompt(system=None, messages=(Message(role="user", content=as_one_text(task.prompt)),))
    question = Question(
        model=f"{OPTIMIZE}{model}",
        streams=False,
        prompt=text,
        settings=Settings(max_tokens=None),
        case=NOBODY,
        recording="",
        repeat=0,
        labels={},
    )
    came = task.ask(REWRITER, question_about(task, REWRITER, question), _asking(task, question.model))
    (answer,) = came.answers
    if answer is None:
        return Step(rewriting=Rewriting(), pause_s=PAUSE_S, waiting_because=came.unavailable_because or TIME_RAN_OUT)
    rewriting = added(Rewriting(), answer, None, task.frozen.run_id)
    if answer.status is not AnswerStatus.ANSWERED:
        return _ended(task, rewriting, str(answer.reason))
    said = unpacked(answer.text)
    prompt = with_one_text(task.prompt, unquoted(said.text))
    change = rewritten(
        NAME,
        task.prompt,
        prompt,
        what="Amazon Bedrock's OptimizePrompt wrote the prompt anew, as one text.",
        why=f"What it says of the old one: {printable(said.analysis, MOST_ANALYSIS) or 'nothing'}",
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
    done = rewriting.model_copy(update={"ended": True, "candidate": NAME, "remarks": remarks})
    return Step(rewriting=task.write(REWRITER, done))


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
