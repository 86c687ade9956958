"""How often the intervals of costs and latencies hold the truth where cases come in clusters and have weights."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.decision.grid import in_parallel, markdown, percent
from brainswap.core.statistics.amounts import PairedAmounts
from brainswap.core.statistics.intervals import Interval
from brainswap.core.statistics.quantiles import RatioInterval, quantile_interval, recovered_ratio
from brainswap.core.statistics.timings import Timings

SEED = 20261108
CONFIDENCE = 0.95
SAMPLES = 2000
SIZES = (100, 200, 1000)
SHAPES = {"of 5": (5,), "of 1 to 14": (1, 2, 3, 5, 14)}
ALIKE = (0.0, 0.5, 0.9)
WEIGHTS = (0.5, 1.0, 3.0)
SPREAD = 0.6  # of the logarithms
SLOWER = 1.2

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Cases in clusters, of a weight each, and how much the cases of a cluster have in common."""

    cases: int
    shape: str
    alike: float


def tables() -> Iterator[str]:
    yield f"### Costs and latencies with clusters and weights: coverage at {CONFIDENCE:.0%}, {SAMPLES} samples a row"
    yield ""
    cells = [Cell(cases=n, shape=shape, alike=alike) for n, shape, alike in product(SIZES, SHAPES, ALIKE)]
    head = ["cases", "clusters", "alike", "ratio of costs", "the same, clusters ignored"]
    for share in ("median", "p95"):
        head += [share, "the same, clusters ignored", f"ratio of the {share}s"]
    yield from markdown(head, in_parallel(_row, cells))
    yield "\nNone: fewer than half of the samples have an interval."


def _row(cell: Cell) -> list[str]:
    rng = np.random.default_rng([SEED, cell.cases, len(SHAPES[cell.shape]), int(10 * cell.alike)])
    sizes: list[int] = []
    while sum(sizes) < cell.cases:
        sizes.append(min(SHAPES[cell.shape][len(sizes) % len(SHAPES[cell.shape])], cell.cases - sum(sizes)))
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    held: dict[str, list[bool | None]] = {}
    for _ in range(SAMPLES):
        weights = rng.choice(WEIGHTS, cell.cases)
        source, target = (_values(rng, rng.normal(size=len(sizes))[clusters], cell.alike) for _ in range(2))
        for name, holds in _held(source, SLOWER * target, weights, clusters).items():
            held.setdefault(name, []).append(holds)
    return [f"{cell.cases:,}", cell.shape, f"{cell.alike:g}", *(_share(found) for found in held.values())]


def _values(rng: np.random.Generator, shared: Values, alike: float) -> Values:
    own = rng.normal(size=len(shared))
    values: Values = np.exp(SPREAD * (math.sqrt(alike) * shared + math.sqrt(1 - alike) * own))
    return values


def _held(source: Values, target: Values, weights: Values, clusters: NDArray[np.int64]) -> dict[str, bool | None]:
    together, apart = PairedAmounts(), PairedAmounts()
    timings = Timings(), Timings()
    for before, after, weight, cluster in zip(
        source.tolist(), target.tolist(), weights.tolist(), clusters.tolist(), strict=True
    ):
        unit = f"cluster {cluster}"
        together.add(before, after, weight=weight, unit=unit)
        apart.add(before, after)
        timings[0].add(before, weight=weight, unit=unit)
        timings[1].add(after, weight=weight, unit=unit)
    found = {
        "costs": _holds(together.ratio(CONFIDENCE), SLOWER),
        "costs ignored": _holds(apart.ratio(CONFIDENCE), SLOWER),
    }
    for share in (0.5, 0.95):
        both = [(one.quantile(share), one.interval(share, CONFIDENCE)) for one in timings]
        truth = math.exp(SPREAD * stats.norm.ppf(share))
        found[f"{share}"] = _holds(both[0][1], truth)
        found[f"{share} ignored"] = _holds(quantile_interval(sorted(source.tolist()), share, CONFIDENCE), truth)
        found[f"{share} ratio"] = _holds(recovered_ratio(both[1], both[0], CONFIDENCE), SLOWER)
    return found


def _holds(interval: Interval | RatioInterval | None, truth: float) -> bool | None:
    return None if interval is None else interval.low <= truth <= interval.high


def _share(found: Sequence[bool | None]) -> str:
    known = [holds for holds in found if holds is not None]
    return percent(sum(known) / len(known)) if len(known) > len(found) / 2 else "none"
