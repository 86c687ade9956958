"""How often a target that is worse by exactly the margin is taken for one that is not worse."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.decision import rivals, worlds
from benchmarks.decision.enumeration import passing_rate
from benchmarks.decision.grid import (
    ALLOWED,
    CONFIDENCES,
    DISCORDANCES,
    MARGINS,
    SIZES,
    in_parallel,
    markdown,
    percent,
)
from benchmarks.decision.twin import scores
from brainswap.core.statistics.bounded_mean import Atom, degrees_of_freedom
from brainswap.core.statistics.distributions import critical_t

SEED = 20261101
SAMPLES = {20: 10000, 30: 8000, 50: 8000, 100: 5000, 200: 3000, 500: 4000, 1000: 3000}
CLUSTERED_SAMPLES = 4000
AGAIN = 10  # times as many samples, of cells that lie above what is allowed
CLUSTER_SIZES = {"of 5": (5,), "of 1 to 14": (1, 2, 3, 5, 14)}
ALIKE = (0.0, 0.2, 0.5, 1.0)

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A truth, and how many pairs are drawn from it."""

    kind: str
    margin: float
    discordance: float
    n: int
    alike: float = 0.0


Rates = dict[tuple[str, float], float]
"""By rule and confidence, how often it passes; empty for a truth that cannot be."""


def binary() -> Iterator[str]:
    yield "### 0/1 scores: false “not worse”, in per cent, exact"
    cells = [
        Cell(kind="binary", margin=margin, discordance=discordance, n=n)
        for n in SIZES
        for margin in MARGINS
        for discordance in DISCORDANCES
        if margin <= discordance
    ]
    yield from _grid(dict(zip(cells, in_parallel(_binary_rates, cells), strict=True)))


def graded() -> Iterator[str]:
    yield f"### Graded scores: false “not worse”, in per cent, {SAMPLES[1000]:,} to {SAMPLES[20]:,} samples a cell"
    cells = [
        Cell(kind=kind, margin=margin, discordance=discordance, n=n)
        for n in SIZES
        for kind in worlds.KINDS
        for margin in MARGINS
        for discordance in DISCORDANCES
    ]
    yield from _by_kind(_resolved(_graded_rates, cells))


def clustered() -> Iterator[str]:
    yield f"### Clustered 0/1 scores: false “not worse”, in per cent, {CLUSTERED_SAMPLES:,} samples a cell"
    cells = [
        Cell(kind=f"clusters {kind}, {alike:g} alike", margin=margin, discordance=discordance, n=n, alike=alike)
        for n in SIZES
        for kind in CLUSTER_SIZES
        for alike in ALIKE
        for margin, discordance in ((0.02, 0.08), (0.05, 0.08), (0.05, 0.25), (0.1, 0.15), (0.1, 0.4))
    ]
    yield from _by_kind(_resolved(_clustered_rates, cells))


def _binary_rates(cell: Cell) -> Rates:
    gain, loss = (cell.discordance - cell.margin) / 2, (cell.discordance + cell.margin) / 2
    return {
        (name, confidence): passing_rate(
            rule, n=cell.n, gain=gain, loss=loss, margin=cell.margin, confidence=confidence
        )
        for name, rule in rivals.RULES.items()
        for confidence in CONFIDENCES
    }


def _resolved(first: Callable[[Cell, int], Rates], cells: list[Cell]) -> dict[Cell, Rates]:
    """The rates of all cells; those of which Brainswap's lies above what is allowed are drawn anew, `AGAIN` times.

    Of hundreds of cells that keep to what is allowed, some lie above it in any one simulation. Of those only the fresh
    samples count, so that a cell is neither picked for its chance nor saved by it.
    """
    rates = in_parallel(partial(_seeded, first), [(cell, SEED) for cell in cells])
    found = dict(zip(cells, rates, strict=True))
    doubtful = [
        cell for cell, one in found.items() if any(one.get(("Brainswap", each), 0.0) > ALLOWED for each in CONFIDENCES)
    ]
    again = [(cell, SEED + number) for cell in doubtful for number in range(1, AGAIN + 1)]
    drawn = in_parallel(partial(_seeded, first), again)
    for place, cell in enumerate(doubtful):
        of_cell = drawn[place * AGAIN : (place + 1) * AGAIN]
        found[cell] = {rule: sum(one[rule] for one in of_cell) / AGAIN for rule in found[cell]}
    return found


def _seeded(first: Callable[[Cell, int], Rates], what: tuple[Cell, int]) -> Rates:
    return first(what[0], what[1])


def _graded_rates(cell: Cell, seed: int) -> Rates:
    rng = np.random.default_rng([seed, cell.n, int(1000 * cell.margin), int(1000 * cell.discordance)])
    draw = worlds.KINDS[cell.kind]
    differences = draw(rng, (SAMPLES[cell.n], cell.n), cell.margin, cell.discordance)
    if differences is None:
        return {}
    found = scores(differences, -cell.margin)
    rates: Rates = {}
    for confidence in CONFIDENCES:
        rates["Brainswap", confidence] = float((found > critical_t(confidence, cell.n - 1)).mean())
        for name, rule in (("paired t", rivals.t_passes), ("evalstats (logit-t)", rivals.logit_t_passes)):
            passes = rule(differences, margin=cell.margin, confidence=confidence)
            rates[name, confidence] = float(passes.mean())
    return rates


