from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.scoring.scorers import reference_problem, score
from brainswap.core.scoring.specs import ListSpec

LIST = ListSpec(name="items", type="list")
ORDERED = ListSpec(name="items", type="list", ordered=True)
FOLDED = ListSpec(name="items", type="list", ignore_case=True)
CITIES = ["Paris", "London", "Rome"]


@pytest.mark.parametrize(
    "text",
    [
        '["Paris", "London", "Rome"]',
        '```json\n["Paris", "London", "Rome"]\n```',
        '{"cities": ["Paris", "London", "Rome"], "count": 3}',
        'Here they are: ["Paris", "London", "Rome"]. Enjoy [1]!',
        "- Paris\n- London\n- Rome",
        "The cities, all in Europe:\n\n* **Paris**\n* London.\n* `Rome`\n\nAsk me for more, if you like.",
        "1. Paris\n   - on the Seine\n2. London\n   - on the Thames\n3. Rome",
        "1) Paris\n2) London\n10) Rome",
        "- [ ] Paris\n- [x] London\n- [ ] Rome",
        "- North:\n  - Paris\n  - London\n- South:\n  - Rome",
        "Paris, London, Rome",
        "Paris, London, and Rome.",
        "Paris, London and Rome",
        "The cities are: Paris, London and Rome.",
        "Paris; London; Rome",
        "Paris\nLondon\r\nRome\n",
        "```\nParis\nLondon\nRome\n```",
    ],
)
@pytest.mark.parametrize("spec", [LIST, ORDERED])
def test_a_list_is_read_however_it_is_written(spec: ListSpec, text: str) -> None:
    assert score(spec, text, CITIES).value == 1.0


def test_the_reading_that_agrees_best_counts() -> None:
    assert score(LIST, "bread, salt and pepper", ["bread", "salt and pepper"]).value == 1.0
    assert score(LIST, "bread, salt and pepper", ["bread", "salt", "pepper"]).value == 1.0
    assert score(LIST, "Alien: Covenant, Dune", ["Alien: Covenant", "Dune"]).value == 1.0
    assert score(LIST, "Doe, Jane\nRoe, Rick", ["Doe, Jane", "Roe, Rick"]).value == 1.0


@pytest.mark.parametrize(("measure", "value"), [("f1", 0.8), ("precision", 1.0), ("recall", 2 / 3)])
def test_sets_are_compared_by_precision_recall_and_f1(
    measure: Literal["f1", "precision", "recall"], value: float
) -> None:
    spec = ListSpec(name="items", type="list", measure=measure)

    assert score(spec, "Rome, Paris, Rome", CITIES).value == pytest.approx(value)


def test_a_reason_names_what_is_missing_and_what_is_too_much() -> None:
    assert score(LIST, "Paris, Rome, Oslo", CITIES).reason == (
        "f1 0.6667: 2 of 3 found; missing: “London”; not in the reference: “Oslo”"
    )


def test_where_the_order_counts_items_are_compared_by_their_place() -> None:
    found = score(ORDERED, "Paris, Rome, London, Oslo", CITIES)

    assert found.value == pytest.approx(2 * 1 / 7)
    assert found.reason == (
        "f1 0.2857: 1 of 3 at their place; item 2 is “Rome” instead of “London”; 4 items instead of 3"
    )


def test_case_is_folded_only_where_it_is_asked_for() -> None:
    assert score(LIST, "paris, LONDON, Rome", CITIES).value == pytest.approx(1 / 3)
    assert score(FOLDED, "paris, LONDON, Rome", CITIES).value == 1.0


@pytest.mark.parametrize(("text", "value"), [("[]", 1.0), ("None.", 1.0), ("", 1.0), ("Paris", 0.0)])
def test_an_empty_list_may_be_right(text: str, value: float) -> None:
    assert score(LIST, text, []).value == value


@pytest.mark.parametrize("measure", ["f1", "precision", "recall"])
def test_nothing_said_is_wrong_where_something_is_expected(measure: Literal["f1", "precision", "recall"]) -> None:
    spec = ListSpec(name="items", type="list", measure=measure)

    assert score(spec, "[]", CITIES).value == 0.0


@pytest.mark.parametrize("reference", [[1, 2.5, True], "1, 2.5, true", "[1, 2.5, true]", "- 1\n- 2.5\n- true"])
def test_a_reference_is_a_list_or_a_text_that_holds_one(reference: Any) -> None:
    assert score(LIST, "[true, 1, 2.5]", reference).value == 1.0


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        (["a"], None),
        ([], None),
        (7, None),
        (None, "the reference is missing"),
        (" ", "the reference is missing"),
        ({"a": []}, "the reference is structured; name the list in it with 'reference'"),
        (["a", None], "the reference holds an item that is not text"),
        ([["a"]], "the reference holds an item that is not text"),
    ],
)
def test_a_reference_that_is_no_list_is_refused(reference: Any, problem: str | None) -> None:
    assert reference_problem(LIST, reference) == problem


def test_a_list_nested_too_deeply_is_no_error() -> None:
    assert score(LIST, "[" * 100_000 + "]" * 100_000, ["a"]).value == 0.0
    assert score(LIST, '{"a":' * 900 + "[[" + "[" * 50 + "]" * 52 + "}" * 900, ["a"]).value == 0.0


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=9), st.sampled_from(["- ", "1. "]))
def test_the_reference_itself_is_a_right_list(items: list[str], mark: str) -> None:
    assert score(ORDERED, "\n".join(f"{mark}{item}" for item in items), items).value == 1.0
    assert score(LIST, ", ".join(items), items).value == 1.0
