"""What people are asked about an answer, in the words that its judge is asked in, and what their marks come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brainswap.core.fingerprints import fingerprint
from brainswap.core.judging.exhibit import AS_GOOD
from brainswap.core.judging.templates import BETTER, EQUAL, LEVEL, MEETS, NO, RELATION, RELATIONS, YES
from brainswap.core.scoring.specs import (
    ClosedQaSpec,
    FactualitySpec,
    PairwiseSpec,
    RubricSpec,
    ScorerSpec,
)
from brainswap.core.scoring.specs.judges import HIGHEST, LOWEST, Criterion
from brainswap.core.wording import listed

OF_TEXT = frozenset(
    {
        *("exact", "contains", "contains_any", "contains_all", "starts_with", "regex", "label", "choice", "list"),
        *("number", "json", "levenshtein", "rouge", "bleu", "similarity", "instructions", "checks", "lambda"),
        *("rubric", "factuality", "closed_qa", "pairwise"),
    }
)
"""The types of scorers that look at what an answer says, and not at how it came about."""

THIS, OTHER = "this", "other"  # of a pair: the answer that is judged, and the source's
_AS_LEVELS = {THIS: "better", OTHER: "worse", EQUAL: "as good"}
_QUARTERS = ("0", "0.25", "0.5", "0.75", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One of the marks that a person may give.

    Attributes:
        value: of the answer, in [0, 1], before any inversion.
        means: what it stands for; empty where its name says so.
    """

    name: str
    value: float
    means: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """One thing that a person gives a mark for.

    Attributes:
        marks: in the order in which they are offered.
        weight: of the aspect's value in the score, relative to the others.
    """

    name: str
    wording: str
    marks: tuple[Mark, ...]
    weight: float = 1.0

    def mark(self, name: str) -> Mark | None:
        return next((mark for mark in self.marks if mark.name == name), None)


def can_be_labelled(spec: ScorerSpec) -> bool:
    """Whether people can say of an answer's text what the scorer says of it."""
    return spec.type in OF_TEXT


def aspects(spec: ScorerSpec) -> tuple[Aspect, ...]:
    """Everything that a person is asked about one answer."""
    match spec:
        case RubricSpec():
            return tuple(_of_criterion(criterion) for criterion in spec.criteria)
        case FactualitySpec():
            wording = "How do the facts of the answer stand to those of the reference, which is right?"
            weights = spec.weights.model_dump()
            marks = tuple(Mark(name=name, value=weights[name], means=means) for name, means in RELATIONS.items())
            return (Aspect(name=RELATION, wording=wording, marks=marks),)
        case ClosedQaSpec():
            marks = (Mark(name=YES, value=1.0), Mark(name=NO, value=0.0))
            return (Aspect(name=MEETS, wording=f"Does the answer meet this? {spec.criterion}", marks=marks),)
        case PairwiseSpec():
            wording = f"Which answer is better? {spec.criterion}"
            marks = (Mark(name=THIS, value=1.0), Mark(name=OTHER, value=0.0), Mark(name=EQUAL, value=AS_GOOD))
            return (Aspect(name=BETTER, wording=wording, marks=marks),)
        case _:
            wording = f"How good is the answer by what `{spec.name}` ({spec.type}) looks at: 0 is wrong, 1 is right?"
            marks = tuple(Mark(name=name, value=float(name)) for name in _QUARTERS)
            return (Aspect(name=LEVEL, wording=wording, marks=marks),)


def marks_problem(spec: ScorerSpec, marks: Mapping[str, str]) -> str | None:
    """Why marks are none that the scorer's question allows; None where they are, or answer another question."""
    asked = aspects(spec)
    if {aspect.name for aspect in asked} != set(marks):
        return None
    for aspect in asked:
        if aspect.mark(marks[aspect.name]) is None:
            return f"{aspect.name} is none of {listed(mark.name for mark in aspect.marks)}"
    return None


def score_of(spec: ScorerSpec, marks: Mapping[str, str]) -> float | None:
    """The score that the marks of a person come to, in [0, 1]; None where they answer another question."""
    total = weights = 0.0
    asked = aspects(spec)
    if {aspect.name for aspect in asked} != set(marks):
        return None
    for aspect in asked:
        mark = aspect.mark(marks[aspect.name])
        if mark is None:
            return None
        total += aspect.weight * mark.value
        weights += aspect.weight
    value = min(total / weights, 1.0)
    return 1.0 - value if spec.inverted else value


def levels(spec: ScorerSpec) -> Sequence[tuple[str, float]]:
    """The scale of the scorer's scores, in rising order: what a level is called, and its score."""
    first, *_ = aspects(spec)
    by_value: dict[float, list[str]] = {}
    for mark in first.marks:
        value = 1.0 - mark.value if spec.inverted else mark.value
        by_value.setdefault(value, []).append(_AS_LEVELS.get(mark.name, mark.name))
    return [(" or ".join(by_value[value]), value) for value in sorted(by_value)]


def question_sha256(spec: ScorerSpec) -> str:
    """The fingerprint of what people are asked; neither the scorer's name nor its weights belong to it."""
    asked: list[Any] = [
        [aspect.name, aspect.wording, [[mark.name, mark.means] for mark in aspect.marks]] for aspect in aspects(spec)
    ]
    return fingerprint([spec.type, asked])


def _of_criterion(criterion: Criterion) -> Aspect:
    steps = HIGHEST - LOWEST
    marks = (
        Mark(name=str(level), value=(level - LOWEST) / steps, means=criterion.anchors.get(level, _ENDS.get(level, "")))
        for level in range(LOWEST, HIGHEST + 1)
    )
    return Aspect(name=criterion.name, wording=criterion.wording, marks=tuple(marks), weight=criterion.weight)


_ENDS = {LOWEST: "a complete failure", HIGHEST: "leaves nothing to wish for"}