def _clustered_rates(cell: Cell, seed: int) -> Rates:
    rng = np.random.default_rng([seed, cell.n, int(1000 * cell.margin), int(1000 * cell.discordance)])
    sizes = _sizes(cell)
    loss, gain = (cell.discordance + cell.margin) / 2, (cell.discordance - cell.margin) / 2
    sums = worlds.clustered(rng, samples=CLUSTERED_SAMPLES, sizes=sizes, loss=loss, gain=gain, alike=cell.alike)
    found = scores(sums / sizes, -cell.margin, sizes.astype(float))
    naive, robust = _cluster_errors(sums, sizes)
    above = sums.sum(axis=1) / sizes.sum() + cell.margin
    rates: Rates = {}
    for confidence in CONFIDENCES:
        z, t = _critical(confidence), stats.t.ppf((1 + confidence) / 2, len(sizes) - 1)
        ours = critical_t(confidence, degrees_of_freedom([Atom(1, size, 0.0) for size in sizes.tolist()]))
        rates["Brainswap", confidence] = float((found > ours).mean())
        rates["clusters ignored", confidence] = float(((above > z * naive) & (naive > 0)).mean())
        rates["cluster-robust t (Miller)", confidence] = float(((above > t * robust) & (robust > 0)).mean())
    return rates


def _sizes(cell: Cell) -> NDArray[np.int64]:
    pattern = next(sizes for kind, sizes in CLUSTER_SIZES.items() if cell.kind.startswith(f"clusters {kind}"))
    sizes: list[int] = []
    while sum(sizes) < cell.n:
        sizes.append(min(pattern[len(sizes) % len(pattern)], cell.n - sum(sizes)))
    return np.array(sizes)


def _cluster_errors(sums: Matrix, sizes: NDArray[np.int64]) -> tuple[Matrix, Matrix]:
    """Standard errors of the mean difference: as if cases were independent, and from the clusters."""
    n, clusters = sizes.sum(), len(sizes)
    mean = sums.sum(axis=1, keepdims=True) / n
    residuals = sums - mean * sizes
    robust = np.sqrt((residuals**2).sum(axis=1) * clusters / (clusters - 1)) / n
    within = np.abs(sums).sum(axis=1) / n  # every differing case counts once, but for those that cancel out
    naive = np.sqrt(np.clip(within - mean[:, 0] ** 2, 0, None) / n)
    return naive, robust


def _critical(confidence: float) -> float:
    return float(stats.norm.ppf((1 + confidence) / 2))


def _grid(rates: dict[Cell, Rates]) -> Iterator[str]:
    """Brainswap in every cell, then the worst cell of each rule."""
    for confidence in CONFIDENCES:
        yield f"\nBrainswap at {confidence:.0%} (one-sided {percent((1 - confidence) / 2)} %):\n"
        rows = []
        for margin in MARGINS:
            for discordance in DISCORDANCES:
                found = [rates.get(Cell(kind="binary", margin=margin, discordance=discordance, n=n), {}) for n in SIZES]
                if any(found):
                    cells = [percent(one["Brainswap", confidence]) for one in found]
                    rows.append([f"{margin:g}", f"{discordance:g}", *cells])
        yield from markdown(["margin", "discordance", *map(str, SIZES)], rows)
    yield ""
    yield from _worst(rates)


def _by_kind(rates: dict[Cell, Rates]) -> Iterator[str]:
    """The worst cell of each kind and size, by Brainswap; then the worst of each rule."""
    kinds = dict.fromkeys(cell.kind for cell in rates)
    for confidence in CONFIDENCES:
        yield f"\nBrainswap at {confidence:.0%}: the worst of all margins and discordances:\n"
        rows = [
            [
                kind,
                *(
                    percent(
                        max(
                            (
                                one["Brainswap", confidence]
                                for cell, one in rates.items()
                                if one and (cell.kind, cell.n) == (kind, n)
                            ),
                            default=0.0,
                        )
                    )
                    for n in SIZES
                ),
            ]
            for kind in kinds
        ]
        yield from markdown(["kind", *map(str, SIZES)], rows)
    yield ""
    yield from _worst(rates)


def _worst(rates: dict[Cell, Rates]) -> Iterator[str]:
    known = {cell: one for cell, one in rates.items() if one}
    rows = []
    for rule, confidence in next(iter(known.values())):
        cell, worst = max(((cell, one[rule, confidence]) for cell, one in known.items()), key=lambda pair: pair[1])
        above = sum(one[rule, confidence] > ALLOWED for one in known.values())
        where = f"{cell.kind}, margin {cell.margin:g}, discordance {cell.discordance:g}, n {cell.n}"
        rows.append([rule, f"{confidence:.0%}", percent(worst), where, f"{above} of {len(known)}"])
    yield from markdown(["rule", "level", "worst", "where", f"cells above {percent(ALLOWED)}"], rows)
