from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.scoring.comparisons import number_of, order, orderable, same

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=ZONES)  # noqa: DTZ001 - bounds are naive
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, True),
        (0.1, "0.1", True),
        ("1,234.50", 1234.5, True),
        ("€12", 12, True),
        ("12 apples", 12, False),
        (True, 1, False),
        (True, True, True),
        (None, None, True),
        (None, "", False),
        (" yes", "yes ", True),
        ("Yes", "yes", False),
        ("007", "7", False),
        (7, "007", True),
        ("2026-01-05", "2026-01-05T23:00:00Z", True),
        ("2026-01-05T12:00+02:00", "2026-01-05T10:00:00Z", True),
        ("2026-01-05T12:00", "2026-01-05 12:00:00.000Z", True),
        ("2026-13-05", "2026-13-05T00:00", False),
        ({"a": [1, {"b": 2}]}, {"a": [1.0, {"b": 2.0}]}, True),
        ([1, 2], [2, 1], False),
        (float("inf"), float("inf"), False),
    ],
)
def test_values_are_equal_as_a_person_would_have_it(left: Any, right: Any, *, equal: bool) -> None:
    assert same(left, right) is equal
    assert same(right, left) is equal


def test_case_may_be_ignored() -> None:
    assert same("STRASSE", "straße", ignore_case=True)


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        (0.1 + 0.2, 0.3, 1),
        (10**400, 10**400 + 1, -1),
        ("100", "20", 1),
        ("19.99", 20, -1),
        ("2026-01-05", "2025-12-31", 1),
        ("2026-01-05T09:00", "2026-01-05", 0),
        ("2026-01-05T00:30+01:00", "2026-01-05T00:00Z", -1),
        ("2026-01-05", 2026, None),
        ("abc", "abd", None),
        (True, 2, None),
        (None, 1, None),
        ([1], [2], None),
        (float("nan"), 1, None),
        ("9" * 500, 1, None),
    ],
)
def test_numbers_and_dates_have_an_order_and_nothing_else(left: Any, right: Any, found: int | None) -> None:
    assert order(left, right) == found
    assert order(right, left) == (None if found is None else -found)


@given(NUMBERS, NUMBERS)
def test_numbers_are_compared_as_they_are_written(left: float, right: float) -> None:
    first, second = Fraction(repr(left)), Fraction(repr(right))

    assert order(left, right) == (first > second) - (first < second)
    assert same(left, right) is (first == second)


@given(MOMENTS, MOMENTS)
def test_moments_are_compared_whatever_their_zones(left: datetime, right: datetime) -> None:
    first, second = left.replace(second=0, microsecond=0), right.replace(second=0, microsecond=0)

    found = order(first.isoformat(), second.isoformat())

    assert found == (first > second) - (first < second)
    assert same(first.isoformat(), first.astimezone(UTC).isoformat())


@given(JSON, JSON)
def test_any_two_values_are_compared(left: Any, right: Any) -> None:
    assert same(left, left)
    assert same(left, right) is same(right, left)
    assert order(left, right) is None or (orderable(left) and orderable(right))


@given(st.text(max_size=12))
def test_only_a_text_that_is_a_number_as_a_whole_is_one(text: str) -> None:
    assert number_of(f"{text} apples") is None
