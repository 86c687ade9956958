"""What is said of an answer to whoever rewrites the prompt: what failed, and what would have been right."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.cases import Case
from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.score import Score

_SHOWN = 400
_STATUS: Mapping[AnswerStatus, str] = {
    AnswerStatus.TRUNCATED: "The answer was cut off at the limit of its length.",
    AnswerStatus.EMPTY: "The answer was empty.",
    AnswerStatus.REFUSED: "The model refused to answer.",
    AnswerStatus.FILTERED: "The answer was filtered away.",
    AnswerStatus.UNFINISHED: "The conversation ended in a call of a tool that nothing answers.",
    AnswerStatus.FAILED: "There was no answer.",
}
RIGHT = 1.0 - 1e-9


def feedback(case: Case, answer: Answer, scores: Mapping[str, Score], aims: Collection[str]) -> str:
    """What failed, in sentences; empty where every score that is aimed at is full."""
    return " ".join(_sentences(case, answer, scores, aims))


def said_in_steps(answer: Answer) -> str:
    """The answer; of a chain, all that its steps answered, each under its name."""
    if not answer.steps:
        return answer.text
    return "\n\n".join(f"[step {step.step}]\n{step.text}" for step in answer.steps)


def _sentences(case: Case, answer: Answer, scores: Mapping[str, Score], aims: Collection[str]) -> Iterator[str]:
    wrong = [name for name in aims if (value := scores[name].value) is not None and value < RIGHT]
    if answer.steps and answer.status is not AnswerStatus.ANSWERED:
        yield f"There was no answer of the application: {_cut(answer.reason or answer.status.value)}."
    elif answer.status in _STATUS:
        yield _STATUS[answer.status]
    for name in wrong:
        yield f"By `{name}` it scores {scores[name].value:.2f}: {_cut(scores[name].reason)}."
    if wrong and case.reference is not None:
        yield f"Expected was {_cut(_expected(case.reference))}."


def _expected(reference: Any) -> str:
    return as_text(reference)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
