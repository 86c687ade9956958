"""Answers of the source in the place of references, where nobody has said what is right."""

from collections.abc import Mapping, Sequence
from typing import Any

from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.cases import Case
from brainswap.core.scoring.documents import tolerant_json
from brainswap.core.scoring.extraction import extractor
from brainswap.core.scoring.specs import ScorerSpec


def answered_by(
    cases: Mapping[str, Case], answers: Mapping[str, Answer], scorers: Sequence[ScorerSpec]
) -> dict[str, Case]:
    """The cases that were answered, each with the answer as its reference; the others cannot be aimed at."""
    return {
        name: case.model_copy(update={"reference": _reference(answers[name].text, scorers)})
        for name, case in cases.items()
        if name in answers and answers[name].status is AnswerStatus.ANSWERED
    }


def _reference(text: str, scorers: Sequence[ScorerSpec]) -> Any:
    """What scorers would find in the reference of a case: an object, what they take out of an answer, or the text."""
    if any(spec.reference is not None or spec.type == "json" for spec in scorers):
        found = tolerant_json(text)
        return found.value if found.problem is None else text
    for spec in scorers:
        if spec.extract is not None:
            return extractor(spec.extract)(text)
    return text
