"""How many cases a margin needs, against hand-worked numbers and against the gate itself."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.statistics.moments import PairedCounts
from brainswap.core.statistics.paired import compare_binary
from brainswap.core.statistics.power import cases_needed_binary, detectable_difference_binary


def passing_rate(*, n: int, discordant_share: float, margin: float, confidence: float) -> float:
    """How often a target that is truly equal passes the gate."""
    half = discordant_share / 2
    samples = np.random.default_rng(7).multinomial(n, [half, half, 1 - discordant_share], size=10_000)
    tables, repetitions = np.unique(samples, axis=0, return_counts=True)
    passed = 0
    for (only_source, only_target, tied), repeated in zip(tables.tolist(), repetitions.tolist(), strict=True):
        counts = PairedCounts(both_right=tied, only_source=only_source, only_target=only_target)
        if compare_binary(counts, confidence).low > -margin:
            passed += repeated
    return passed / 10_000


def test_the_cases_for_five_points_at_twenty_percent_discordance_are_the_hand_worked_ones() -> None:
    # s(-0.05) = (0.2 + sqrt((1.8 * 0.05)^2 + 0.2^2 (1 - 0.05^2))) / 2 = 0.209545
    # (1.644854 sqrt(0.209545 - 0.0025) + 0.841621 sqrt(0.2))^2 / 0.0025 = 506.04
    assert cases_needed_binary(0.05, 0.2, 0.90, 0.8) == 507


@pytest.mark.parametrize(
    ("margin", "discordant_share", "n"),
    [(0.02, 0.1, 2000), (0.03, 0.2, 1500), (0.05, 0.1, 300), (0.05, 0.3, 800), (0.08, 0.2, 200), (0.10, 0.1, 80)],
)
def test_the_cases_needed_are_about_those_of_a_grid_search(margin: float, discordant_share: float, n: int) -> None:
    # A search by simulation over coarse steps of n, with Bonett and Price's interval at a one-sided 5 %.
    needed = cases_needed_binary(margin, discordant_share, 0.90)

    assert 0.75 * n <= needed <= 1.05 * n


@pytest.mark.parametrize("confidence", [0.90, 0.95])
@pytest.mark.parametrize(("margin", "discordant_share"), [(0.05, 0.05), (0.05, 0.2), (0.1, 0.1), (0.1, 0.3)])
def test_with_the_cases_needed_an_equal_target_passes_four_times_in_five(
    margin: float, discordant_share: float, confidence: float
) -> None:
    n = cases_needed_binary(margin, discordant_share, confidence, 0.8)

    rate = passing_rate(n=n, discordant_share=discordant_share, margin=margin, confidence=confidence)
    assert 0.785 <= rate <= 0.87


@pytest.mark.parametrize("n", [60, 200, 1000])
def test_at_the_detectable_difference_an_equal_target_passes_nine_times_in_ten(n: int) -> None:
    margin = detectable_difference_binary(n, 0.15, 0.95, power=0.9)

    rate = passing_rate(n=n, discordant_share=0.15, margin=margin, confidence=0.95)
    assert 0.885 <= rate <= 0.94


@given(
    n=st.integers(10, 1_000_000),
    discordant_share=st.floats(0, 1),
    confidence=st.floats(0.6, 0.99),
    power=st.floats(0.5, 0.95),
)
def test_the_two_questions_have_the_same_answer(
    n: int, discordant_share: float, confidence: float, power: float
) -> None:
    margin = detectable_difference_binary(n, discordant_share, confidence, power)

    assert 0 < margin < 1
    assert cases_needed_binary(margin, discordant_share, confidence, power) == n


@given(n=st.integers(2, 10_000), discordant_share=st.floats(0.01, 0.9))
def test_more_cases_and_less_discordance_show_smaller_differences(n: int, discordant_share: float) -> None:
    margin = detectable_difference_binary(n, discordant_share, 0.95)

    assert detectable_difference_binary(2 * n, discordant_share, 0.95) < margin
    assert detectable_difference_binary(n, discordant_share * 1.1, 0.95) >= margin


def test_without_discordance_the_detectable_difference_is_the_limit_of_full_agreement() -> None:
    z_squared = 1.959963984540054**2

    assert detectable_difference_binary(100, 0, 0.95) == pytest.approx(z_squared / (100 + z_squared))


def test_one_case_shows_nothing() -> None:
    assert detectable_difference_binary(1, 1, 0.95, power=0.99) == 1.0


def test_a_generous_margin_still_needs_a_case() -> None:
    assert cases_needed_binary(0.999, 0.01, 0.5, power=0.5) == 1
    assert cases_needed_binary(0.05, 0.2, 0.5, power=0.01) == 1


@pytest.mark.parametrize("margin", [0, 1, -0.05, 5, math.nan])
def test_a_margin_outside_its_range_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="margin must lie inside"):
        cases_needed_binary(margin, 0.2, 0.95)


@pytest.mark.parametrize("discordant_share", [-0.1, 1.1, 20, math.nan])
def test_an_impossible_discordance_is_refused(discordant_share: float) -> None:
    with pytest.raises(ValueError, match="discordant_share must lie in"):
        cases_needed_binary(0.05, discordant_share, 0.95)
    with pytest.raises(ValueError, match="discordant_share must lie in"):
        detectable_difference_binary(100, discordant_share, 0.95)


def test_no_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="n must be at least 1"):
        detectable_difference_binary(0, 0.2, 0.95)


@pytest.mark.parametrize("probability", [0, 1, 80])
def test_a_power_or_confidence_outside_its_range_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="must lie inside"):
        cases_needed_binary(0.05, 0.2, 0.95, power=probability)
    with pytest.raises(ValueError, match="must lie inside"):
        detectable_difference_binary(100, 0.2, confidence=probability)
