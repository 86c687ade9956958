"""Score an answer by any scorer that a workload declares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from brainswap.core.answers import AnswerStatus
from brainswap.core.judging import exhibit
from brainswap.core.scoring import choice, number, structured
from brainswap.core.scoring import text as wording
from brainswap.core.scoring.extraction import extract_problem, extractor, nothing_found
from brainswap.core.scoring.quoting import kept
from brainswap.core.scoring.references import UnusableReferenceError, at_path
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import ScorerSpec
from brainswap.core.scoring.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFamily:
    """How a type of scorer works that compares the answer's text; specs and expectations are of that type's own kind.

    Attributes:
        problem: why a spec can never work, or None.
        expected: what an answer has to be, from a spec and a reference; raises `UnusableReferenceError`.
        compile: everything that depends on the spec alone; the result compares a text with what is expected.
    """

    problem: Callable[[Any], str | None]
    expected: Callable[[Any, Any], Any]
    compile: Callable[[Any], Callable[[str, Any], Score]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFamily:
    """How a type of scorer works that looks at more of an answer than its text.

    Attributes:
        problem: why a spec can never work, or None.
        expected: what an answer has to be, from a spec and a reference; raises `UnusableReferenceError`.
        compile: everything that depends on the spec alone; the result looks at a subject, with what is expected.
        any_status: whether an answer that is cut off, refused and so on is scored like any other.
    """

    problem: Callable[[Any], str | None]
    expected: Callable[[Any, Any], Any]
    compile: Callable[[Any], Callable[[Subject, Any], Score]]
    any_status: bool = False


FAMILIES: Mapping[str, TextFamily | SubjectFamily] = {
    "exact": TextFamily(problem=wording.exact_problem, expected=wording.exact_expected, compile=wording.compile_exact),
    "contains": TextFamily(
        problem=wording.contains_problem, expected=wording.contains_expected, compile=wording.compile_contains
    ),
    "regex": TextFamily(problem=wording.regex_problem, expected=wording.regex_expected, compile=wording.compile_regex),
    "label": TextFamily(problem=choice.label_problem, expected=choice.label_expected, compile=choice.compile_label),
    "number": TextFamily(problem=number.number_problem, expected=number.number_expected, compile=number.compile_number),
    "json": TextFamily(
        problem=structured.json_problem, expected=structured.json_expected, compile=structured.compile_json
    ),
    "rubric": SubjectFamily(
        problem=exhibit.rubric_problem, expected=exhibit.shown_reference, compile=exhibit.compile_not_yet
    ),
    "factuality": SubjectFamily(
        problem=exhibit.panel_problem, expected=exhibit.shown_reference, compile=exhibit.compile_not_yet
    ),
    "closed_qa": SubjectFamily(
        problem=exhibit.panel_problem, expected=exhibit.shown_reference, compile=exhibit.compile_not_yet
    ),
    "pairwise": SubjectFamily(
        problem=exhibit.panel_problem, expected=exhibit.shown_reference, compile=exhibit.compile_not_yet
    ),
}


def score(spec: ScorerSpec, text: str, reference: Any) -> Score:
    """Score one answer; `compiled` does the same for many.

    Args:
        spec: one that `spec_problem` finds nothing wrong with.
        text: an answer whose status is ``answered``; for others see `minimum`.
        reference: the case's whole reference.
    """
    return compiled(spec)(Subject(text=text, reference=reference))


def compiled(spec: ScorerSpec) -> Callable[[Subject], Score]:
    """`score` for one spec, of any answer.

    The value is None where the reference is unusable, and where the question was not asked. An answer that is none
    scores 0, and so does one in which nothing is found to compare, even by an inverted scorer: nothing was said that
    could be right.
    """
    family = FAMILIES[spec.type]
    look = _looking_at_text(spec, family) if isinstance(family, TextFamily) else family.compile(spec)
    any_status = isinstance(family, SubjectFamily) and family.any_status

    def scored(subject: Subject) -> Score:
        if subject.status is AnswerStatus.UNASKED or not (any_status or subject.status is AnswerStatus.ANSWERED):
            return minimum(spec, subject.status, subject.because)
        try:
            expected = family.expected(spec, at_path(subject.reference, spec.reference))
        except UnusableReferenceError as error:
            return Score(value=None, reason=str(error))
        result = look(subject, expected)
        return turned(spec, result)

    return scored


def _looking_at_text(spec: ScorerSpec, family: TextFamily) -> Callable[[Subject, Any], Score]:
    compare = family.compile(spec)
    if spec.extract is None:
        return lambda subject, expected: compare(subject.text, expected)
    declared, take = spec.extract, extractor(spec.extract)

    def look(subject: Subject, expected: Any) -> Score:
        found = take(subject.text)
        if found is None:
            return Score(value=0.0, reason=nothing_found(declared, subject.text), empty=True)
        result = compare(found, expected)
        return replace(result, extracted=result.extracted or kept(found))

    return look


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


def turned(spec: ScorerSpec, result: Score) -> Score:
    """A score as an inverted scorer gives it; there is no other side of none, and none of nothing."""
    if not spec.inverted or result.empty or result.value is None:
        return result
    return replace(result, value=1.0 - result.value, reason=f"inverted: {result.reason}")
