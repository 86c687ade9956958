"""How many cases a margin needs, against hand-worked numbers and against the gate itself."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from brainswap.core.statistics.bounded_mean import Atom, mean_limits, mean_of
from brainswap.core.statistics.intervals import clopper_pearson
from brainswap.core.statistics.power import (
    detectable_margin,
    discordant,
    draws_needed,
    evened,
    margin_about,
    power_of,
)

PARTIAL = [Atom(2, 1.0, 0.5), Atom(5, 1.0, -0.25), Atom(1, 1.0, 1.0), Atom(1, 1.0, -1.0), Atom(41, 1.0, 0.0)]


def needed(atoms: list[Atom], margin: float, confidence: float = 0.95, power: float = 0.8) -> int | None:
    return draws_needed(atoms, bound=-margin, least=-1.0, most=1.0, confidence=confidence, power=power)


def passing_rate(atoms: list[Atom], *, n: int, bound: float, confidence: float) -> float:
    """How often the lower end lies above the bound."""
    shares = np.array([atom.number for atom in atoms])
    samples = np.random.default_rng(7).multinomial(n, shares / shares.sum(), size=5_000)
    tables, repetitions = np.unique(samples, axis=0, return_counts=True)
    passed = 0
    for table, repeated in zip(tables.tolist(), repetitions.tolist(), strict=True):
        drawn = [atom._replace(number=number) for atom, number in zip(atoms, table, strict=True) if number]
        passed += repeated * (mean_limits(drawn, least=-1.0, most=1.0, confidence=confidence)[0] > bound)
    return passed / 5_000


def test_the_cases_for_two_points_at_twenty_percent_discordance_are_the_hand_worked_ones() -> None:
    # s(-0.02) = (0.2 + sqrt((1.8 * 0.02)^2 + 0.2^2 (1 - 0.02^2))) / 2 = 0.201585
    # (1.644854 sqrt(0.201585 - 0.0004) + 0.841621 sqrt(0.2))^2 / 0.0004 = 3103.9
    found = needed(discordant(0.2), 0.02, confidence=0.90)

    assert found == pytest.approx(3104, rel=0.003)


@pytest.mark.parametrize(
    ("margin", "share", "n"),
    [(0.02, 0.1, 2000), (0.03, 0.2, 1500), (0.05, 0.1, 300), (0.05, 0.3, 800), (0.08, 0.2, 200), (0.10, 0.1, 80)],
)
def test_the_cases_needed_are_about_those_of_a_grid_search(margin: float, share: float, n: int) -> None:
    # A search by simulation over coarse steps of n, with Bonett and Price's interval at a one-sided 5 %.
    found = needed(discordant(share), margin, confidence=0.90)

    assert found is not None
    assert 0.75 * n <= found <= 1.05 * n


@pytest.mark.parametrize("confidence", [0.90, 0.95])
@pytest.mark.parametrize(("margin", "share"), [(0.05, 0.05), (0.05, 0.2), (0.1, 0.1), (0.1, 0.3)])
def test_with_the_cases_needed_an_equal_target_passes_four_times_in_five(
    margin: float, share: float, confidence: float
) -> None:
    n = needed(discordant(share), margin, confidence)

    assert n is not None
    rate = passing_rate(discordant(share), n=n, bound=-margin, confidence=confidence)
    forecast = power_of(discordant(share), draws=n, bound=-margin, least=-1.0, most=1.0, confidence=confidence)
    assert rate == pytest.approx(forecast, abs=0.02)
    assert 0.8 <= forecast <= 0.85


@pytest.mark.parametrize("margin", [0.03, 0.1])
def test_with_the_cases_needed_an_equal_target_with_partial_credit_passes_four_times_in_five(margin: float) -> None:
    n = needed(evened(PARTIAL), margin)

    assert n is not None
    assert passing_rate(evened(PARTIAL), n=n, bound=-margin, confidence=0.95) == pytest.approx(0.8, abs=0.03)


def test_a_score_is_shown_to_reach_a_value_with_the_power_that_was_forecast() -> None:
    scores = [Atom(85, 1.0, 1.0), Atom(15, 1.0, 0.0)]

    n = draws_needed(scores, bound=0.8, least=0.0, most=1.0, confidence=0.95)

    assert n is not None
    shown = [clopper_pearson(successes, n, 0.95).low > 0.8 for successes in range(n + 1)]
    rate = float(np.dot(stats.binom.pmf(range(n + 1), n, 0.85), shown))
    assert power_of(scores, draws=n, bound=0.8, least=0.0, most=1.0, confidence=0.95) == pytest.approx(rate, abs=1e-9)
    assert 0.8 <= rate <= 0.83


def test_no_number_of_cases_shows_what_is_not_so() -> None:
    assert needed([Atom(1, 1.0, -1.0), Atom(9, 1.0, 0.0)], 0.05) is None


@pytest.mark.parametrize("n", [60, 200, 1000])
@pytest.mark.parametrize("atoms", [discordant(0.15), evened(PARTIAL)])
def test_at_the_detectable_margin_an_equal_target_passes_nine_times_in_ten(n: int, atoms: list[Atom]) -> None:
    margin = detectable_margin(atoms, draws=n, confidence=0.95, power=0.9)

    rate = passing_rate(atoms, n=n, bound=-margin - 1e-9, confidence=0.95)
    assert 0.87 <= rate <= 0.94


@settings(deadline=None, max_examples=30)
@given(n=st.integers(6, 10_000), share=st.floats(0.01, 0.9))  # of fewer cases, one more can be a step back
def test_more_cases_and_less_discordance_show_smaller_differences(n: int, share: float) -> None:
    margin = detectable_margin(discordant(share), draws=n, confidence=0.95)

    assert detectable_margin(discordant(share), draws=2 * n, confidence=0.95) < margin
    assert detectable_margin(discordant(share * 1.1), draws=n, confidence=0.95) >= margin * 0.97


@pytest.mark.parametrize("atoms", [discordant(0.2), evened(PARTIAL)])
def test_the_margin_by_the_formula_is_about_the_detectable_one(atoms: list[Atom]) -> None:
    for n in (300, 2000):
        expected = detectable_margin(atoms, draws=n, confidence=0.95)
        assert margin_about(atoms, draws=n, confidence=0.95) == pytest.approx(expected, rel=0.06)


def test_the_margin_by_the_formula_of_draws_that_are_all_the_same_is_what_they_leave_open() -> None:
    z_squared = 1.959963984540054**2

    assert margin_about([Atom(1, 1.0, 0.0)], draws=50, confidence=0.95) == pytest.approx(z_squared / (50 + z_squared))


def test_without_discordance_the_detectable_margin_is_the_limit_of_full_agreement() -> None:
    z_squared = 1.959963984540054**2

    assert detectable_margin(discordant(0), draws=100, confidence=0.95) == pytest.approx(z_squared / (100 + z_squared))


def test_evened_differences_favour_nobody() -> None:
    assert mean_of(PARTIAL) != 0
    assert mean_of(evened(PARTIAL)) == pytest.approx(0)
    assert sum(atom.number for atom in evened(PARTIAL)) == pytest.approx(50)


@pytest.mark.parametrize("bound", [-1, 1, 1.5, math.nan])
def test_a_bound_outside_the_values_is_refused(bound: float) -> None:
    with pytest.raises(ValueError, match="bound must lie inside"):
        draws_needed(discordant(0.1), bound=bound, least=-1.0, most=1.0, confidence=0.95)


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_a_share_outside_its_range_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share must lie in"):
        discordant(share)


def test_no_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="draws must be at least 1"):
        power_of(discordant(0.1), draws=0, bound=-0.1, least=-1.0, most=1.0, confidence=0.95)


@pytest.mark.parametrize("probability", [0, 1, 80])
def test_a_power_or_confidence_outside_its_range_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="must lie inside"):
        needed(discordant(0.2), 0.05, power=probability)
    with pytest.raises(ValueError, match="must lie inside"):
        detectable_margin(discordant(0.2), draws=100, confidence=probability)
