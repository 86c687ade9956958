from typing import Any

import pytest

from brainswap.core.scoring.extraction import SEARCHED
from brainswap.core.scoring.scorers import reference_problem, score, spec_problem
from brainswap.core.scoring.specs import ContainsSpec, ExactSpec, RegexSpec, ScorerSpec

EXACT = ExactSpec(name="same", type="exact")
CONTAINS = ContainsSpec(name="holds", type="contains")


def test_an_answer_equals_its_reference_apart_from_white_space_around_it() -> None:
    assert score(EXACT, "\n Paris ", "Paris").value == 1.0
    assert score(EXACT, "Paris.", "Paris").value == 0.0
    assert score(EXACT, "paris", "Paris").value == 0.0


def test_case_is_folded_only_where_it_is_asked_for() -> None:
    folding = ExactSpec(name="same", type="exact", ignore_case=True)

    assert score(folding, "STRASSE", "Straße").value == 1.0
    assert score(folding, "gasse", "Straße").value == 0.0


def test_any_member_of_a_list_is_right() -> None:
    assert score(EXACT, "NYC", ["New York", "NYC"]).value == 1.0
    assert score(CONTAINS, "It is in NYC.", ["New York", "NYC"]).value == 1.0
    assert score(EXACT, "Boston", ["New York", "NYC"]).reason == (
        "“Boston” is not any of 2 references, such as “New York”"
    )


@pytest.mark.parametrize(("reference", "text"), [(64, "64"), (64.5, "64.5"), (True, "true"), (" 64 ", "64")])
def test_a_scalar_reference_is_compared_as_json_writes_it(reference: Any, text: str) -> None:
    assert score(EXACT, text, reference).value == 1.0


@pytest.mark.parametrize(
    ("spec", "reference", "problem"),
    [
        (EXACT, None, "the reference is missing"),
        (EXACT, [], "the reference is missing"),
        (EXACT, ["a", None], "the reference is missing"),
        (EXACT, {"a": 1}, "the reference is structured; name the part to compare with 'reference'"),
        (EXACT, [["a"]], "the reference is structured; name the part to compare with 'reference'"),
        (CONTAINS, " ", "the reference is blank, and every answer contains that"),
        (CONTAINS, None, "the reference is missing"),
    ],
)
def test_a_reference_that_cannot_be_compared_is_refused(spec: ScorerSpec, reference: Any, problem: str) -> None:
    assert reference_problem(spec, reference) == problem
    assert score(spec, "a", reference).value is None


def test_contained_text_is_found_in_any_case_unless_told_otherwise() -> None:
    strict = ContainsSpec(name="holds", type="contains", ignore_case=False)

    assert score(CONTAINS, "I say: PARIS!", "Paris").reason == "the answer contains “Paris”"
    assert score(strict, "I say: PARIS!", "Paris").reason == "the answer does not contain “Paris”"


def test_a_value_of_the_scorer_needs_no_reference() -> None:
    signed = ContainsSpec(name="signed", type="contains", value="Kind regards")

    assert reference_problem(signed, None) is None
    assert score(signed, "…\nKind regards,\nA. Bot", None).value == 1.0
    assert score(signed, "…\nCheers", "Cheers").value == 0.0


def test_a_pattern_is_searched_anywhere() -> None:
    dated = RegexSpec(name="dated", type="regex", pattern=r"\b\d{4}-\d{2}-\d{2}\b")

    assert reference_problem(dated, None) is None
    assert score(dated, "on 2026-11-30.", None).reason == r"“2026-11-30” in the answer matches “\b\d{4}-\d{2}-\d{2}\b”"
    assert score(dated, "tomorrow", None).reason == r"no match of “\b\d{4}-\d{2}-\d{2}\b” in the answer"


def test_a_pattern_sees_the_start_of_an_endless_answer_and_the_reason_says_so() -> None:
    found = score(RegexSpec(name="end", type="regex", pattern="end"), "x" * SEARCHED + "end", None)

    assert found.value == 0.0
    assert found.reason == "no match of “end” in the answer's first 200,000 characters"


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (EXACT, None),
        (CONTAINS, None),
        (ContainsSpec(name="a", type="contains", value=" "), "value is blank, and every answer contains that"),
        (
            RegexSpec(name="a", type="regex", pattern="[a"),
            "pattern '[a' is not a regular expression: unterminated character set at position 0",
        ),
        (RegexSpec(name="a", type="regex", pattern="(?i)a"), None),
    ],
)
def test_a_scorer_of_text_that_can_never_work_is_a_problem(spec: ScorerSpec, problem: str | None) -> None:
    assert spec_problem(spec) == problem
