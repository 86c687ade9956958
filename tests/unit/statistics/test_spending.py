import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from brainswap.core.statistics.distributions import critical_normal
from brainswap.core.statistics.spending import (
    confidence_at_look,
    critical_values,
    crossing,
    inflation,
    power_over_looks,
    spent,
)

shares = st.lists(st.integers(1, 20), min_size=1, max_size=6, unique=True).map(
    lambda twentieths: tuple(one / max(twentieths) for one in sorted(twentieths))
)


def inside(shares: Sequence[float], limits: Sequence[float], drift: float = 0.0) -> float:
    """The probability that the statistics of all these looks lie below their limits, by the multivariate normal."""
    covariance = [[math.sqrt(min(a, b) / max(a, b)) for b in shares] for a in shares]
    means = [drift * math.sqrt(share) for share in shares]
    return float(stats.multivariate_normal(mean=means, cov=covariance, seed=1).cdf(list(limits)))


@pytest.mark.parametrize("at", [(0.5, 1.0), (0.25, 0.5, 1.0), (0.1, 0.6, 0.7)])
def test_what_is_spent_at_each_look_is_the_probability_of_leaving_the_limits_there_first(at: tuple[float, ...]) -> None:
    limits = critical_values(0.025, at)

    for looks in range(1, len(at) + 1):
        assert 1 - inside(at[:looks], limits[:looks]) == pytest.approx(spent(0.025, at[looks - 1]), abs=2e-5)


def test_a_quarter_of_the_error_is_spent_after_half_of_the_cases_and_all_of_it_in_the_end() -> None:
    assert spent(0.04, 0.5) == pytest.approx(0.01)
    assert spent(0.04, 1.0) == pytest.approx(0.04)


def test_looks_that_spend_in_proportion_have_the_first_limit_of_their_share() -> None:
    (first, *_) = critical_values(0.025, (0.25, 0.5, 0.75, 1.0))

    assert first == pytest.approx(stats.norm.isf(0.025 / 16), abs=1e-9)


@given(error=st.floats(1e-4, 0.2))
def test_one_look_at_the_end_is_no_different_from_none(error: float) -> None:
    assert confidence_at_look(1 - error, (1.0,)) == pytest.approx(1 - error, abs=1e-9)
    assert critical_values(error / 2, (1.0,))[0] == pytest.approx(critical_normal(1 - error), abs=1e-9)


@settings(max_examples=10, deadline=None)
@given(at=shares, error=st.floats(1e-3, 0.1), less=st.floats(0.2, 0.9))
def test_a_larger_error_never_holds_a_look_to_a_stricter_limit(
    at: tuple[float, ...], error: float, less: float
) -> None:
    larger, smaller = critical_values(error, at), critical_values(error * less, at)

    # Without this a decision could be lost when others hand on their share, see `Looking`.
    assert all(one < other for one, other in zip(larger, smaller, strict=True))


@settings(max_examples=10, deadline=None)
@given(at=shares)
def test_no_look_is_held_to_less_than_a_single_one_would_be(at: tuple[float, ...]) -> None:
    assert all(confidence_at_look(0.95, at[: look + 1]) >= 0.95 - 1e-9 for look in range(len(at)))


@pytest.mark.parametrize("drift", [-3.0, 0.0, 2.8, 6.0])
def test_a_drift_carries_the_statistic_through_its_limits_as_often_as_the_normal_distribution_says(
    drift: float,
) -> None:
    at = (0.3, 0.6, 1.0)
    limits = critical_values(0.025, at)

    found = crossing(at, drift=drift, above=limits)

    assert sum(found.above) == pytest.approx(1 - inside(at, limits, drift), abs=2e-5)
    assert sum(found.below) == 0


def test_a_statistic_that_may_leave_its_limits_on_both_sides_does_so_alike_without_a_drift() -> None:
    at = (0.25, 0.5, 0.75, 1.0)
    limits = critical_values(0.025, at)

    found = crossing(at, drift=0.0, above=limits, below=[-limit for limit in limits])

    assert found.above == pytest.approx(found.below, rel=1e-6)
    assert 0.0499 < sum(found.above) + sum(found.below) <= 0.05


@pytest.mark.parametrize("at", [(), (0.5, 0.5), (0.6, 0.4), (0.0, 1.0), (0.5, 1.1)])
def test_shares_that_do_not_rise_to_the_end_are_refused(at: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="shares must rise"):
        critical_values(0.025, at)


def test_a_confidence_of_one_leaves_nothing_to_spend() -> None:
    with pytest.raises(ValueError, match="confidence must lie inside"):
        confidence_at_look(1.0, (0.5, 1.0))


def test_the_power_over_looks_is_what_the_normal_distribution_says() -> None:
    at = (0.25, 0.5, 1.0)
    drift = stats.norm.isf(0.025) + stats.norm.ppf(0.8)

    found = power_over_looks(0.8, error=0.025, shares=at)

    assert found == pytest.approx(1 - inside(at, critical_values(0.025, at), drift), abs=2e-5)
    assert 0.75 < found < 0.8
    assert (power_over_looks(0.0, error=0.025, shares=at), power_over_looks(1.0, error=0.025, shares=at)) == (0.0, 1.0)


def test_with_as_many_more_cases_the_looks_have_the_power_of_a_single_one() -> None:
    at = (0.25, 0.5, 0.75, 1.0)
    drift = stats.norm.isf(0.025) + stats.norm.ppf(0.8)

    more = inflation(0.8, error=0.025, shares=at)

    assert 1.02 < more < 1.1
    assert sum(crossing(at, drift=drift * math.sqrt(more), above=critical_values(0.025, at)).above) == pytest.approx(
        0.8, abs=1e-4
    )
