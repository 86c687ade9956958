"""How often each interval holds the truth."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from benchmarks.decision import amounts, rivals, worlds
from benchmarks.decision.enumeration import passing_rate
from benchmarks.decision.grid import DISCORDANCES, SIZES, in_parallel, markdown, percent
from benchmarks.decision.twin import scores
from brainswap.core.statistics.amounts import PairedAmounts
from brainswap.core.statistics.bounded_mean import Atom, mean_limits
from brainswap.core.statistics.intervals import Interval, clopper_pearson, wilson
from brainswap.core.statistics.quantiles import quantile_ratio_interval

SEED = 20261102
CONFIDENCE = 0.95
SAMPLES = {20: 8000, 30: 8000, 50: 8000, 100: 8000, 200: 8000, 500: 4000, 1000: 3000}
TRUTHS = (0.0, 0.02, 0.05, 0.1)
RATES = tuple(np.linspace(0.5, 0.995, 100))
LATENCIES = 1000

Range = tuple[float, float]


def tables() -> Iterator[str]:
    yield f"### Coverage at {CONFIDENCE:.0%}, in per cent: least and most over all truths of a column"
    yield ""
    rows = [
        ["Tango, paired 0/1 (exact)", *_spread(in_parallel(_tango, list(SIZES)))],
        ["Clopper and Pearson, one rate (exact)", *_spread([_rate(clopper_pearson, n) for n in SIZES])],
        ["Wilson, one rate (exact)", *_spread([_rate(wilson, n) for n in SIZES])],
        ["bounded score, losses of one size (exact)", *_spread(in_parallel(_losses_of_one_size, list(SIZES)))],
        ["bounded score, graded pairs", *_spread(in_parallel(_graded, list(SIZES)))],
        ["ratio of mean costs", *_spread(in_parallel(_cost_ratio, list(SIZES)))],
        ["ratio of median latencies", *_spread(in_parallel(_median_ratio, list(SIZES)))],
        ["ratio of p95 latencies", *_spread(in_parallel(_tail_ratio, list(SIZES)))],
    ]
    yield from markdown(["interval", *map(str, SIZES)], rows)
    yield ""
    yield from amounts.tables()


def _spread(ranges: list[Range | None]) -> list[str]:
    return ["none" if found is None else f"{percent(found[0])} to {percent(found[1])}" for found in ranges]


def _tango(n: int) -> Range:
    covered = []
    for truth in TRUTHS:
        for discordance in DISCORDANCES:
            if truth <= discordance:
                gain, loss = (discordance - truth) / 2, (discordance + truth) / 2
                below = passing_rate(rivals.brainswap, n=n, gain=gain, loss=loss, margin=truth, confidence=CONFIDENCE)
                above = passing_rate(rivals.brainswap, n=n, gain=loss, loss=gain, margin=-truth, confidence=CONFIDENCE)
                covered.append(1 - below - above)
    return min(covered), max(covered)


def _rate(interval_of: Callable[[int, int, float], Interval], n: int) -> Range:
    intervals = [interval_of(successes, n, CONFIDENCE) for successes in range(n + 1)]
    covered = []
    for rate in RATES:
        chances = stats.binom.pmf(np.arange(n + 1), n, rate)
        holds = [interval.low <= rate <= interval.high for interval in intervals]
        covered.append(float(chances @ np.array(holds)))
    return min(covered), max(covered)


def _losses_of_one_size(n: int) -> Range:
    """The hardest of the graded ones: nothing is gained, so that what is lost is all that is known."""
    covered = []
    for truth in TRUTHS[2:]:
        for share in (each for each in DISCORDANCES if each >= truth):
            held = 0.0
            for lost, chance in enumerate(stats.binom.pmf(np.arange(n + 1), n, share).tolist()):
                drawn = [Atom(lost, 1.0, -truth / share), Atom(n - lost, 1.0, 0.0)]
                low, high = mean_limits(drawn, least=-1.0, most=1.0, confidence=CONFIDENCE, student=True)
                held += chance * (low <= -truth <= high)
            covered.append(held)
    return min(covered), max(covered)


def _graded(n: int) -> Range:
    rng = np.random.default_rng([SEED, n])
    z = stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)
    covered = []
    for draw in worlds.KINDS.values():
        for truth in TRUTHS[2:]:
            for discordance in DISCORDANCES:
                found = draw(rng, (SAMPLES[n], n), truth, discordance)
                if found is not None:
                    out = (scores(found, -truth) > z) | (scores(-found, truth) > z)
                    covered.append(float(1 - out.mean()))
    return min(covered), max(covered)


def _cost_ratio(n: int) -> Range:
    """Costs of which source and target share the length of the question; the target's answers are twice as long."""
    rng = np.random.default_rng([SEED, n, 1])
    inside = 0
    for _ in range(LATENCIES):
        asked = rng.lognormal(0, 0.5, n)
        source, target = asked + rng.lognormal(0, 0.7, n), asked + 2 * rng.lognormal(0, 0.7, n)
        found = _amounts(source, target).ratio(CONFIDENCE)
        one, other = np.exp(0.125), np.exp(0.245)
        inside += found is not None and found.low <= (one + 2 * other) / (one + other) <= found.high
    return inside / LATENCIES, inside / LATENCIES


def _amounts(source: worlds.Matrix, target: worlds.Matrix) -> PairedAmounts:
    found = PairedAmounts()
    for before, after in zip(source.tolist(), target.tolist(), strict=True):
        found.add(before, after)
    return found


def _median_ratio(n: int) -> Range | None:
    return _latency_ratio(n, 0.5)


SLOWER = 1.2  # the target's latency, as a multiple of the source's


def _tail_ratio(n: int) -> Range | None:
    return _latency_ratio(n, 0.95)


def _latency_ratio(n: int, share: float) -> Range | None:
    rng = np.random.default_rng([SEED, n, int(100 * share)])
    inside = known = 0
    for _ in range(LATENCIES):
        source, target = np.sort(rng.lognormal(7, 0.6, n)), np.sort(SLOWER * rng.lognormal(7, 0.6, n))
        found = quantile_ratio_interval(target.tolist(), source.tolist(), share, CONFIDENCE)
        if found is not None:
            known += 1
            inside += found.low <= SLOWER <= found.high
    return (inside / known, inside / known) if known else None
