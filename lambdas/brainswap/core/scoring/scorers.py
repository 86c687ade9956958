"""Score an answer by any scorer that a workload declares."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

from brainswap.core.answers import AnswerStatus
from brainswap.core.scoring.composition import set_problem
from brainswap.core.scoring.extraction import extract_problem, extractor, nothing_found
from brainswap.core.scoring.family import Family, SubjectFamily, TextFamily
from brainswap.core.scoring.quoting import kept
from brainswap.core.scoring.references import UnusableReferenceError, at_path, is_missing
from brainswap.core.scoring.score import Score, inverted
from brainswap.core.scoring.specs import Extract, ScorerSpec, SetSpec
from brainswap.core.scoring.subject import Subject

_Look = Callable[[Subject, str, Any], Score]

HOMES: Mapping[str, str] = {
    "exact": "scoring.text",
    "contains": "scoring.text",
    "contains_any": "scoring.text",
    "contains_all": "scoring.text",
    "starts_with": "scoring.text",
    "regex": "scoring.text",
    "label": "scoring.choice",
    "choice": "scoring.multiple_choice",
    "list": "scoring.lists",
    "number": "scoring.number",
    "json": "scoring.structured",
    "tool_call": "scoring.tools",
    "refusal": "scoring.conduct",
    "finish": "scoring.conduct",
    "length": "scoring.conduct",
    "latency": "scoring.conduct",
    "cost": "scoring.conduct",
    "checks": "scoring.rules",
    "instructions": "scoring.instructions.following",
    "pii": "scoring.safety",
    "levenshtein": "scoring.similarity",
    "rouge": "scoring.similarity",
    "bleu": "scoring.similarity",
    "rubric": "judging.exhibit",
    "factuality": "judging.exhibit",
    "closed_qa": "judging.exhibit",
    "pairwise": "judging.exhibit",
    "similarity": "calling.waiting",
    "lambda": "calling.waiting",
    "guardrail": "calling.waiting",
    "toxicity": "calling.waiting",
}
"""The module of each type's family, below ``brainswap.core``."""


@cache
def family_of(type_: str) -> Family:
    """How a type of scorer works; its module is loaded when it is first asked for, because most workloads use few."""
    family: Family = import_module(f"brainswap.core.{HOMES[type_]}").FAMILIES[type_]
    return family


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
    family = family_of(spec.type)
    look = _looking(spec, family)
    if spec.extract is not None:
        look = _after(spec.extract, look)
    looked_at = _looked_at(family)

    def scored(subject: Subject) -> Score:
        beforehand = settled(spec, subject.reference, subject.status, subject.because, looked_at)
        if beforehand is not None:
            return beforehand
        try:
            expected = family.expected(spec, at_path(subject.reference, spec.reference))
        except UnusableReferenceError as error:
            return Score(value=None, reason=str(error))
        result = look(subject, subject.text, expected)
        return inverted(result) if spec.inverted else result

    return scored


def _looked_at(family: Family) -> Collection[AnswerStatus]:
    if isinstance(family, TextFamily):
        return {AnswerStatus.ANSWERED}
    if family.any_status:
        return set(AnswerStatus) - {AnswerStatus.UNASKED}
    return {AnswerStatus.ANSWERED, AnswerStatus.UNFINISHED} if family.unfinished else {AnswerStatus.ANSWERED}


def _looking(spec: ScorerSpec, family: Family) -> _Look:
    """At a text, which is the answer's own or was taken out of it."""
    if isinstance(family, TextFamily):
        compare = family.compile(spec)
        return lambda _subject, text, expected: compare(text, expected)
    see = family.compile(spec)
    return lambda subject, text, expected: see(
        subject if text is subject.text else replace(subject, text=text), expected
    )


def _after(declared: Extract, look: _Look) -> _Look:
    """Look at what is taken out of the answer instead of the whole."""
    take = extractor(declared)

    def looked(subject: Subject, text: str, expected: Any) -> Score:
        found = take(text)
        if found is None:
            return Score(value=0.0, reason=nothing_found(declared, text), empty=True)
        result = look(subject, found, expected)
        return result if result.extracted else replace(result, extracted=kept(found))

    return looked


def settled(
    spec: ScorerSpec,
    reference: Any,
    status: AnswerStatus,
    because: str | None,
    looked_at: Collection[AnswerStatus] = (AnswerStatus.ANSWERED,),
) -> Score | None:
    """The score of an answer that is not looked at: of a case that does not concern the scorer, or of no answer."""
    if not applies(spec, reference):
        return not_applying()
    return None if status in looked_at else minimum(spec, status, because)


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
        return set_problem(spec)
    family = family_of(spec.type)
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
        family_of(spec.type).expected(spec, at_path(reference, spec.reference))
    except UnusableReferenceError as error:
        return str(error)
    return None
