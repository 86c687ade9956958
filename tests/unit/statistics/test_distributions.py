"""The distributions against scipy over wide grids, and against textbook tables."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from brainswap.core.statistics.distributions import (
    beta_quantile,
    binomial_cdf,
    critical_normal,
    critical_t,
    normal_quantile,
    regularised_incomplete_beta,
    student_t_cdf,
    student_t_quantile,
)

PROBABILITIES = [1e-12, 1e-6, 0.0005, 0.01, 0.025, 0.1, 0.3, 0.45, 0.4999, 0.5, 0.6, 0.9, 0.975, 0.9995, 1 - 1e-9]
DEGREES_OF_FREEDOM = [0.5, 1, 2, 2.7, 3, 4, 7, 10, 29, 99, 499, 1e4, 1e6]


@pytest.mark.parametrize(("p", "tabled"), [(0.5, 0.0), (0.9, 1.2815515655446), (0.975, 1.9599639845401)])
def test_normal_quantiles_are_those_of_the_tables(p: float, tabled: float) -> None:
    assert normal_quantile(p) == pytest.approx(tabled, abs=1e-13)


@pytest.mark.parametrize(
    ("confidence", "df", "tabled"), [(0.95, 1, 12.7062), (0.95, 10, 2.2281), (0.99, 30, 2.7500), (0.90, 120, 1.6577)]
)
def test_critical_t_values_are_those_of_the_tables(confidence: float, df: int, tabled: float) -> None:
    assert critical_t(confidence, df) == pytest.approx(tabled, abs=5e-5)


def test_critical_values_leave_half_of_the_error_on_either_side() -> None:
    z = critical_normal(0.9)
    t = critical_t(0.9, 12)

    assert stats.norm.sf(z) == pytest.approx(0.05, rel=1e-12)
    assert stats.t.sf(t, 12) == pytest.approx(0.05, rel=1e-12)


@pytest.mark.parametrize("p", PROBABILITIES)
def test_normal_quantiles_agree_with_scipy(p: float) -> None:
    assert normal_quantile(p) == pytest.approx(stats.norm.ppf(p), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("df", DEGREES_OF_FREEDOM)
def test_student_quantiles_agree_with_scipy(df: float) -> None:
    ours = [student_t_quantile(p, df) for p in PROBABILITIES]

    assert ours == pytest.approx([float(stats.t.ppf(p, df)) for p in PROBABILITIES], rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("df", DEGREES_OF_FREEDOM)
def test_student_probabilities_agree_with_scipy(df: float) -> None:
    values = [-1e4, -50, -8, -3, -1.7, -1, -0.1, -1e-6, 0, 0.3, 1, 2, 4, 10]

    ours = [student_t_cdf(t, df) for t in values]

    assert ours == pytest.approx([float(stats.t.cdf(t, df)) for t in values], rel=1e-10, abs=1e-300)


def test_student_quantiles_with_one_and_two_degrees_of_freedom_are_the_closed_ones() -> None:
    p = 0.93

    assert student_t_quantile(p, 1) == pytest.approx(math.tan(math.pi * (p - 0.5)), rel=1e-13)
    assert student_t_quantile(p, 2) == pytest.approx((2 * p - 1) / math.sqrt(2 * p * (1 - p)), rel=1e-13)


@given(p=st.floats(1e-9, 1 - 1e-9), df=st.floats(0.5, 1e5))
def test_the_student_quantile_inverts_the_student_probability(p: float, df: float) -> None:
    assert student_t_cdf(student_t_quantile(p, df), df) == pytest.approx(p, rel=1e-9)


@given(x=st.floats(0, 1, allow_subnormal=False), log_a=st.floats(-2, 5), log_b=st.floats(-2, 5))
def test_the_incomplete_beta_function_agrees_with_scipy(x: float, log_a: float, log_b: float) -> None:
    a, b = 10**log_a, 10**log_b

    assert regularised_incomplete_beta(x, a, b) == pytest.approx(float(special.betainc(a, b, x)), rel=1e-8, abs=1e-10)


@pytest.mark.parametrize(("a", "b"), [(0.1, 9.9), (9.99, 10.01), (50, 0.5), (3e5, 7e5), (1e6, 0.5)])
def test_the_incomplete_beta_function_agrees_with_scipy_around_its_mean(a: float, b: float) -> None:
    mean = a / (a + b)
    xs = [mean * (1 - 1e-3), mean, mean + (1 - mean) * 1e-3]

    ours = [regularised_incomplete_beta(x, a, b) for x in xs]

    assert ours == pytest.approx([float(special.betainc(a, b, x)) for x in xs], abs=1e-10)


@pytest.mark.parametrize("n", [1, 2, 7, 30, 500, 20_000, 1_000_000])
@pytest.mark.parametrize("p", [0.5, 0.1, 0.025, 1e-3, 1e-7])
def test_beta_quantiles_agree_with_scipy(n: int, p: float) -> None:
    for a in {1, n // 3 + 1, n // 2 + 1, n}:
        assert beta_quantile(p, a, n - a + 1) == pytest.approx(float(special.betaincinv(a, n - a + 1, p)), rel=1e-8)


@pytest.mark.parametrize(("p", "a", "b"), [(0.0, 1, 1), (0.6, 1, 1), (0.1, 0.5, 1), (0.1, 1, 0)])
def test_a_beta_quantile_outside_its_domain_is_refused(p: float, a: float, b: float) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        beta_quantile(p, a, b)


@pytest.mark.parametrize(("a", "b"), [(10, 10), (10, 12), (11, 0.5), (0.5, 10)])
@pytest.mark.parametrize("x", [0.2, 0.4, 0.9])
def test_the_incomplete_beta_function_stays_exact_where_stirlings_series_begins(x: float, a: float, b: float) -> None:
    assert regularised_incomplete_beta(x, a, b) == pytest.approx(float(special.betainc(a, b, x)), rel=1e-12)


def test_the_incomplete_beta_function_of_integers_is_a_polynomial() -> None:
    x = 0.3

    assert regularised_incomplete_beta(x, 1, 1) == pytest.approx(x, rel=1e-14)
    assert regularised_incomplete_beta(x, 2, 3) == pytest.approx(6 * x**2 - 8 * x**3 + 3 * x**4, rel=1e-14)


@pytest.mark.parametrize("n", [1, 5, 72, 500, 10_000, 1_000_000])
@pytest.mark.parametrize("p", [0.01, 0.5, 0.95])
def test_binomial_probabilities_agree_with_scipy(n: int, p: float) -> None:
    spread = math.sqrt(n * p * (1 - p))
    ks = [-1, 0, int(n * p - 2 * spread), int(n * p), int(n * p + spread), n - 1, n, n + 1]

    ours = [binomial_cdf(k, n, p) for k in ks]

    assert ours == pytest.approx([float(stats.binom.cdf(k, n, p)) for k in ks], abs=1e-10)


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, 1.1, math.nan])
def test_a_quantile_of_an_impossible_probability_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="must lie inside"):
        normal_quantile(p)
    with pytest.raises(ValueError, match="must lie inside"):
        student_t_quantile(p, 5)
    with pytest.raises(ValueError, match="must lie inside"):
        critical_normal(p)
    with pytest.raises(ValueError, match="must lie inside"):
        critical_t(p, 5)


@pytest.mark.parametrize("df", [0.0, -1.0, math.nan])
def test_student_without_degrees_of_freedom_is_refused(df: float) -> None:
    with pytest.raises(ValueError, match="df must be positive"):
        student_t_cdf(1.0, df)
    with pytest.raises(ValueError, match="df must be positive"):
        student_t_quantile(0.9, df)


@pytest.mark.parametrize(("x", "a", "b"), [(-0.1, 1, 1), (1.1, 1, 1), (0.5, 0, 1), (0.5, 1, -1), (math.nan, 1, 1)])
def test_the_incomplete_beta_function_outside_its_domain_is_refused(x: float, a: float, b: float) -> None:
    with pytest.raises(ValueError, match="must"):
        regularised_incomplete_beta(x, a, b)
