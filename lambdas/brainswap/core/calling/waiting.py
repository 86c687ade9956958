"""Scorers that call, before anybody was called: what they want of a spec and of a reference, and no score yet."""

from collections.abc import Callable, Mapping
from typing import Any

from brainswap.core.calling.embedding_models import embedding_problem
from brainswap.core.scoring.conduct import expects_nothing
from brainswap.core.scoring.family import Family, SubjectFamily
from brainswap.core.scoring.references import UnusableReferenceError, texts
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import AnyCalledSpec, MeaningSpec, ToxicitySpec
from brainswap.core.scoring.subject import Subject

NOT_YET = Score(value=None, reason="not asked for yet")


def meaning_problem(spec: MeaningSpec) -> str | None:
    return embedding_problem(spec.model, spec.dimensions)


def meaning_expected(_spec: MeaningSpec, reference: Any) -> tuple[str, ...]:
    """The texts to be near to.

    Raises:
        UnusableReferenceError: there are none, or one of them is blank or structured.
    """
    expected = texts(reference)
    if not all(expected):
        raise UnusableReferenceError("the reference is blank, and nothing is like that")
    return expected


def toxicity_problem(spec: ToxicitySpec) -> str | None:
    if len(set(spec.categories)) < len(spec.categories):
        return "categories: one is named twice"
    return None


def no_problem(_spec: AnyCalledSpec) -> str | None:
    return None


def anything_expected(_spec: AnyCalledSpec, reference: Any) -> Any:
    """A function of the customer's knows what to do with a reference, and without one."""
    return reference


def compile_not_yet(_spec: AnyCalledSpec) -> Callable[[Subject, Any], Score]:
    return lambda _subject, _expected: NOT_YET


FAMILIES: Mapping[str, Family] = {
    "similarity": SubjectFamily(
        problem=meaning_problem, expected=meaning_expected, compile=compile_not_yet, takes_extract=True
    ),
    "lambda": SubjectFamily(
        problem=no_problem, expected=anything_expected, compile=compile_not_yet, takes_extract=True
    ),
    "guardrail": SubjectFamily(
        problem=no_problem, expected=expects_nothing, compile=compile_not_yet, takes_extract=True
    ),
    "toxicity": SubjectFamily(
        problem=toxicity_problem, expected=expects_nothing, compile=compile_not_yet, takes_extract=True
    ),
}
