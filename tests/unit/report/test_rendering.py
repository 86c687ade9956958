import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.report import rendering
from brainswap.report.rendering import Unit

ANY = st.floats() | st.none()
FINITE = st.floats(allow_nan=False, allow_infinity=False)
UNITS: st.SearchStrategy[Unit] = st.sampled_from(["percent", "points", "ratio", "count", "plain"])


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.912, "91.2 %"),
        (1.0, "100.0 %"),
        (0.0, "0.0 %"),
        (-0.0, "0.0 %"),
        (0.9996, "99.96 %"),
        (0.0004, "0.04 %"),
        (1e-12, "just over 0 %"),
        (1 - 1e-12, "just under 100 %"),
        (None, "unknown"),
        (math.nan, "unknown"),
        (math.inf, "unknown"),
    ],
)
def test_a_share_is_told_from_none_and_from_all(share: float | None, text: str) -> None:
    assert rendering.percentage(share) == text


def test_a_share_is_followed_by_its_interval_in_the_same_unit() -> None:
    assert rendering.percentage_interval(0.912, 0.884, 0.934) == "91.2 % (88.4 to 93.4)"


@pytest.mark.parametrize(("low", "high"), [(None, 0.9), (0.8, None), (math.nan, 0.9)])
def test_an_interval_with_an_end_missing_is_left_out(low: float | None, high: float | None) -> None:
    assert rendering.percentage_interval(0.912, low, high) == "91.2 %"


def test_an_interval_around_nothing_is_unknown() -> None:
    assert rendering.points_interval(None, -0.1, 0.1) == "unknown"


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (0.032, "+3.2 points"),
        (-0.012, "\u22121.2 points"),
        (0.0, "0.0 points"),
        (-0.0, "0.0 points"),
        (0.0001, "+0.01 points"),
        (-1e-12, "just under 0 points"),
        (None, "unknown"),
    ],
)
def test_a_difference_says_its_direction(difference: float | None, text: str) -> None:
    assert rendering.points(difference) == text


def test_a_difference_is_followed_by_its_interval() -> None:
    assert rendering.points_interval(0.032, -0.004, 0.068) == "+3.2 points (\u22120.4 to +6.8)"


def test_the_end_of_an_interval_does_not_round_onto_the_bound() -> None:
    text = rendering.points_interval(0.01, -0.01999, 0.04, bound=-0.02)

    assert text == "+1.0 points (\u22121.999 to +4.0)"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.84, "0.84x"), (1.0, "1.00x"), (0.999, "0.999x"), (1.0004, "1.0004x"), (12.0, "12.00x"), (None, "unknown")],
)
def test_a_ratio_is_told_from_one(value: float | None, text: str) -> None:
    assert rendering.ratio(value) == text


def test_a_ratio_is_followed_by_its_interval() -> None:
    assert rendering.ratio_interval(0.84, 0.79, 0.9) == "0.84x (0.79 to 0.90)"
    assert rendering.ratio_interval(0.84, None, None) == "0.84x"


@pytest.mark.parametrize(
    ("value", "bound", "unit", "texts"),
    [
        (0.01999, 0.02, "points", ("+1.999 points", "+2.000 points")),
        (-0.02, -0.02, "points", ("\u22122.0 points", "\u22122.0 points")),
        (0.84, 1.0, "ratio", ("0.84x", "1.00x")),
        (1.0004, 1.0, "ratio", ("1.0004x", "1.0000x")),
        (3.0, 0.0, "count", ("3", "0")),
        (0.0213, 0.0213, "points", ("+2.13 points", "+2.13 points")),
        (0.5, 0.0213, "points", ("+50.00 points", "+2.13 points")),
        (-0.02 - 1e-12, -0.02, "points", ("a trace less than the bound", "\u22122.0 points")),
        (1.0 + 1e-12, 1.0, "ratio", ("a trace more than the bound", "1.00x")),
        (None, 1.0, "ratio", ("unknown", "1.00x")),
        (0.84, None, "ratio", ("0.84x", "unknown")),
    ],
)
def test_a_value_and_its_bound_have_as_many_digits_as_tell_them_apart(
    value: float | None, bound: float | None, unit: Unit, texts: tuple[str, str]
) -> None:
    assert rendering.against_bound(value, bound, unit) == texts


@given(value=FINITE, bound=FINITE, unit=UNITS)
def test_a_value_and_its_bound_read_the_same_only_where_they_are_the_same(
    value: float, bound: float, unit: Unit
) -> None:
    value_text, bound_text = rendering.against_bound(value, bound, unit)

    huge = value_text == bound_text and value_text.startswith(("over", "under"))
    assert (value_text == bound_text) == (value == bound) or huge


