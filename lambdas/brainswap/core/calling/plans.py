"""What a scorer that calls has to ask about answers, and what it makes of what it is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.cases import Case
from brainswap.core.scoring.score import Score
from brainswap.core.wording import printable

EMBEDDING = "embedding:"
FUNCTION = "lambda:"
GUARDRAIL = "guardrail:"

WHY = 300  # characters of somebody else's reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """An answer that somebody outside has to look at.

    Attributes:
        text: the part of it that is scored.
        expected: what the scorer needs of the case's reference.
    """

    case: Case
    answer: Answer
    text: str
    expected: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One thing to ask.

    Attributes:
        model: whom, with one of the prefixes of this module.
        text: what is sent.
        fields: what is sent besides.
        case: one that it is about.
    """

    model: str
    text: str
    case: Case
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a scorer asks about some answers.

    Attributes:
        calls: may hold equal ones.
        scores: of the answers, in their order, from what each of the calls came to.
    """

    calls: Sequence[Call]
    scores: Callable[[Sequence[Answer]], list[Score]]


def unscored(said: Answer) -> Score | None:
    """The score that is none because a call came to nothing; None for a call that was answered."""
    if said.status is AnswerStatus.ANSWERED:
        return None
    return Score(value=None, reason=printable(said.reason or str(said.status), WHY))


def held_against(threshold: float | None, value: float, reason: str) -> Score:
    """The value itself, or whether it reaches the threshold."""
    if threshold is None:
        return Score(value=value, reason=reason)
    reached = value >= threshold
    return Score(value=float(reached), reason=f"{reason}; {'reaches' if reached else 'stays below'} {threshold:g}")
