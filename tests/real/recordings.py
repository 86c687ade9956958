"""Recorded answers of real models, what the checkers or people made of them, and what the workloads' scorers make."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import TypeAdapter

from brainswap.core.scoring.score import Score
from brainswap.core.scoring.scorers import compiled
from brainswap.core.scoring.specs import ScorerSpec
from brainswap.core.scoring.subject import Subject
from tests.real.assembling import DATA, DATA_OF, HERE

_SCORERS: TypeAdapter[list[ScorerSpec]] = TypeAdapter(list[ScorerSpec])

# The label that each scorer of a workload answers for.
LABEL_OF: Mapping[str, Mapping[str, str]] = {
    "bank-intents": {"same_text": "correct", "intent": "correct"},
    "grade-school-math": {"correct": "correct", "valid_json": "valid_json"},
    "instruction-following": {"follows": "correct", "follows_loosely": "correct_loose"},
    "professional-exams": {"correct": "correct"},
    "ticket-classification": {"category": "correct"},
    "trivia": {"names_the_answer": "human_correct"},
    "word-problems-by-line": {"correct": "correct"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A recorded answer with what the checker of the recordings, or a person, made of it."""

    model: str
    case_id: str
    input: Mapping[str, Any]
    text: str
    reference: Any
    labels: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A labelled answer with our score; ``right`` says what the label that the scorer answers for says."""

    answer: Labelled
    score: Score
    right: bool

    @property
    def agrees(self) -> bool:
        return self.score.value == float(self.right)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far a scorer agrees with the labels of one model's answers.

    Attributes:
        answers: how many.
        right_by_us: how many score 1.
        right_by_labels: how many are labelled right.
        agreeing: how many have the same score and label.
    """

    answers: int
    right_by_us: int
    right_by_labels: int
    agreeing: int

    @property
    def accuracy(self) -> float:
        return self.agreeing / self.answers

    @property
    def kappa(self) -> float:
        """Cohen's kappa (1960); 1 where both sides give every answer the same label."""
        ours, theirs = self.right_by_us / self.answers, self.right_by_labels / self.answers
        by_chance = ours * theirs + (1 - ours) * (1 - theirs)
        return 1.0 if by_chance == 1 else (self.accuracy - by_chance) / (1 - by_chance)


def labelled(workload: str) -> list[Labelled]:
    """Every recorded answer of a workload, by case and then by model as the file has them."""
    with (DATA / f"{DATA_OF[workload]}.jsonl").open(encoding="utf-8") as lines:
        return [answer for line in lines for answer in _of_case(json.loads(line))]


def _of_case(case: dict[str, Any]) -> Iterator[Labelled]:
    for model, recorded in case["recorded"].items():
        yield Labelled(
            model=model,
            case_id=case["id"],
            input=case["input"],
            text=recorded["output"],
            reference=case["reference"],
            labels=recorded["labels"],
        )


def scorers(workload: str) -> dict[str, ScorerSpec]:
    """The scorers that a workload declares, by name."""
    declared = yaml.safe_load((HERE / workload / "workload.yaml").read_text("utf-8"))
    return {spec.name: spec for spec in _SCORERS.validate_python(declared["scorers"])}


def recording_of(workload: str) -> dict[str, str]:
    """The recording's name by model, as a workload declares them."""
    declared = yaml.safe_load((HERE / workload / "workload.yaml").read_text("utf-8"))
    return {model["model"]: model["recorded"] for model in (declared["source"], *declared["targets"])}


def judged(workload: str, scorer: str, answers: Sequence[Labelled]) -> list[Judged]:
    """Score answers with a scorer of their workload."""
    judge, label = compiled(scorers(workload)[scorer]), LABEL_OF[workload][scorer]
    return [
        Judged(
            answer=answer,
            score=judge(Subject(text=answer.text, reference=answer.reference, input=answer.input)),
            right=answer.labels[label] is True,
        )
        for answer in answers
    ]


def disagreements(found: Sequence[Judged]) -> set[tuple[str, str]]:
    """Model and case of every answer whose score is not its label."""
    return {(one.answer.model, one.answer.case_id) for one in found if not one.agrees}


def right_by_us(found: Sequence[Judged]) -> Counter[str]:
    """How many answers score 1, by model."""
    return Counter(one.answer.model for one in found if one.score.value == 1.0)


def right_by_labels(found: Sequence[Judged]) -> Counter[str]:
    """How many answers are labelled right, by model."""
    return Counter(one.answer.model for one in found if one.right)


def agreements(found: Sequence[Judged]) -> dict[str, Agreement]:
    """The agreement by model, in the order in which the models come."""
    answers = Counter(one.answer.model for one in found)
    agreeing = Counter(one.answer.model for one in found if one.agrees)
    ours, theirs = right_by_us(found), right_by_labels(found)
    return {
        model: Agreement(
            answers=number, right_by_us=ours[model], right_by_labels=theirs[model], agreeing=agreeing[model]
        )
        for model, number in answers.items()
    }
