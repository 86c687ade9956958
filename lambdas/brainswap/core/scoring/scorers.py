"""Score an answer by any scorer that a workload declares."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from brainswap.core.answers import AnswerStatus
from brainswap.core.judging import exhibit
from brainswap.core.scoring import (
    choice,
    composition,
    conduct,
    lists,
    multiple_choice,
    number,
    rules,
    safety,
    similarity,
    structured,
    tools,
)
from brainswap.core.scoring import text as wording
from brainswap.core.scoring.extraction import extract_problem, extractor, nothing_found
from brainswap.core.scoring.instructions import following
from brainswap.core.scoring.quoting import kept
from brainswap.core.scoring.references import UnusableReferenceError, at_path, is_missing
from brainswap.core.scoring.score import Score, inverted
from brainswap.core.scoring.specs import Extract, ScorerSpec, SetSpec
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
        unfinished: the same of a conversation that ended in a call without a result.
        takes_extract: whether it looks at a text out of which something may be taken first.
    """

    problem: Callable[[Any], str | None]
    expected: Callable[[Any, Any], Any]
    compile: Callable[[Any], Callable[[Subject, Any], Score]]
    any_status: bool = False
    unfinished: bool = False
    takes_extract: bool = False


FAMILIES: Mapping[str, TextFamily | SubjectFamily] = {
    "exact": TextFamily(problem=wording.exact_problem, expected=wording.exact_expected, compile=wording.compile_exact),
    "contains": TextFamily(
        problem=wording.value_problem, expected=wording.value_expected, compile=wording.compile_contains
    ),
    "contains_any": TextFamily(
        problem=wording.values_problem, expected=wording.values_expected, compile=wording.compile_contains
    ),
    "contains_all": TextFamily(
        problem=wording.values_problem, expected=wording.values_expected, compile=wording.compile_contains_all
    ),
    "starts_with": TextFamily(
        problem=wording.value_problem, expected=wording.value_expected, compile=wording.compile_starts_with
    ),
    "regex": TextFamily(problem=wording.regex_problem, expected=wording.regex_expected, compile=wording.compile_regex),
    "label": TextFamily(problem=choice.label_problem, expected=choice.label_expected, compile=choice.compile_label),
    "choice": SubjectFamily(
        problem=multiple_choice.choice_problem,
        expected=multiple_choice.choice_expected,
        compile=multiple_choice.compile_choice,
        takes_extract=True,
    ),
    "list": TextFamily(problem=lists.list_problem, expected=lists.list_expected, compile=lists.compile_list),
    "number": TextFamily(problem=number.number_problem, expected=number.number_expected, compile=number.compile_number),
    "json": TextFamily(
        problem=structured.json_problem, expected=structured.json_expected, compile=structured.compile_json
    ),
    "tool_call": SubjectFamily(
        problem=tools.tool_call_problem,
        expected=tools.tool_call_expected,
        compile=tools.compile_tool_call,
        unfinished=True,
    ),
    "refusal": SubjectFamily(
        problem=conduct.refusal_problem,
        expected=conduct.expects_nothing,
        compile=conduct.compile_refusal,
        any_status=True,
    ),
    "finish": SubjectFamily(
        problem=conduct.finish_problem,
        expected=conduct.expects_nothing,
        compile=conduct.compile_finish,
        any_status=True,
    ),
    "length": SubjectFamily(
        problem=conduct.length_problem,
        expected=conduct.expects_nothing,
        compile=conduct.compile_length,
        takes_extract=True,
    ),
    "latency": SubjectFamily(
        problem=conduct.latency_problem, expected=conduct.expects_nothing, compile=conduct.compile_latency
    ),
    "cost": SubjectFamily(problem=conduct.cost_problem, expected=conduct.expects_nothing, compile=conduct.compile_cost),
    "checks": SubjectFamily(
        problem=rules.checks_problem, expected=rules.checks_expected, compile=rules.compile_checks, takes_extract=True
    ),
    "instructions": TextFamily(
        problem=following.instructions_problem,
        expected=following.instructions_expected,
        compile=following.compile_instructions,
    ),
    "pii": SubjectFamily(problem=safety.pii_problem, expected=safety.pii_expected, compile=safety.compile_pii),
    "levenshtein": TextFamily(
        problem=similarity.similarity_problem,
        expected=similarity.levenshtein_expected,
        compile=similarity.compile_levenshtein,
    ),
    "rouge": TextFamily(
        problem=similarity.similarity_problem, expected=similarity.rouge_expected, compile=similarity.compile_rouge
    ),
    "bleu": TextFamily(
        problem=similarity.similarity_problem, expected=similarity.bleu_expected, compile=similarity.compile_bleu
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
    """`score` for one spec, of any answer; a set is made of the scores of others, see `composition`.

    The value is None where the scorer does not apply to the case, where the reference is unusable, where what is looked
    at is unknown (such as the cost), and where the question was not asked. An answer that is none scores 0, and so does
    one in which nothing is found to compare, even by an inverted scorer: nothing was said that could be right.
    """
    family = FAMILIES[spec.type]
    look = _looking_at_text(spec, family) if isinstance(family, TextFamily) else family.compile(spec)
    if spec.extract is not None:
        look = _after(spec.extract, look)
    looked_at = _looked_at(family)

    def scored(subject: Subject) -> Score:
        if not applies(spec, subject.reference):
            return not_applying()
        if subject.status not in looked_at:
            return minimum(spec, subject.status, subject.because)
        try:
            expected = family.expected(spec, at_path(subject.reference, spec.reference))
        except UnusableReferenceError as error:
            return Score(value=None, reason=str(error))
        result = look(subject, expected)
        return inverted(result) if spec.inverted else result

    return scored


def _looked_at(family: TextFamily | SubjectFamily) -> Collection[AnswerStatus]:
    if isinstance(family, TextFamily):
        return {AnswerStatus.ANSWERED}
    if family.any_status:
        return set(AnswerStatus) - {AnswerStatus.UNASKED}
    return {AnswerStatus.ANSWERED, AnswerStatus.UNFINISHED} if family.unfinished else {AnswerStatus.ANSWERED}


def _looking_at_text(spec: ScorerSpec, family: TextFamily) -> Callable[[Subject, Any], Score]:
    compare = family.compile(spec)
    return lambda subject, expected: compare(subject.text, expected)


def _after(declared: Extract, look: Callable[[Subject, Any], Score]) -> Callable[[Subject, Any], Score]:
    """Look at what is taken out of the answer instead of the whole."""
    take = extractor(declared)

    def looked(subject: Subject, expected: Any) -> Score:
        found = take(subject.text)
        if found is None:
            return Score(value=0.0, reason=nothing_found(declared, subject.text), empty=True)
        result = look(replace(subject, text=found), expected)
        return replace(result, extracted=result.extracted or kept(found))

    return looked


def not_applying() -> Score:
    """The score of a case of which a scorer has nothing to say."""
    return Score(value=None, reason="does not apply to this case", applies=False)


def minimum(spec: ScorerSpec, status: AnswerStatus, reason: str | None) -> Score:
    """The score of an answer that is no answer: 0, even by an inverted scorer; none for a case that was not asked."""
    because = f"{status}: {reason}" if reason else str(status)
    if status is AnswerStatus.UNASKED:
        return Score(value=None, reason=because)
    reason = f"{because} (the minimum, inverted or not)" if spec.inverted else because
    return Score(value=0.0, reason=reason, empty=True)


def spec_problem(spec: ScorerSpec) -> str | None:
    """Why a scorer can never work, naming the key of the spec; None when nothing is wrong."""
    if spec.extract is not None and (problem := extract_problem(spec.extract)):
        return problem
    if spec.reference is not None and not all(spec.reference.split(".")):
        return f"reference {spec.reference!r} is not a dotted path"
    if isinstance(spec, SetSpec):
        return composition.set_problem(spec)
    family = FAMILIES[spec.type]
    if spec.extract is not None and isinstance(family, SubjectFamily) and not family.takes_extract:
        return f"extract means nothing to a scorer of type {spec.type!r}, which looks at more than the text"
    return family.problem(spec)


def applies(spec: ScorerSpec, reference: Any) -> bool:
    """Whether a scorer has anything to say of a case; only an optional one may have nothing.

    Args:
        spec: one that `spec_problem` finds nothing wrong with.
        reference: the case's whole reference.
    """
    return not (spec.optional and is_missing(reference, spec.reference))


def reference_problem(spec: ScorerSpec, reference: Any) -> str | None:
    """Why a scorer cannot work with a case's reference; None when it can, and when it does not apply to the case.

    Args:
        spec: one that `spec_problem` finds nothing wrong with.
        reference: the case's whole reference.
    """
    if isinstance(spec, SetSpec) or not applies(spec, reference):
        return None
    try:
        FAMILIES[spec.type].expected(spec, at_path(reference, spec.reference))
    except UnusableReferenceError as error:
        return str(error)
    return None
