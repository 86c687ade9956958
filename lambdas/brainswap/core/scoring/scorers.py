"""Score an answer by any scorer that a workload declares."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from brainswap.core.answers import AnswerStatus
from brainswap.core.scoring import choice, number, structured
from brainswap.core.scoring import text as wording
from brainswap.core.scoring.extraction import extract_problem, extractor, nothing_found
from brainswap.core.scoring.quoting import kept
from brainswap.core.scoring.references import UnusableReferenceError, at_path
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import ScorerSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """How one type of scorer works; specs and expectations are of that type's own kind.

    Attributes:
        problem: why a spec can never work, or None.
        expected: what an answer has to be, from a spec and a reference; raises `UnusableReferenceError`.
        compile: everything that depends on the spec alone; the result compares a text with what is expected.
    """

    problem: Callable[[Any], str | None]
    expected: Callable[[Any, Any], Any]
    compile: Callable[[Any], Callable[[str, Any], Score]]


FAMILIES = {
    "exact": Family(problem=wording.exact_problem, expected=wording.exact_expected, compile=wording.compile_exact),
    "contains": Family(
        problem=wording.contains_problem, expected=wording.contains_expected, compile=wording.compile_contains
    ),
    "regex": Family(problem=wording.regex_problem, expected=wording.regex_expected, compile=wording.compile_regex),
    "label": Family(problem=choice.label_problem, expected=choice.label_expected, compile=choice.compile_label),
    "number": Family(problem=number.number_problem, expected=number.number_expected, compile=number.compile_number),
    "json": Family(problem=structured.json_problem, expected=structured.json_expected, compile=structured.compile_json),
}


def score(spec: ScorerSpec, text: str, reference: Any) -> Score:
    """Score one answer; `compiled` does the same for many.

    Args:
        spec: one that `spec_problem` finds nothing wrong with.
        text: an answer whose status is ``answered``; for others see `minimum`.
        reference: the case's whole reference.
    """
    return compiled(spec)(text, reference)


def compiled(spec: ScorerSpec) -> Callable[[str, Any], Score]:
    """`score` for one spec, from the text of an answer and its case's whole reference.

    The value is None where the reference is unusable. An answer in which nothing is found to compare scores 0, even
    by an inverted scorer: nothing was said that could be right.
    """
    family = FAMILIES[spec.type]
    compare = family.compile(spec)
    take = extractor(spec.extract)

    def scored(text: str, reference: Any) -> Score:
        try:
            expected = family.expected(spec, at_path(reference, spec.reference))
        except UnusableReferenceError as error:
            return Score(value=None, reason=str(error))
        if spec.extract is None:
            result = compare(text, expected)
        elif (found := take(text)) is None:
            return Score(value=0.0, reason=nothing_found(spec.extract, text))
        else:
            result = compare(found, expected)
            result = replace(result, extracted=result.extracted or kept(found))
        return _inverted(result) if spec.inverted else result

    return scored


def minimum(spec: ScorerSpec, status: AnswerStatus, reason: str | None) -> Score:
    """The score of an answer that is no answer: 0, even by an inverted scorer; none for a case that was not asked."""
    because = f"{status}: {reason}" if reason else str(status)
    if status is AnswerStatus.UNASKED:
        return Score(value=None, reason=because)
    return Score(value=0.0, reason=f"{because} (the minimum, inverted or not)" if spec.inverted else because)


def spec_problem(spec: ScorerSpec) -> str | None:
    """Why a scorer can never work, naming the key of the spec; None when nothing is wrong."""
    if spec.extract is not None and (problem := extract_problem(spec.extract)):
        return problem
    if spec.reference is not None and not all(spec.reference.split(".")):
        return f"reference {spec.reference!r} is not a dotted path"
    return FAMILIES[spec.type].problem(spec)


def reference_problem(spec: ScorerSpec, reference: Any) -> str | None:
    """Why a scorer cannot work with a case's reference; None when it can.

    Args:
        spec: one that `spec_problem` finds nothing wrong with.
        reference: the case's whole reference.
    """
    try:
        FAMILIES[spec.type].expected(spec, at_path(reference, spec.reference))
    except UnusableReferenceError as error:
        return str(error)
    return None


def _inverted(result: Score) -> Score:
    if result.value is None:
        return result
    return replace(result, value=1.0 - result.value, reason=f"inverted: {result.reason}")
