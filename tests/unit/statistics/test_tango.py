"""Tango's interval against published values, against the likelihood itself, and at its ends."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, special, stats

from brainswap.core.statistics.intervals import wilson
from brainswap.core.statistics.tango import constrained_discordance, tango_limits


def tangos_statistic(only_source: int, only_target: int, n: int, difference: float) -> float:
    """Tango 1998 in his own variables: the smaller cell q from a quadratic A q^2 + B q + C."""
    b, c = only_target, only_source
    quadratic, linear, constant = 2 * n, -b - c + (2 * n - b + c) * difference, -c * difference * (1 - difference)
    q = (math.sqrt(linear**2 - 4 * quadratic * constant) - linear) / (2 * quadratic)
    return (b - c - n * difference) / math.sqrt(n * (2 * q + difference * (1 - difference)))


def most_likely_discordance(only_source: int, only_target: int, n: int, difference: float) -> float:
    """The share of discordant pairs that maximises the multinomial likelihood, searched for without any algebra."""

    def improbability(q: float) -> float:
        return -float(
            special.xlogy(only_target, q + difference)
            + special.xlogy(only_source, q)
            + special.xlogy(n - only_source - only_target, 1 - 2 * q - difference)
        )

    bounds = (max(0.0, -difference), (1 - difference) / 2)
    found = optimize.minimize_scalar(improbability, bounds=bounds, method="bounded", options={"xatol": 1e-12})
    return 2 * float(found.x) + difference


def limits_by_brute_force(only_source: int, only_target: int, n: int, confidence: float) -> tuple[float, float]:
    z = float(stats.norm.isf((1 - confidence) / 2))
    observed = (only_target - only_source) / n

    def excess(difference: float) -> float:
        s = most_likely_discordance(only_source, only_target, n, difference)
        return n * (difference - observed) ** 2 - z * z * (s - difference**2)

    low = optimize.brentq(excess, -1 + 1e-9, observed - 1e-9, xtol=1e-12)
    high = optimize.brentq(excess, observed + 1e-9, 1 - 1e-9, xtol=1e-12)
    return low, high


@pytest.mark.parametrize(
    ("only_source", "only_target", "n", "confidence", "published"),
    [
        # Tango 1998, Statistics in Medicine 17:891: his examples, the second with an off-diagonal zero.
        (3, 9, 32, 0.95, (-0.027, 0.390)),
        (1, 0, 44, 0.90, (-0.096, 0.037)),
        # Agresti and Min 2005, Statistics in Medicine 24:729.
        (8, 16, 86, 0.95, (-0.020, 0.207)),
        # Fagerland, Lydersen and Laake 2014, Statistics in Medicine 33:2850, table V.
        (7, 1, 21, 0.95, (-0.517, -0.026)),
        # Fagerland, Lydersen and Laake 2017, Statistical Analysis of Contingency Tables, chapter 8.
        (16, 6, 161, 0.95, (-0.124, -0.005)),
    ],
)
def test_the_limits_are_the_published_ones(
    only_source: int, only_target: int, n: int, confidence: float, published: tuple[float, float]
) -> None:
    low, high = tango_limits(only_source=only_source, only_target=only_target, n=n, confidence=confidence)

    assert (round(low, 3), round(high, 3)) == published


@pytest.mark.parametrize(
    ("only_source", "only_target", "n"),
    [(1, 1, 2), (0, 2, 5), (3, 0, 9), (2, 5, 10), (4, 4, 25), (1, 30, 40), (0, 0, 60), (9, 22, 300), (700, 650, 9000)],
)
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_limits_are_those_of_a_numerically_maximised_likelihood(
    only_source: int, only_target: int, n: int, confidence: float
) -> None:
    limits = tango_limits(only_source=only_source, only_target=only_target, n=n, confidence=confidence)

    assert limits == pytest.approx(limits_by_brute_force(only_source, only_target, n, confidence), abs=1e-6)


@given(
    n=st.integers(1, 1_000_000),
    discordant=st.floats(0, 1),
    lost=st.floats(0, 1),
    confidence=st.floats(0.5, 0.9999),
)
def test_the_score_test_just_rejects_at_either_limit(n: int, discordant: float, lost: float, confidence: float) -> None:
    pairs = round(discordant * n)
    only_source = round(lost * pairs)
    only_target = pairs - only_source
    assume(max(only_source, only_target) < n)

    low, high = tango_limits(only_source=only_source, only_target=only_target, n=n, confidence=confidence)

    z = stats.norm.isf((1 - confidence) / 2)
    assert -1 < low <= (only_target - only_source) / n <= high < 1
    assert tangos_statistic(only_source, only_target, n, low) == pytest.approx(z, rel=1e-4)
    assert tangos_statistic(only_source, only_target, n, high) == pytest.approx(-z, rel=1e-4)


@pytest.mark.parametrize("n", range(1, 9))
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.9999, 0.9999999])
def test_the_score_test_just_rejects_at_either_limit_of_every_small_table(n: int, confidence: float) -> None:
    z = stats.norm.isf((1 - confidence) / 2)

    for only_source in range(n):
        for only_target in range(n - only_source + (only_source > 0)):
            low, high = tango_limits(only_source=only_source, only_target=only_target, n=n, confidence=confidence)

            assert tangos_statistic(only_source, only_target, n, low) == pytest.approx(z, rel=1e-7)
            assert tangos_statistic(only_source, only_target, n, high) == pytest.approx(-z, rel=1e-7)


@given(
    only_source=st.integers(0, 300),
    only_target=st.integers(1, 300),
    rest=st.integers(1, 300),
    differences=st.tuples(st.floats(-0.999, 0.999), st.floats(-0.999, 0.999)),
)
def test_the_statistic_falls_with_the_difference_so_that_limits_are_unique(
    only_source: int, only_target: int, rest: int, differences: tuple[float, float]
) -> None:
    n = only_source + only_target + rest
    lower, upper = sorted(differences)

    def squared(difference: float) -> float:
        shares = {"source_share": only_source / n, "target_share": only_target / n}
        distance = (only_target - only_source) / n - difference
        return math.copysign(distance**2, distance) / (
            constrained_discordance(difference=difference, **shares) - difference**2
        )

    assert squared(lower) >= squared(upper) - 1e-9


@given(only_target=st.integers(0, 1000), rest=st.integers(1, 1000), confidence=st.floats(0.5, 0.9999))
def test_without_a_loss_the_upper_limit_is_wilsons_for_the_gains(
    only_target: int, rest: int, confidence: float
) -> None:
    n = only_target + rest

    _, high = tango_limits(only_source=0, only_target=only_target, n=n, confidence=confidence)

    assert high == pytest.approx(wilson(only_target, n, confidence).high, rel=1e-12)


@pytest.mark.parametrize("n", [1, 10, 1_000_000])
def test_without_a_discordant_pair_the_limits_are_z_squared_over_n_plus_z_squared(n: int) -> None:
    limits = tango_limits(only_source=0, only_target=0, n=n, confidence=0.95)

    z_squared = 1.959963984540054**2
    assert limits == pytest.approx((-z_squared / (n + z_squared), z_squared / (n + z_squared)), rel=1e-12)


@pytest.mark.parametrize("n", [1, 10, 1_000_000])
def test_with_nothing_but_losses_the_lower_limit_is_the_end_of_the_scale(n: int) -> None:
    limits = tango_limits(only_source=n, only_target=0, n=n, confidence=0.95)

    z_squared = 1.959963984540054**2
    assert limits[0] == -1.0
    assert limits[1] == pytest.approx((z_squared - n) / (z_squared + n), rel=1e-12)


@pytest.mark.parametrize("n", [1, 10, 1_000_000])
def test_with_nothing_but_gains_the_upper_limit_is_the_end_of_the_scale(n: int) -> None:
    limits = tango_limits(only_source=0, only_target=n, n=n, confidence=0.95)

    z_squared = 1.959963984540054**2
    assert limits[0] == pytest.approx((n - z_squared) / (n + z_squared), rel=1e-12)
    assert limits[1] == 1.0


def test_with_a_million_pairs_the_limits_are_walds() -> None:
    low, high = tango_limits(only_source=110_000, only_target=90_000, n=1_000_000, confidence=0.95)

    reach = 1.959963984540054 * math.sqrt((0.2 - 0.02**2) / 1_000_000)
    assert (low, high) == pytest.approx((-0.02 - reach, -0.02 + reach), abs=1e-6)


@pytest.mark.parametrize("difference", [-0.9, -0.2, 0.0, 0.05, 0.4])
def test_the_constrained_discordance_is_the_most_likely_one(difference: float) -> None:
    s = constrained_discordance(source_share=0.1, target_share=0.25, difference=difference)

    assert s == pytest.approx(most_likely_discordance(10, 25, 100, difference), abs=1e-7)


def test_the_constrained_discordance_at_the_observed_difference_is_the_observed_one() -> None:
    assert constrained_discordance(source_share=0.1, target_share=0.25, difference=0.15) == pytest.approx(0.35)
