"""The prompt of one target that is to be rewritten, and what every rewriter does with what it gets."""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from brainswap import worker
from brainswap.asking import Asked
from brainswap.contenders import frozen_prompt, prompt_of
from brainswap.contracts import Candidate, FrozenRun, Rewriting, ShardRef
from brainswap.core.answers import Answer, AnswerStatus, Usage
from brainswap.core.cases import Case, Split
from brainswap.core.declared_rewriting import Rewriter
from brainswap.core.prompts.changes import Change, as_written
from brainswap.core.prompts.guards import Bounds
from brainswap.core.prompts.template import Prompt
from brainswap.core.workload import DeclaredModel
from brainswap.guarding import guarded
from brainswap.lineup import target_model
from brainswap.ports import Dependencies, Question
from brainswap.run_files import RunFiles

PURPOSE = "improving"
PAUSE_S = 60  # before somebody is asked again who gave no answer
UNCHANGED = "it is the original, word for word"
TIME_RAN_OUT = "time ran out before an answer came"
NOBODY = Case(id="none", input={})
"""A question about a prompt is about no case."""

_NO_ANSWER = frozenset({AnswerStatus.FAILED, AnswerStatus.UNASKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A target's prompt, and all that a rewriter may use.

    Attributes:
        target: its place in the workload.
    """

    files: RunFiles
    frozen: FrozenRun
    target: int
    using: Dependencies
    time_left_s: Callable[[], float]

    @property
    def slot(self) -> str:
        return f"target-{self.target + 1}"

    @property
    def declared(self) -> DeclaredModel:
        return target_model(self.frozen, self.target)

    @property
    def prompt(self) -> Prompt:
        """The prompt in use."""
        return prompt_of(self.frozen.prompt)

    def rewriting(self, rewriter: Rewriter) -> Rewriting:
        return self.files.rewriting(self.target, rewriter)

    def write(self, rewriter: Rewriter, rewriting: Rewriting) -> Rewriting:
        self.files.write_rewriting(self.target, rewriter, rewriting)
        return rewriting

    def ask(self, rewriter: Rewriter, question: Question, asking: worker.Asking) -> Asked:
        """Ask one question within the run's money, pace and time; what was asked before is known."""
        request = ShardRef(run_id=self.frozen.run_id, contender=f"{self.slot}-{rewriter}", block=0, in_flight=1)
        return self.using.complete(
            worker.ask(
                asking,
                [question],
                frozen=self.frozen,
                request=request,
                using=self.using,
                cache=self.using.cache,
                time_left_s=self.time_left_s,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What an invocation came to with one rewriter.

    Attributes:
        rewriting: as it stands now, and is written down.
        pause_s: after which there may be more; 0 for a rewriter that has ended.
        waiting_because: why somebody who was asked gave no answer; such pauses count against patience.
    """

    rewriting: Rewriting
    pause_s: int = 0
    waiting_because: str | None = None


def question_about(task: Task, rewriter: Rewriter, question: Question) -> Question:
    """A question with the labels by which a provider's log tells what it is for."""
    labels = {"run": task.frozen.run_id, "contender": task.slot, "case": NOBODY.id, "improving": rewriter}
    return replace(question, labels=labels)


def added(
    rewriting: Rewriting, answer: Answer, costing: Callable[[Usage], Decimal | None] | None, run_id: str
) -> Rewriting:
    """What a rewriter took, with one more answer; one that an earlier run got costs nothing."""
    if answer.status in _NO_ANSWER:
        return rewriting
    paid = not answer.reused or answer.asked_in == run_id
    cost = (None if costing is None or answer.usage is None else costing(answer.usage)) if paid else Decimal(0)
    return rewriting.model_copy(
        update={
            "calls": rewriting.calls + paid,
            "cached": rewriting.cached + (not paid),
            "usd": None if rewriting.usd is None or cost is None else rewriting.usd + cost,
            "origins": sorted({*rewriting.origins, answer.origin}),
        }
    )


def candidate(
    task: Task,
    made: Candidate,
    prompt: Prompt,
    *,
    bounds: Bounds | None = None,
    quotable: frozenset[Split] = frozenset(),
    refused_because: Iterable[str] = (),
) -> tuple[Candidate, list[str]]:
    """Write a candidate down with what the guards say of it; the second value are their remarks.

    Args:
        task: that it belongs to.
        made: all but its prompt and the refusals.
        prompt: that somebody wrote.
        bounds: of its growth.
        quotable: splits whose cases it may quote.
        refused_because: why it is no candidate, whatever the guards would say.
    """
    reasons, remarks = list(refused_because), list[str]()
    if not reasons:
        found = guarded(task.files, task.frozen, prompt, bounds=bounds, quotable=quotable)
        reasons, remarks = list(found.refused_because), list(found.remarks)
    if not reasons and prompt == task.prompt:
        reasons = [UNCHANGED]
    whole = made.model_copy(update={"prompt": frozen_prompt(prompt), "refused_because": reasons})
    task.files.write_candidate(task.target, whole)
    return whole, remarks


def rewritten(rule: str, before: Prompt, after: Prompt, *, what: str, why: str, source: str, date: str) -> Change:
    """A whole rewriting as one change."""
    lines = difflib.unified_diff(as_written(before).splitlines(), as_written(after).splitlines(), n=0, lineterm="")
    kept = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return Change(rule=rule, what=what, why=why, source=source, date=date, difference="\n".join(kept))
