from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.scoring.number import _numbers, _plain, first_number, last_number
from brainswap.core.scoring.scorers import reference_problem, score, spec_problem
from brainswap.core.scoring.specs import NumberSpec

EQUAL = NumberSpec(name="correct", type="number")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("64", "64"),
        ("64.0", "64"),
        ("$64", "64"),
        ("64$", "64"),
        ("64%", "64"),
        ("USD64", "64"),
        ("\u20ac 64", "64"),
        ("**64** apples and 3 pears", "64"),
        ("1,234.50", "1234.5"),
        ("1,450,000", "1450000"),
        ("1,45,000", "145000"),
        ("1'234.50", "1234.5"),
        ("1\u2019234", "1234"),
        ("9\u00a0500", "9500"),
        ("9\u202f500", "9500"),
        ("$9 500", "9"),
        ("1.234", "1.234"),
        ("1.234,50", "1234.5"),
        ("1.234.567", "1234567"),
        ("3,14", "3.14"),
        ("0,123", "0.123"),
        ("1, 2, 3", "1"),
        ("1,2,3", "1"),
        ("1.2.3", "1.2"),
        (".416", "0.416"),
        ("approx.5", "5"),
        ("-3", "-3"),
        ("\u22123", "-3"),
        ("-$6", "-6"),
        ("$-6", "-6"),
        ("-\u20ac6", "-6"),
        ("+5", "5"),
        ("8-4", "8"),
        ("covid-19", "19"),
        ("x - 3", "3"),
        ("1e3", "1000"),
        ("2.5E-3", "1/400"),
        ("5e", "5"),
        ("3/4", "3/4"),
        ("-3/4", "-3/4"),
        ("1 3/4", "7/4"),
        ("-1 3/4", "-7/4"),
        ("18 20/7", "18"),
        ("1/2/2024", "1"),
        ("2:00 pm", "2"),
        ("20 * 40 = 800", "20"),
        ("\u0663\u0664", "34"),
        ("The total is 18.", "18"),
    ],
)
def test_the_first_number_is_read_as_people_write_it(text: str, value: str) -> None:
    number = first_number(text)

    assert number is not None
    assert number.value == Fraction(value)


@pytest.mark.parametrize("text", ["", "none", "NaN", "Infinity", "½", "1/0", "1e1000", "9" * 401, ".", "-", "$", "²"])
def test_what_is_no_usable_number_is_none(text: str) -> None:
    assert first_number(text) is None


def test_the_last_number_is_the_last_one() -> None:
    assert last_number("1, 2 and -$3.50!") == "-$3.50"


@given(st.text("0123456789.,'-$%/eE()x \n\t\u00a0\u2009\u0663\u20ac", max_size=30))
def test_the_last_number_is_what_reading_from_the_front_ends_with(text: str) -> None:
    read = [text[found.start() : found.end()] for found in _numbers(_plain(text))]

    assert last_number(text) == (read[-1] if read else None)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6))
def test_any_decimal_is_read_exactly_with_and_without_grouping(number: Any) -> None:
    plain, grouped = first_number(f"= {number:f}."), first_number(f"= {number:,f}.")

    assert plain is not None
    assert grouped is not None
    assert plain.value == grouped.value == Fraction(number)


def test_numbers_are_compared_exactly() -> None:
    assert score(EQUAL, "0.1", "0.10").value == 1.0
    assert score(EQUAL, "0.30000000000000004", 0.3).value == 0.0
    assert score(EQUAL, "9007199254740993", "9007199254740992").value == 0.0


def test_a_tolerance_counts_as_the_decimal_that_is_written() -> None:
    tolerant = NumberSpec(name="close", type="number", tolerance=0.3)

    assert score(tolerant, "1.3", "1").value == 1.0
    assert score(tolerant, "0.7", "1").value == 1.0
    assert score(tolerant, "1.3000000000000000001", "1").value == 0.0


def test_a_relative_tolerance_grows_with_the_reference() -> None:
    relative = NumberSpec(name="close", type="number", tolerance=0.01, relative=True)

    assert score(relative, "-202", "-200").value == 1.0
    assert score(relative, "-202.1", "-200").value == 0.0


def test_the_reason_quotes_both_numbers() -> None:
    tolerant = NumberSpec(name="close", type="number", tolerance=0.5)

    assert score(EQUAL, "It is $64.", 65).reason == "“$64” is not “65”"
    assert score(tolerant, "It is $64.", 64.25).reason == "“$64” is “64.25” within 0.5"
    assert score(EQUAL, "no idea", 65).reason == "no usable number in “no idea”"


@pytest.mark.parametrize("reference", [64, 64.5, -1, "64", "1,450,000", "$64", "#### 18", "16 apples", "3/4"])
def test_numbers_and_numeric_text_are_references(reference: Any) -> None:
    assert reference_problem(EQUAL, reference) is None
    assert score(EQUAL, str(reference), reference).value == 1.0


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        (None, "the reference is not a number"),
        (True, "the reference is not a number"),
        ([64], "the reference is not a number"),
        ({"a": 64}, "the reference is not a number"),
        ("", "the reference “” is not a number"),
        ("many", "the reference “many” is not a number"),
        (float("nan"), "the reference “NaN” is not a number"),
        (float("inf"), "the reference “Infinity” is not a number"),
        ("3 or 4", "the reference “3 or 4” holds more than one number"),
    ],
)
def test_other_references_are_refused(reference: Any, problem: str) -> None:
    assert reference_problem(EQUAL, reference) == problem
    assert score(EQUAL, "64", reference).value is None


def test_an_endless_tolerance_is_a_problem() -> None:
    endless = NumberSpec(name="close", type="number", tolerance=float("inf"))

    assert spec_problem(endless) == "tolerance must be a finite number"
    assert spec_problem(EQUAL) is None
