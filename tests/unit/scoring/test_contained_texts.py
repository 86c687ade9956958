from typing import Any

import pytest

from brainswap.core.scoring.scorers import reference_problem, score, spec_problem
from brainswap.core.scoring.specs import ContainsAllSpec, ContainsAnySpec, ScorerSpec, StartsWithSpec

ANY = ContainsAnySpec(name="any", type="contains_any")
ALL = ContainsAllSpec(name="all", type="contains_all")
SHARE = ContainsAllSpec(name="all", type="contains_all", partial=True)
STARTS = StartsWithSpec(name="starts", type="starts_with")


def test_one_of_several_texts_is_enough_for_any_of_them() -> None:
    apology = ContainsAnySpec(name="sorry", type="contains_any", values=("sorry", "apologise"))

    assert score(apology, "We APOLOGISE for this.", None).reason == "the answer contains “apologise”"
    assert score(apology, "Too bad.", "Too bad.").value == 0.0
    assert score(ANY, "It is in NYC.", ["New York", "NYC"]).value == 1.0


def test_all_of_several_texts_have_to_be_there() -> None:
    reference = ["order number", "refund"]

    assert score(ALL, "Your Refund for the order number 7.", reference).value == 1.0
    assert score(ALL, "Your refund.", reference).value == 0.0
    assert score(ALL, "Your refund.", reference).reason == "the answer contains 1 of 2; missing: “order number”"


def test_a_share_of_the_texts_counts_only_where_it_is_asked_for() -> None:
    reference = ["a1", "b2", "c3", "d4"]

    assert score(SHARE, "a1 c3 d4", reference).value == 0.75
    assert score(ALL, "a1 c3 d4", reference).value == 0.0


def test_a_text_that_is_wanted_twice_counts_once() -> None:
    assert score(SHARE, "yes", ["yes", "Yes", "no"]).value == 0.5


def test_a_reason_names_a_few_of_many_missing_texts() -> None:
    reason = score(ALL, "", [f"w{number}" for number in range(9)]).reason

    assert reason == "the answer contains 0 of 9; missing: “w0”, “w1”, “w2”, “w3”, “w4” and 4 more"


def test_case_counts_where_it_is_told_to() -> None:
    strict = ContainsAllSpec(name="all", type="contains_all", ignore_case=False)

    assert score(strict, "paris, ROME", ["paris", "Rome"]).value == 0.0
    assert score(StartsWithSpec(name="a", type="starts_with", ignore_case=False), "yes", "Yes").value == 0.0


def test_an_answer_starts_with_a_text_after_white_space() -> None:
    assert score(STARTS, "\n  Dear customer, …", "dear customer").value == 1.0
    assert score(STARTS, "Hello, dear customer", "Dear customer").reason == (
        "“Hello, dear customer” does not start with “Dear customer”"
    )
    assert score(STARTS, "No.", ["Yes", "No"]).value == 1.0
    assert score(StartsWithSpec(name="a", type="starts_with", value=" Dear"), "Dear A", None).value == 1.0


@pytest.mark.parametrize(
    ("spec", "reference", "problem"),
    [
        (ANY, None, "the reference is missing"),
        (ALL, [], "the reference is missing"),
        (ALL, ["a", ""], "the reference is blank, and every answer contains that"),
        (STARTS, " ", "the reference is blank, and every answer starts with that"),
        (ALL, [["a"]], "the reference is structured; name the part to compare with 'reference'"),
        (ContainsAllSpec(name="a", type="contains_all", values=("x",)), None, None),
    ],
)
def test_a_reference_that_cannot_be_compared_is_refused(spec: ScorerSpec, reference: Any, problem: str | None) -> None:
    assert reference_problem(spec, reference) == problem
    assert (score(spec, "a", reference).value is None) == (problem is not None)


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (ANY, None),
        (
            ContainsAnySpec(name="a", type="contains_any", values=("x", " ")),
            "values holds a blank one, and every answer contains that",
        ),
        (
            StartsWithSpec(name="a", type="starts_with", value=""),
            "value is blank, and every answer starts with that",
        ),
    ],
)
def test_blank_values_are_a_problem(spec: ScorerSpec, problem: str | None) -> None:
    assert spec_problem(spec) == problem
