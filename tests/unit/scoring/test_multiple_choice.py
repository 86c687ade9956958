from typing import Any

import pytest

from brainswap.core.scoring.scorers import compiled, reference_problem, score, spec_problem
from brainswap.core.scoring.specs import ChoiceSpec, Extract
from brainswap.core.scoring.subject import Subject

CHOICE = ChoiceSpec(name="correct", type="choice")
OF_OPTIONS = ChoiceSpec(name="correct", type="choice", choices="A-D", options="options")
AS_TEXT = "(A) Vitamin C\n(B) Iron\n(C) 3.5, 4.0\n(D) None of the above"
AS_LIST = ["Vitamin C", "Iron", "3.5, 4.0", "None of the above"]
AS_MAPPING = {"A": "Vitamin C", "b": "Iron", "C": "3.5, 4.0", "D": "None of the above"}


@pytest.mark.parametrize(
    "text",
    [
        "The answer is (B).",
        "the answer is B",
        "So, the correct **answer is (B)**, not (C).",
        "The answer is: **B**",
        "The answer is **(B)** Iron",
        "The answer is $\\boxed{B}$.",
        "The answer is option (B), because A is wrong",
        "The answer is \\(\\boxed{\\text{B}}\\). See A.",
        "The final answer is _B_",
        "THE ANSWER IS B",
        "Answer: B",
        "**Answer:** (B)",
        "**Answer**: `B`",
        "A is wrong, C as well.\nFinal answer: [B]",
        "A or C? $\\boxed{B}$ and not A",
        "\\boxed{\\mathrm{(B)}}; A, C",
        "B",
        "(B)",
        "**B**",
        "B.",
        "B) Iron",
        "A seems right, but C does not, so B",
    ],
)
def test_a_letter_is_recognised_in_any_dress(text: str) -> None:
    found = score(CHOICE, text, "B")

    assert found.extracted == "B"
    assert found.value == 1.0


def test_what_is_called_the_answer_comes_before_a_later_letter() -> None:
    assert score(CHOICE, "Answer: C. The answer is (B). D is not. Answer: D", "B").extracted == "B"
    assert score(CHOICE, "Answer: C. Not D.", "C").extracted == "C"
    assert score(CHOICE, "\\boxed{C} is not D.", "C").extracted == "C"


@pytest.mark.parametrize(
    "text", ["", "none", "b", "Because", "ABBA", "K", "É", "B-tree", "I'm lost", "B's", "answer is not"]
)
def test_a_capital_inside_a_word_or_outside_of_the_choices_is_none(text: str) -> None:
    found = score(CHOICE, text, "B")

    assert found.value == 0.0
    assert found.reason == f"“{text}” chooses none of A-J"


def test_a_wrong_letter_is_named_beside_the_right_one() -> None:
    assert score(CHOICE, "The answer is (C)", "B").reason == "“C” is not “B”"
    assert score(CHOICE, "The answer is (C)", ["A", "B"]).reason == "“C” is not any of 2 references"
    assert score(CHOICE, "The answer is (C)", ["A", "C"]).value == 1.0


@pytest.mark.parametrize("choices", ["A-D", "ABCD"])
def test_choices_are_a_range_or_letters(choices: str) -> None:
    spec = ChoiceSpec(name="correct", type="choice", choices=choices)

    assert score(spec, "The answer is E. D", "D").extracted == "D"
    assert reference_problem(spec, "E") == f"the reference “E” is not one of the letters {choices}"


@pytest.mark.parametrize("reference", ["B", "b", "(B)", "B.", " B) "])
def test_a_reference_is_a_letter_in_any_dress(reference: str) -> None:
    assert score(CHOICE, "B", reference).value == 1.0


@pytest.mark.parametrize("options", [AS_TEXT, AS_LIST, AS_MAPPING])
@pytest.mark.parametrize(
    ("reference", "letter"), [("Iron", "B"), ("iron.", "B"), ("3.5,  4.0", "C"), ("vitamin c", "A")]
)
def test_a_reference_may_be_the_text_of_an_option(options: Any, reference: str, letter: str) -> None:
    judge = compiled(OF_OPTIONS)

    found = judge(Subject(text=f"The answer is ({letter})", reference=reference, input={"options": options}))

    assert found.value == 1.0


def test_an_answer_may_be_the_text_of_an_option() -> None:
    judge = compiled(OF_OPTIONS)

    found = judge(Subject(text="**Vitamin C**.", reference="A", input={"options": AS_TEXT}))

    assert found.reason == "“A” is “A”"


@pytest.mark.parametrize("given", [{}, {"options": 7}, {"options": None}, {"options": "Iron"}, {"options": []}])
def test_a_reference_that_is_none_of_the_options_cannot_be_scored(given: dict[str, Any]) -> None:
    found = compiled(OF_OPTIONS)(Subject(text="B", reference="Iron", input=given))

    assert found.value is None
    assert found.reason == "the reference “Iron” is not one of the case's options"


def test_the_letter_is_looked_for_in_what_is_extracted() -> None:
    spec = ChoiceSpec(name="correct", type="choice", extract=Extract(json_path="answer"))

    assert score(spec, '{"why": "Not C", "answer": "B", "sure": "A"}', "B").value == 1.0
    assert score(spec, '{"answer": "none"}', "B").extracted == "none"
    assert score(spec, "B", "B").empty
    assert spec_problem(spec) is None


@pytest.mark.parametrize(
    ("spec", "reference", "problem"),
    [
        (CHOICE, None, "the reference is missing"),
        (CHOICE, "Iron", "the reference “Iron” is not one of the letters A-J"),
        (CHOICE, 3, "the reference “3” is not one of the letters A-J"),
        (OF_OPTIONS, "Iron", None),
        (OF_OPTIONS, "…", None),
        (OF_OPTIONS, " ", "the reference is blank"),
    ],
)
def test_a_reference_has_to_be_a_letter_or_may_be_an_option(
    spec: ChoiceSpec, reference: Any, problem: str | None
) -> None:
    assert reference_problem(spec, reference) == problem


@pytest.mark.parametrize(
    ("choices", "problem"),
    [
        ("A-J", None),
        ("ABC", None),
        ("J-A", "choices 'J-A' runs backwards"),
        ("A-A", "choices 'A-A' leaves nothing to choose"),
        ("ABA", "choices 'ABA' holds a letter twice"),
    ],
)
def test_choices_have_to_be_several_letters(choices: str, problem: str | None) -> None:
    assert spec_problem(ChoiceSpec(name="a", type="choice", choices=choices)) == problem
