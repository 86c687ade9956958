from typing import Any

import pytest

from brainswap.core.scoring.extraction import SEARCHED
from brainswap.core.scoring.scorers import reference_problem, score, spec_problem
from brainswap.core.scoring.specs import LabelSpec

INTENTS = LabelSpec(
    name="intent", type="label", labels=("charged_fee", "charged_fee_wrong", "Card", "Card arrival", "reverted?", "C++")
)
SPAM = LabelSpec(name="spam", type="label", labels=("spam", "ham"))
SIGNED = LabelSpec(name="sign", type="label", labels=("1", "-1"))


@pytest.mark.parametrize(
    "text",
    [
        "Card arrival",
        "card arrival",
        " **Card arrival**. ",
        '"Card Arrival"',
        "`card arrival`",
        "# Card arrival",
        "- Card arrival",
        "“Card arrival”",
        "The intent is card arrival.",
        "Label: card arrival\n\nBecause nothing has come. So: **Card arrival**",
    ],
)
def test_a_label_is_recognised_in_any_dress(text: str) -> None:
    found = score(INTENTS, text, "Card arrival")

    assert found.value == 1.0
    assert found.extracted == "Card arrival"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("charged_fee_wrong", "charged_fee_wrong"),
        ("It is charged_fee_wrong.", "charged_fee_wrong"),
        ("It is charged\\_fee\\_wrong.", "charged_fee_wrong"),
        ("It is charged_fee, clearly.", "charged_fee"),
        ("reverted", "reverted?"),
        ("Is it reverted? Yes.", "reverted?"),
        ("I use C++ daily", "C++"),
        ("**C++**", "C++"),
    ],
)
def test_the_longest_label_wins_over_those_inside_it(text: str, label: str) -> None:
    assert score(INTENTS, text, label).reason == f"“{label}” is “{label}”"


def test_a_label_as_it_is_written_comes_before_one_without_punctuation() -> None:
    spec = LabelSpec(name="reply", type="label", labels=("what", "what?", "?"))

    assert [score(spec, text, "what").extracted for text in ("what?", "what", "what!", "?", "…", "**")] == [
        "what?",
        "what",
        "what",
        "?",
        None,
        None,
    ]


def test_a_sign_is_part_of_a_label() -> None:
    assert score(SIGNED, "**-1**.", "-1").value == 1.0
    assert score(SIGNED, "-1.", "1").value == 0.0
    assert score(SIGNED, "- 1", "1").value == 1.0


@pytest.mark.parametrize("text", ["", "?", "neither", "spammer", "non-spam", "spam-like", "hams"])
def test_a_label_inside_another_word_is_not_named(text: str) -> None:
    assert score(SPAM, text, "spam").reason == f"“{text}” names none of the labels"


def test_two_different_labels_are_no_answer_and_one_twice_is() -> None:
    both = score(SPAM, "It is spam, not ham. Spam!", "spam")

    assert both.value == 0.0
    assert both.reason == "the answer names 2 different labels: “spam”, “ham”"
    assert score(SPAM, "Spam. I say spam.", "spam").value == 1.0


def test_the_wrong_label_is_named_beside_the_right_one() -> None:
    assert score(SPAM, "ham", "spam").reason == "“ham” is not “spam”"


def test_an_endless_answer_is_searched_at_its_start_and_the_reason_says_so() -> None:
    found = score(SPAM, "x " * SEARCHED + "spam", "spam")

    assert found.reason.endswith("names none of the labels in its first 200,000 characters")


@pytest.mark.parametrize(
    ("spec", "reference", "problem"),
    [
        (SPAM, "Spam", None),
        (SIGNED, 1, None),
        (SPAM, None, "the reference is missing"),
        (SPAM, "eggs", "the reference “eggs” is not one of the labels"),
        (SPAM, ["spam"], 'the reference “["spam"]” is not one of the labels'),
        (SPAM, "", "the reference “” is not one of the labels"),
    ],
)
def test_a_reference_has_to_be_a_label(spec: LabelSpec, reference: Any, problem: str | None) -> None:
    assert reference_problem(spec, reference) == problem


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (("spam", "ham"), None),
        (("spam", "Spam ", "ham"), "labels holds “spam” more than once, apart from case"),
        (("spam", " "), "labels holds a blank one"),
    ],
)
def test_labels_have_to_differ(labels: tuple[str, ...], problem: str | None) -> None:
    assert spec_problem(LabelSpec(name="a", type="label", labels=labels)) == problem
