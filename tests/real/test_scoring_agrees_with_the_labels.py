import pytest

from brainswap.core.answers import AnswerStatus
from brainswap.core.scoring.hygiene import classify
from brainswap.core.scoring.scorers import compiled, reference_problem
from brainswap.core.scoring.specs import JsonSpec
from brainswap.core.scoring.subject import Subject
from tests.real.assembling import ABSENT, DATA
from tests.real.recordings import Labelled, disagreements, judged, labelled, right_by_us, scorers

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=ABSENT),
]

WORKLOAD = "grade-school-math"
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


@pytest.fixture(scope="module")
def answers() -> list[Labelled]:
    return labelled(WORKLOAD)


def test_numbers_agree_answer_by_answer_and_in_sum(answers: list[Labelled]) -> None:
    found = judged(WORKLOAD, "correct", answers)

    assert disagreements(found) == set()
    assert right_by_us(found) == RIGHT_ANSWERS


def test_strict_validity_agrees_answer_by_answer(answers: list[Labelled]) -> None:
    assert disagreements(judged(WORKLOAD, "valid_json", answers)) == set()


def test_lenient_validity_agrees_answer_by_answer(answers: list[Labelled]) -> None:
    judge = compiled(LENIENT)

    different = [
        (answer.model, answer.case_id)
        for answer in answers
        if judge(Subject(text=answer.text, reference=answer.reference)).value
        != float(answer.labels["valid_json_lenient"])
    ]

    assert different == []


def test_no_right_answer_is_taken_for_a_refusal_or_for_nothing(answers: list[Labelled]) -> None:
    lost = [
        (answer.model, answer.case_id)
        for answer in answers
        if answer.labels["correct"] and classify(answer.text, None) != (AnswerStatus.ANSWERED, None)
    ]

    assert lost == []


def test_every_reference_can_be_worked_with(answers: list[Labelled]) -> None:
    declared = [*scorers(WORKLOAD).values(), LENIENT]

    assert {reference_problem(spec, answer.reference) for answer in answers for spec in declared} == {None}
