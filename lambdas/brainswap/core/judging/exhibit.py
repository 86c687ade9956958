"""What a judge is shown of an answer, as far as the answer stands for itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.extraction import extractor, nothing_found
from brainswap.core.scoring.family import Family, SubjectFamily
from brainswap.core.scoring.references import UnusableReferenceError
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import ClosedQaSpec, FactualitySpec, PairwiseSpec, RubricSpec, ScorerSpec
from brainswap.core.scoring.subject import Subject

AnyJudgedSpec = RubricSpec | FactualitySpec | ClosedQaSpec | PairwiseSpec

_KINDS = (RubricSpec, FactualitySpec, ClosedQaSpec, PairwiseSpec)

AS_GOOD = 0.5  # as the source's answer
NOT_YET = Score(value=None, reason="not judged yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """The texts that a judgement rests on.

    Attributes:
        answer: the part of it that is judged.
        reference: what is expected; None where the judge is not shown it.
        other: the source's answer, for a judge that compares.
    """

    input: str
    answer: str
    reference: str | None = None
    other: str | None = None


def judged(specs: Iterable[ScorerSpec]) -> list[AnyJudgedSpec]:
    """Those of a workload's scorers that need judges."""
    return [spec for spec in specs if isinstance(spec, _KINDS)]


def rubric_problem(spec: RubricSpec) -> str | None:
    names = [criterion.name for criterion in spec.criteria]
    twice = next((name for name in names if names.count(name) > 1), None)
    return f"criteria: two are called {twice!r}" if twice else panel_problem(spec)


def panel_problem(spec: AnyJudgedSpec) -> str | None:
    if len(set(spec.panel)) < len(spec.panel):
        return "judge: the same judge is named twice; `repeats` asks one several times"
    return None


def shown_reference(spec: AnyJudgedSpec, reference: Any) -> str | None:
    """What the judge is shown of a reference; None where it is shown none.

    Raises:
        UnusableReferenceError: it needs one, and there is none.
    """
    if not isinstance(spec, FactualitySpec) and not spec.show_reference:
        return None
    text = "" if reference is None else as_text(reference).strip()
    if not text:
        raise UnusableReferenceError("the reference is missing")
    return text


def compile_exhibit(spec: AnyJudgedSpec) -> Callable[[Subject, str | None], Score | Exhibit]:
    """What a judge is shown of an answer, or the score of one that leaves nothing to judge."""
    declared = spec.extract
    take = None if declared is None else extractor(declared)

    def look(subject: Subject, reference: str | None) -> Score | Exhibit:
        found = subject.text if take is None else take(subject.text)
        if declared is not None and found is None:
            return Score(value=0.0, reason=nothing_found(declared, subject.text), empty=True)
        return Exhibit(input=shown_input(subject.input), answer=found or "", reference=reference)

    return look


def compile_not_yet(_spec: AnyJudgedSpec) -> Callable[[Subject, str | None], Score]:
    """No score, for as long as no judge has spoken."""
    return lambda _subject, _reference: NOT_YET


def shown_input(values: Mapping[str, Any]) -> str:
    """The values of a case's placeholders: the only one as it is, several each with its name."""
    if len(values) == 1:
        return "".join(as_text(value) for value in values.values())
    return "\n\n".join(f"{name}:\n{as_text(value)}" for name, value in values.items())


FAMILIES: Mapping[str, Family] = {
    "rubric": SubjectFamily(
        problem=rubric_problem, expected=shown_reference, compile=compile_not_yet, takes_extract=True
    ),
    "factuality": SubjectFamily(
        problem=panel_problem, expected=shown_reference, compile=compile_not_yet, takes_extract=True
    ),
    "closed_qa": SubjectFamily(
        problem=panel_problem, expected=shown_reference, compile=compile_not_yet, takes_extract=True
    ),
    "pairwise": SubjectFamily(
        problem=panel_problem, expected=shown_reference, compile=compile_not_yet, takes_extract=True
    ),
}