@given(bound=st.floats(min_value=0.001, max_value=1), steps=st.integers(1, 5))
def test_the_next_floats_beside_a_bound_do_not_read_like_it(bound: float, steps: int) -> None:
    value = bound
    for _ in range(steps):
        value = math.nextafter(value, 0)

    value_text, bound_text = rendering.against_bound(value, bound, "points")

    assert value_text != bound_text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0.00042, "$0.00042"),
        (1234.4, "$1,234"),
        (999.996, "$1,000"),
        (12.345678, "$12.35"),
        (0.25, "$0.25"),
        (0.5, "$0.50"),
        (0.9996, "$1.00"),
        (0.0000123456, "$0.0000123"),
        (0, "$0"),
        (-0.0, "$0"),
        (-3.2, "\u2212$3.20"),
        (1e-12, "just over $0"),
        (-1e-12, "just under $0"),
        (Decimal("0.00042"), "$0.00042"),
        (Decimal(1234567), "$1,234,567"),
        (None, "unknown"),
        (math.nan, "unknown"),
    ],
)
def test_dollars_are_exact_where_they_are_small(amount: float | Decimal | None, text: str) -> None:
    assert rendering.dollars(amount) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (840.2, "840 ms"),
        (999.6, "1.00 s"),
        (1240, "1.24 s"),
        (12_400, "12.4 s"),
        (9_996, "10.0 s"),
        (125_000, "2 min 5 s"),
        (119_999.6, "2 min 0 s"),
        (4.23, "4.2 ms"),
        (9.96, "10 ms"),
        (0.042, "0.04 ms"),
        (0, "0 ms"),
        (None, "unknown"),
        (math.inf, "unknown"),
    ],
)
def test_a_time_is_said_as_a_person_would_say_it(milliseconds: float | None, text: str) -> None:
    assert rendering.duration(milliseconds) == text


@given(
    number=ANY,
    render=st.sampled_from(
        [
            rendering.percentage,
            rendering.points,
            rendering.ratio,
            rendering.dollars,
            rendering.duration,
            rendering.mean,
            lambda number: rendering.points_interval(number, number, number),
            lambda number: rendering.ratio_interval(number, number, number, bound=1.0),
            lambda number: rendering.measured(number, "count"),
        ]
    ),
)
def test_no_number_is_ever_written_as_a_machine_would(
    number: float | None, render: Callable[[float | None], str]
) -> None:
    text = render(number)

    digits = "".join(character for character in text if character in "0123456789.,")
    assert "e+" not in text
    assert "e-" not in text
    assert "nan" not in text
    assert "inf" not in text
    assert "-" not in text
    assert len(digits) < 80
    if number is not None and math.isfinite(number):
        assert "unknown" not in text


@given(unit=UNITS, value=FINITE)
def test_zero_has_no_sign_and_only_zero_reads_as_zero(unit: Unit, value: float) -> None:
    zero = rendering.measured(0.0, unit)

    assert rendering.measured(-0.0, unit) == zero
    assert not zero.startswith(("+", rendering.MINUS))
    assert (rendering.measured(value, unit) == zero) == (value == 0)


@given(amounts=st.tuples(st.floats(0, 1e12), st.floats(0, 1e12)))
def test_more_dollars_never_read_as_fewer(amounts: tuple[float, float]) -> None:
    low, high = sorted(amounts)
    first, second = (rendering.dollars(amount) for amount in (low, high))

    if not first.startswith("just") and not second.startswith("just"):
        assert Decimal(first[1:].replace(",", "")) <= Decimal(second[1:].replace(",", ""))


@pytest.mark.parametrize(("confidence", "text"), [(0.95, "95 %"), (0.975, "97.5 %"), (0.5, "50 %"), (0.9, "90 %")])
def test_a_level_of_confidence_keeps_the_digits_it_was_declared_with(confidence: float, text: str) -> None:
    assert rendering.level(confidence) == text


def test_things_are_counted_in_the_singular_and_in_the_plural() -> None:
    assert rendering.count(1, "case") == "1 case"
    assert rendering.count(0, "case") == "0 cases"
    assert rendering.count(1204, "case") == "1,204 cases"
    assert rendering.count(2, "analysis", "analyses") == "2 analyses"


def test_means_are_whole_where_they_are_large() -> None:
    assert rendering.mean(812.6) == "813"
    assert rendering.mean(12.34) == "12.3"
    assert rendering.mean(None) == "unknown"


def test_a_moment_is_told_in_utc_wherever_it_was_taken() -> None:
    elsewhere = datetime(2026, 11, 5, 18, 3, tzinfo=timezone(timedelta(hours=2)))

    assert rendering.moment(elsewhere) == "5 November 2026, 16:03 UTC"
    assert rendering.moment(elsewhere.astimezone(UTC)) == rendering.moment(datetime(2026, 11, 5, 16, 3))  # noqa: DTZ001 - a moment without a zone is what is tested


def test_what_is_unknown_says_why_where_it_can() -> None:
    assert rendering.unknown("no price is known") == "unknown: no price is known"
    assert rendering.unknown(None) == "unknown"
