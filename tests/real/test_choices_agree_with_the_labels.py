"""500 exam questions with the recorded answers of seven real models: which letter each of them chooses."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from brainswap.core.scoring.score import Score
from brainswap.core.scoring.scorers import compiled
from brainswap.core.scoring.specs import ScorerSpec
from brainswap.core.scoring.subject import Subject
from tests.real.assembling import ABSENT, DATA, HERE

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=ABSENT),
]

DECLARED = yaml.safe_load((HERE / "professional-exams" / "workload.yaml").read_text("utf-8"))
SPEC: ScorerSpec = TypeAdapter[ScorerSpec](ScorerSpec).validate_python(DECLARED["scorers"][0])
MODELS = frozenset(model["recorded"] for model in (DECLARED["source"], *DECLARED["targets"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A recorded answer with what the checker of the recordings made of it, and what we make of it."""

    model: str
    case_id: str
    labels: dict[str, Any]
    score: Score


@pytest.fixture(scope="module")
def answers() -> Sequence[Judged]:
    judge = compiled(SPEC)
    lines = Path(DATA / "mmlu_pro.jsonl").read_text("utf-8").splitlines()
    return [
        Judged(
            model=model,
            case_id=case["id"],
            labels=recorded["labels"],
            score=judge(Subject(text=recorded["output"], reference=case["reference"], input=case["input"])),
        )
        for case in map(json.loads, lines)
        for model, recorded in case["recorded"].items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An answer in which the checker of the recordings reads another letter than we do, None for none."""

    model: str
    case_id: str
    theirs: str | None
    ours: str | None
    right_by: str | None = None
    why: str


AUTHENTICATION = "“the answer is Authentication. So, the final answer is (D).”: theirs is the first letter of the word"
ELIZABETH = "“the correct answer is Elizabeth F. Loftus”: theirs is the first letter of her name, ours her initial"
BABYLONIA = "“the best answer is Babylonia and Europe. The answer is (A)”: theirs is the first letter of the word"
CLUSTER = (
    "“to get the answer: C1: (3,3), C2: (4,4)”: theirs is the name of a point, right by chance, in place of a choice"
)
FOUR_IS = "“the four I's: Efficiency, Predictability, Control, and Calculation”, cut off: theirs is the I of “I's”"

DIFFERENCES = (
    Difference(model="Meta-Llama-3_1-8B-Instruct", case_id="mmlupro-6394", theirs="I", ours=None, why=FOUR_IS),
    Difference(model="Meta-Llama-3_1-8B-Instruct", case_id="mmlupro-6414", theirs="E", ours="F", why=ELIZABETH),
    Difference(
        model="c4ai-command-r-v01",
        case_id="mmlupro-10564",
        theirs="A",
        ours="D",
        right_by="ours",
        why=AUTHENTICATION,
    ),
    Difference(
        model="Mistral-7B-Instruct-v0.2",
        case_id="mmlupro-10653",
        theirs="C",
        ours=None,
        right_by="theirs",
        why=CLUSTER,
    ),
    Difference(model="gemini-1.5-flash-002", case_id="mmlupro-10876", theirs="B", ours="A", why=BABYLONIA),
)


def test_the_same_letter_is_read_but_in_the_answers_that_are_explained(answers: Sequence[Judged]) -> None:
    found = {
        (answer.model, answer.case_id, answer.labels["parsed_answer"], answer.score.extracted)
        for answer in answers
        if answer.score.extracted != answer.labels["parsed_answer"]
    }

    assert found == {(one.model, one.case_id, one.theirs, one.ours) for one in DIFFERENCES}


def test_right_is_what_is_right_by_the_labels_but_in_the_answers_that_are_explained(answers: Sequence[Judged]) -> None:
    found = {
        (answer.model, answer.case_id, "ours" if answer.score.value else "theirs")
        for answer in answers
        if answer.score.value != float(answer.labels["correct"])
    }

    assert found == {(one.model, one.case_id, one.right_by) for one in DIFFERENCES if one.right_by is not None}


def test_every_answer_of_every_model_is_scored(answers: Sequence[Judged]) -> None:
    assert {answer.model for answer in answers} == MODELS
    assert len(answers) == 500 * len(MODELS)
    assert all(answer.score.value is not None for answer in answers)
