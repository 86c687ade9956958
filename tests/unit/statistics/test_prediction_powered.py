"""Means corrected by people: the formula, its optimum, and how often the interval holds the truth."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from brainswap.core.statistics.moments import Moments, MomentsAccumulator
from brainswap.core.statistics.prediction_powered import CorrectedEstimate, Rated, prediction_powered_mean

Scores = NDArray[np.float64]
SCORE = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
RATED = st.lists(st.builds(Rated, people=SCORE, judge=SCORE), min_size=3, max_size=60)
OTHERS = st.lists(SCORE, max_size=60)


def moments(values: list[float]) -> Moments:
    gathered = MomentsAccumulator()
    for value in values:
        gathered.add(value)
    return gathered.snapshot()


def corrected(people: Scores, judge: Scores, n: int, confidence: float = 0.95, least: float = 0.0) -> CorrectedEstimate:
    """The first ``n`` cases are labelled."""
    rated = [Rated(people=one, judge=other) for one, other in zip(people[:n].tolist(), judge[:n].tolist(), strict=True)]
    return prediction_powered_mean(rated, moments(judge[n:].tolist()), confidence, least=least)


@pytest.mark.parametrize(("n", "every"), [(5, 8), (40, 60), (100, 300)])
def test_the_estimate_is_that_of_the_paper_with_each_weight_from_the_other_labels(n: int, every: int) -> None:
    rng = np.random.default_rng(1)
    judge = rng.random(every)
    people = np.clip(judge + rng.normal(0, 0.2, every), 0, 1)

    found = corrected(people, judge, n)

    # Angelopoulos, Duchi and Zrnic 2023 with their lambda, spelt out with numpy.
    labelled, others = judge[:n], judge[n:]
    weights = np.array([np.cov(np.delete(people[:n], each), np.delete(labelled, each))[0, 1] for each in range(n)]) / (
        (1 + n / len(others)) * judge.var(ddof=1)
    )
    weights = weights.clip(0, 1)
    terms = people[:n] - weights * labelled
    estimate = terms.mean() + weights.mean() * others.mean()
    spread = ((people[:n] - weights * (labelled - others.mean()) - estimate) ** 2).sum() + 1
    error = np.sqrt(spread / (n - 2) / n + weights.mean() ** 2 * others.var(ddof=1) / len(others))
    assert found.weight == pytest.approx(weights.mean(), rel=1e-9)
    assert found.estimate == pytest.approx(estimate, rel=1e-9)
    assert found.high == pytest.approx(min(estimate + stats.t.ppf(0.975, n - 2) * error, 1), rel=1e-6)
    assert (found.n_labelled, found.n_unlabelled, found.method) == (n, every - n, "ppi++")


def test_where_everything_is_labelled_the_labels_speak_alone() -> None:
    people = np.array([0.0, 0.5, 1.0, 1.0, 0.75])

    found = corrected(people, np.array([1.0, 0.5, 1.0, 1.0, 1.0]), 5)

    assert found.weight == 0.0
    assert found.estimate == pytest.approx(people.mean())


@pytest.mark.parametrize("judge", [np.full(200, 0.7), np.tile([0.0, 1.0], 100)])
def test_a_judge_that_knows_nothing_gets_no_weight(judge: Scores) -> None:
    people = np.concatenate([np.tile([0.0, 0.0, 1.0, 1.0], 25), np.zeros(100)])

    found = corrected(people, judge, 100)

    assert found.weight < 0.01
    assert found.estimate == pytest.approx(0.5, abs=0.01)


def test_a_judge_that_is_against_people_is_not_turned_round() -> None:
    people = np.tile([0.0, 1.0], 100)

    assert corrected(people, 1 - people, 100).weight == 0.0


def test_a_judge_that_gives_more_everywhere_is_brought_down() -> None:
    rng = np.random.default_rng(4)
    people = (rng.random(400) < 0.6).astype(float)
    judge = np.minimum(people + (rng.random(400) < 0.5), 1.0)

    found = corrected(people, judge, 200)

    assert judge.mean() > 0.75
    assert found.low < people.mean() < found.high < judge.mean()


@given(rated=RATED, others=OTHERS, confidence=st.floats(0.5, 0.99))
def test_the_interval_holds_the_estimate_stays_in_range_and_is_never_empty(
    rated: list[Rated], others: list[float], confidence: float
) -> None:
    found = prediction_powered_mean(rated, moments(others), confidence)

    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert found.low < found.high
    assert 0 <= found.weight <= 1


@given(rated=RATED, others=OTHERS)
def test_exchanging_good_and_bad_mirrors_the_estimate(rated: list[Rated], others: list[float]) -> None:
    found = prediction_powered_mean(rated, moments(others), 0.95)
    turned = [Rated(people=1 - each.people, judge=1 - each.judge) for each in rated]
    mirrored = prediction_powered_mean(turned, moments([1 - value for value in others]), 0.95)

    assert mirrored.estimate == pytest.approx(1 - found.estimate, abs=1e-9)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-9)


def judged(truth: Scores, misses: float, sees_ghosts: float, rng: np.random.Generator) -> Scores:
    """A judge that overlooks a share of what is wrong, and finds a share of what is right wrong."""
    draw = rng.random(truth.shape)
    return np.where(truth == 1.0, draw >= sees_ghosts, draw < misses).astype(float)


def right(rng: np.random.Generator, share: float, misses: float, ghosts: float) -> tuple[Scores, Scores]:
    people = (rng.random(300) < share).astype(float)
    return people, judged(people, misses, ghosts, rng)


def differing(rng: np.random.Generator, *, favours: float) -> tuple[Scores, Scores]:
    """A target that is 3 points worse, and a judge that overlooks more of its mistakes."""
    cell = rng.choice(4, p=[0.78, 0.08, 0.05, 0.09], size=300)  # both right, the source alone, the target alone, none
    source, target = np.isin(cell, [0, 1]).astype(float), np.isin(cell, [0, 2]).astype(float)
    judge = judged(target, 0.1 + favours, 0.03, rng) - judged(source, 0.1, 0.03, rng)
    return target - source, judge


@pytest.mark.parametrize(
    ("draw", "truth", "least"),
    [
        (lambda rng: right(rng, 0.8, 0.1, 0.1), 0.8, 0.0),
        (lambda rng: right(rng, 0.9, 0.3, 0.02), 0.9, 0.0),
        (lambda rng: right(rng, 0.95, 0.1, 0.01), 0.95, 0.0),
        (lambda rng: right(rng, 0.9, 0.9, 0.1), 0.9, 0.0),
        (lambda rng: differing(rng, favours=0.0), -0.03, -1.0),
        (lambda rng: differing(rng, favours=0.4), -0.03, -1.0),
    ],
    ids=["lenient", "overlooks", "rare", "knows nothing", "fair", "favours the target"],
)
def test_the_interval_holds_the_truth_about_as_often_as_it_says(
    draw: Callable[[np.random.Generator], tuple[Scores, Scores]], truth: float, least: float
) -> None:
    rng, times = np.random.default_rng(11), 600
    found = [corrected(*draw(rng), 100, least=least) for _ in range(times)]

    held = sum(one.low <= truth <= one.high for one in found) / times
    assert 0.93 <= held <= 0.99
    assert sum(one.estimate for one in found) / times == pytest.approx(truth, abs=0.005)


def test_a_good_judge_makes_a_hundred_labels_worth_more() -> None:
    rng = np.random.default_rng(2)
    found = [corrected(*right(rng, 0.7, 0.05, 0.05), 100) for _ in range(50)]
    alone = [corrected(people, np.zeros(300), 100) for people, _ in (right(rng, 0.7, 0.05, 0.05) for _ in range(50))]

    def width(estimates: list[CorrectedEstimate]) -> float:
        return sum(one.high - one.low for one in estimates)

    assert width(found) < 0.75 * width(alone)


def test_two_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="2 labelled cases"):
        corrected(np.zeros(9), np.zeros(9), 2)
