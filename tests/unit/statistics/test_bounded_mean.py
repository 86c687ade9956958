"""The interval of a bounded mean: what it is the general form of, an oracle by optimisation, and how often it errs."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from brainswap.core.statistics.bounded_mean import Atom, constrained_variance, mean_limits, mean_of, score
from brainswap.core.statistics.intervals import wilson
from brainswap.core.statistics.tango import constrained_discordance, tango_limits

CONFIDENCES = st.floats(0.5, 0.999)
ATOMS = st.lists(
    st.builds(Atom, st.integers(1, 60), st.floats(0.1, 10), st.floats(-1, 1).map(lambda value: round(value, 3))),
    min_size=1,
    max_size=12,
)


def limits(atoms: list[Atom], confidence: float = 0.95) -> tuple[float, float]:
    return mean_limits(atoms, least=-1.0, most=1.0, confidence=confidence)


def variance_by_optimisation(atoms: list[Atom], mean: float) -> float:
    """V(mean) from the dual problem, solved by a general optimiser: for unweighted atoms above ``mean``."""
    n = sum(atom.number for atom in atoms)
    counts = np.array([atom.number / n for atom in atoms])
    g = np.array([atom.value - mean for atom in atoms])

    def minus_log_capital(t: float) -> float:
        return -float(counts @ np.log1p(t * g))

    largest = 1 / (mean + 1)
    t = optimize.minimize_scalar(
        minus_log_capital, bounds=(0, largest * (1 - 1e-12)), method="bounded", options={"xatol": 1e-13}
    ).x
    shares = counts / (1 + t * g)
    unseen = 1 - shares.sum()  # at -1
    return float(shares @ g**2 + unseen * (mean + 1) ** 2)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
@pytest.mark.parametrize("n", [1, 2, 5, 30, 800])
def test_of_right_and_wrong_it_is_wilsons(n: int, confidence: float) -> None:
    for successes in {0, 1, n // 3, n}:
        atoms = [Atom(successes, 1.0, 1.0), Atom(n - successes, 1.0, 0.0)]

        found = mean_limits(atoms, least=0.0, most=1.0, confidence=confidence)

        expected = wilson(successes, n, confidence)
        assert found == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
@pytest.mark.parametrize("n", [1, 2, 5, 30, 800])
def test_of_pairs_of_right_and_wrong_it_is_tangos(n: int, confidence: float) -> None:
    for lost in {0, 1, n // 20, n // 2, n}:
        for gained in {0, 1, n // 7, n - lost}:
            if lost + gained > n:
                continue
            atoms = [Atom(gained, 1.0, 1.0), Atom(lost, 1.0, -1.0), Atom(n - lost - gained, 1.0, 0.0)]

            expected = tango_limits(only_source=lost, only_target=gained, n=n, confidence=confidence)
            assert limits(atoms, confidence) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("mean", [-0.9, -0.2, -0.02, 0.01])
def test_the_variance_is_that_of_the_likeliest_distribution_with_the_mean(mean: float) -> None:
    atoms = [Atom(3, 1.0, -0.25), Atom(40, 1.0, 0.0), Atom(5, 1.0, 0.5), Atom(2, 1.0, 1.0)]

    found = constrained_variance(atoms, mean, least=-1.0, most=1.0)

    assert found == pytest.approx(variance_by_optimisation(atoms, mean), rel=1e-5)


def test_the_variance_of_pairs_of_right_and_wrong_is_tangos() -> None:
    atoms = [Atom(7, 1.0, 1.0), Atom(12, 1.0, -1.0), Atom(81, 1.0, 0.0)]

    for difference in (-0.3, -0.06, -0.05, -0.04, 0.2):
        s = constrained_discordance(source_share=0.12, target_share=0.07, difference=difference)
        assert constrained_variance(atoms, difference, least=-1.0, most=1.0) == pytest.approx(s - difference**2)


@given(atoms=ATOMS, confidence=CONFIDENCES)
def test_the_ends_are_the_means_at_which_the_score_is_critical(atoms: list[Atom], confidence: float) -> None:
    z = stats.norm.ppf((1 + confidence) / 2)
    low, high = limits(atoms, confidence)

    if low > -1:
        assert score(atoms, low, least=-1.0, most=1.0) == pytest.approx(z, abs=1e-5)
    if high < 1:
        assert score(atoms, high, least=-1.0, most=1.0) == pytest.approx(-z, abs=1e-5)


@given(atoms=ATOMS, confidence=CONFIDENCES)
def test_it_holds_the_mean_and_is_never_empty(atoms: list[Atom], confidence: float) -> None:
    low, high = limits(atoms, confidence)

    assert -1 <= low <= mean_of(atoms) + 1e-12
    assert mean_of(atoms) - 1e-12 <= high <= 1
    assert low < high


@given(atoms=ATOMS, confidences=st.tuples(CONFIDENCES, CONFIDENCES))
def test_more_confidence_needs_a_wider_interval(atoms: list[Atom], confidences: tuple[float, float]) -> None:
    narrow, wide = (limits(atoms, confidence) for confidence in sorted(confidences))

    assert wide[0] <= narrow[0] + 1e-9
    assert wide[1] >= narrow[1] - 1e-9


@given(atoms=ATOMS, factor=st.floats(0.01, 100))
def test_only_the_proportions_of_weights_matter(atoms: list[Atom], factor: float) -> None:
    scaled = [atom._replace(weight=atom.weight * factor) for atom in atoms]

    assert limits(scaled) == pytest.approx(limits(atoms), abs=1e-8)


@given(atoms=ATOMS)
def test_turning_the_values_round_turns_the_interval_round(atoms: list[Atom]) -> None:
    low, high = limits(atoms)

    turned = limits([atom._replace(value=-atom.value) for atom in atoms])

    assert turned == pytest.approx((-high, -low), abs=1e-9)


def test_equal_values_leave_open_what_unseen_draws_of_the_heavier_kind_would_change() -> None:
    atoms = [Atom(50, 1.0, 0.0), Atom(50, 3.0, 0.0)]
    unseen = (50 * 1 + 50 * 27) / (50 * 1 + 50 * 9) / 2  # that of a typical unit of the variance, over the mean weight

    low, high = limits(atoms)

    z_squared = stats.norm.ppf(0.975) ** 2 * unseen
    assert high == pytest.approx(z_squared / (100 + z_squared))
    assert low == -high


def test_a_first_guess_beside_the_pole_is_no_root() -> None:
    atoms = [Atom(36, 1.0, 0.0), Atom(11, 1.0, 0.5), Atom(3, 1.0, -1.0)]

    found, beside = (score(atoms, mean, least=-1.0, most=1.0) for mean in (-0.1, -0.1 + 1e-6))

    assert found == pytest.approx(beside, abs=1e-4)


def test_nothing_has_no_mean() -> None:
    with pytest.raises(ValueError, match="no values"):
        mean_of([])


@pytest.mark.parametrize("n", [30, 100])
@pytest.mark.parametrize(
    ("values", "shares"),
    [
        ([-1.0, 0.1, 0.0], [0.075, 0.25, 0.675]),  # a few answers are lost, many get a little better
        ([-0.5, 0.5, 0.0], [0.15, 0.05, 0.80]),
        ([-1.0, 0.0], [0.05, 0.95]),
    ],
)
def test_a_mean_at_the_margin_is_rarely_taken_for_one_above(n: int, values: list[float], shares: list[float]) -> None:
    tables, repetitions = np.unique(
        np.random.default_rng(4).multinomial(n, shares, size=20_000), axis=0, return_counts=True
    )
    true = math.fsum(value * share for value, share in zip(values, shares, strict=True))

    passed = 0
    for table, repeated in zip(tables.tolist(), repetitions.tolist(), strict=True):
        atoms = [Atom(number, 1.0, value) for number, value in zip(table, values, strict=True)]
        passed += repeated * (score(atoms, true, least=-1.0, most=1.0) > stats.norm.ppf(0.975))

    assert passed / 20_000 <= 0.03
