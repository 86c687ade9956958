"""Percentiles with their intervals where cases have clusters and weights: between whole clusters and lone cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from brainswap.core.statistics.quantiles import quantile, quantile_interval
from brainswap.core.statistics.timings import Timings

SHARES = st.sampled_from([0.5, 0.9, 0.95])


def of(values: list[float], units: list[str] | None = None, weights: list[float] | None = None) -> Timings:
    found = Timings()
    for place, value in enumerate(values):
        weight = weights[place] if weights else 1.0
        found.add(value, weight=weight, unit=units[place] if units else None)
    return found


@given(values=st.lists(st.floats(0.1, 1e5), min_size=1, max_size=300), q=SHARES)
def test_lone_cases_have_the_order_statistics(values: list[float], q: float) -> None:
    found = of(values)

    assert found.quantile(q) == quantile(sorted(values), q)
    assert found.interval(q, 0.95) == quantile_interval(sorted(values), q, 0.95)


@pytest.mark.parametrize("q", [0.5, 0.95])
def test_a_cluster_told_five_times_is_about_once(q: float) -> None:
    values = np.random.default_rng(3).lognormal(7, 0.5, 100).tolist()
    units = [f"call {number}" for number in range(100)]

    told = of([value for value in values for _ in range(5)], [unit for unit in units for _ in range(5)])
    found, once = told.interval(q, 0.9), quantile_interval(sorted(values), q, 0.9)

    assert found is not None
    assert once is not None
    ranks = [sorted(values).index(one) for one in (once.low, found.low, found.high, once.high)]
    assert 0 <= ranks[0] - ranks[1] <= 2
    assert 0 <= ranks[2] - ranks[3] <= 2
    assert found.method == "woodruff"


def test_a_weight_counts_as_often_as_it_says() -> None:
    values = [10.0, 20.0, 30.0, 40.0]
    weighted = of(values, [f"case {number}" for number in range(4)], [1.0, 1.0, 1.0, 7.0])

    assert [weighted.quantile(q) for q in (0.0, 0.1, 0.2, 0.3, 0.31, 1.0)] == [10, 10, 20, 30, 40, 40]


def test_weights_of_others_move_a_lone_case() -> None:
    found = of([10.0, 20.0, 30.0])
    found.add(5.0, weight=6.0, unit="case 3")

    assert found.quantile(0.5) == 5.0
    assert found.quantile(0.9) == 30.0


@pytest.mark.parametrize("clusters", [1, 6, 40])
def test_few_clusters_have_no_95th_percentile_with_an_interval(clusters: int) -> None:
    values = np.random.default_rng(4).lognormal(7, 0.5, 400).tolist()

    found = of(
        [value + place % clusters for place, value in enumerate(values)], [f"c {n % clusters}" for n in range(400)]
    )

    if clusters < 40:
        assert found.interval(0.95, 0.95) is None
    else:
        assert found.interval(0.95, 0.95) is not None


@pytest.mark.parametrize("alike", [0.0, 0.5, 1.0])
def test_the_interval_holds_the_median_of_clustered_cases(alike: float) -> None:
    rng = np.random.default_rng(5)
    units = [f"call {place // 5}" for place in range(200)]
    outside = 0
    for _ in range(200):
        logs = np.sqrt(alike) * np.repeat(rng.normal(size=40), 5) + np.sqrt(1 - alike) * rng.normal(size=200)
        found = of(np.exp(logs).tolist(), units).interval(0.5, 0.9)
        assert found is not None
        outside += not found.low <= 1.0 <= found.high

    assert outside <= stats.binom.ppf(0.999, 200, 0.1)
