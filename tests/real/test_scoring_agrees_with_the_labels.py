import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from brainswap.core.answers import AnswerStatus
from brainswap.core.scoring.hygiene import classify
from brainswap.core.scoring.scorers import compiled, reference_problem
from brainswap.core.scoring.specs import Extract, JsonSpec, NumberSpec
from brainswap.core.scoring.subject import Subject

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parents[2]
CASES = Path(os.environ.get("BRAINSWAP_REAL_DATA", ROOT / "../shared/data")) / "gsm8k.jsonl"

CORRECT = NumberSpec(name="correct", type="number", extract=Extract(json_path="answer"))
STRICT = JsonSpec(name="valid", type="json", strict=True)
LENIENT = JsonSpec(name="valid", type="json", strict=False)

# By the checker that came with the recordings, of 500 answers each.
RIGHT_ANSWERS = {
    "claude-3-haiku-20240307": 446,
    "claude-3-5-haiku-20241022": 468,
    "claude-3-5-sonnet-20240620": 472,
    "claude-3-opus-20240229": 475,
    "Meta-Llama-3.1-8B-Instruct": 410,
    "Meta-Llama-3.1-70B-Instruct": 467,
    "Mistral-Large-2": 472,
    "Mixtral-8x7B-Instruct-v0.1": 341,
    "command-r": 251,
    "gpt-4o-mini-2024-07-18": 466,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A recorded answer with what the checker of the recordings made of it."""

    model: str
    case_id: str
    text: str
    reference: Any
    labels: dict[str, Any]


@pytest.fixture(scope="module")
def answers() -> list[Labelled]:
    if not CASES.is_file():
        pytest.skip(f"no recorded answers at {CASES}; set BRAINSWAP_REAL_DATA to the folder that holds gsm8k.jsonl")
    with CASES.open(encoding="utf-8") as lines:
        return [labelled for line in lines for labelled in _of_case(json.loads(line))]


def _of_case(case: dict[str, Any]) -> Iterator[Labelled]:
    for model, recorded in case["recorded"].items():
        yield Labelled(
            model=model,
            case_id=case["id"],
            text=recorded["output"],
            reference=case["reference"],
            labels=recorded["labels"],
        )


def test_numbers_agree_answer_by_answer_and_in_sum(answers: list[Labelled]) -> None:
    judge = compiled(CORRECT)
    values = [judge(Subject(text=answer.text, reference=answer.reference)).value for answer in answers]

    disagreements = [
        (answer.model, answer.case_id)
        for answer, value in zip(answers, values, strict=True)
        if value != float(answer.labels["correct"])
    ]
    right = Counter(answer.model for answer, value in zip(answers, values, strict=True) if value == 1.0)

    assert disagreements == []
    assert right == RIGHT_ANSWERS


@pytest.mark.parametrize(("spec", "label"), [(STRICT, "valid_json"), (LENIENT, "valid_json_lenient")])
def test_validity_agrees_answer_by_answer(answers: list[Labelled], spec: JsonSpec, label: str) -> None:
    judge = compiled(spec)

    disagreements = [
        (answer.model, answer.case_id)
        for answer in answers
        if judge(Subject(text=answer.text, reference=answer.reference)).value != float(answer.labels[label])
    ]

    assert disagreements == []


def test_no_right_answer_is_taken_for_a_refusal_or_for_nothing(answers: list[Labelled]) -> None:
    lost = [
        (answer.model, answer.case_id)
        for answer in answers
        if answer.labels["correct"] and classify(answer.text, None) != (AnswerStatus.ANSWERED, None)
    ]

    assert lost == []


def test_every_reference_can_be_worked_with(answers: list[Labelled]) -> None:
    problems = {reference_problem(spec, answer.reference) for answer in answers for spec in (CORRECT, STRICT, LENIENT)}

    assert problems == {None}
