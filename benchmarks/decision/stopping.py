"""What looking on the way costs and saves: errors at the margin, cases that are asked, and power at the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import stats

from benchmarks.decision import families, sequential, worlds
from benchmarks.decision.errors import CLUSTER_SIZES
from benchmarks.decision.grid import ALLOWED, DISCORDANCES, MARGINS, in_parallel, markdown, percent
from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.looking import Looking
from brainswap.core.looks import even_shares
from brainswap.core.statistics.power import discordant, draws_needed

SEED = 20261105
CONFIDENCE = 0.95
SIZES = (100, 300, 1000)
LOOKS = (4, 10)
GRADED_DISCORDANCES = (0.05, 0.15, 0.4)
TABLES = 20000  # samples of 0/1 scores, of which only counts are needed
SAMPLES = {100: 6000, 200: 1000, 300: 4000, 500: 1000, 1000: 2000, 2000: 500}  # of the others
WORLDS = 600
MARGIN = 0.05
DISCORDANCE = 0.2
DIFFERING = {"binary": DISCORDANCE, "partial credit": 0.4, "clusters of 5": DISCORDANCE}
ALIKE = 0.2
_HAIR = 1e-9
FAR = 0.1  # from the bound
TRUTHS = {"10 points above the bound": FAR - MARGIN, "10 points below": -FAR - MARGIN, "as good": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A truth, how many pairs there are, and how often they are looked at."""

    kind: str
    margin: float
    discordance: float
    n: int
    looks: int
    alike: float = ALIKE


def tables() -> Iterator[str]:
    yield from errors()
    yield ""
    yield from savings()
    yield ""
    yield from powers()
    yield ""
    yield from family()
    yield ""
    yield from rivals()


def errors() -> Iterator[str]:
    """The worst cell of each kind, number of cases and number of looks."""
    yield f"### Stopping early: false “not worse” at the margin over all looks, in per cent, at {CONFIDENCE:.0%}"
    cells = [
        Cell(kind=kind, margin=margin, discordance=discordance, n=n, looks=looks)
        for n in SIZES
        for looks in LOOKS
        for kind in ("binary", *worlds.KINDS)
        for margin in MARGINS
        for discordance in (DISCORDANCES if kind == "binary" else GRADED_DISCORDANCES)
        if kind != "binary" or margin <= discordance
    ]
    cells += [
        Cell(kind=kind, margin=margin, discordance=discordance, n=n, looks=looks, alike=alike)
        for n in SIZES
        for looks in LOOKS
        for kind in (f"clusters {sizes}" for sizes in CLUSTER_SIZES)
        for alike in (0.2, 1.0)
        for margin, discordance in ((0.05, 0.08), (0.05, 0.25), (0.1, 0.15), (0.1, 0.4))
    ]
    found = dict(zip(cells, in_parallel(_false_passes, cells), strict=True))
    yield ""
    rows = []
    for kind in dict.fromkeys(cell.kind for cell in cells):
        for looks in LOOKS:
            worst = [
                max(rate for cell, rate in found.items() if (cell.kind, cell.looks, cell.n) == (kind, looks, n))
                for n in SIZES
            ]
            rows.append([kind, str(looks), *map(percent, worst)])
    yield from markdown(["scores", "looks", *map(str, SIZES)], rows)
    known = [rate for rate in found.values() if rate >= 0]
    above = sum(rate > ALLOWED for rate in known)
    yield f"\nThe worst of {len(known):,} cells: {percent(max(known))}; above {percent(ALLOWED)}: {above}."


def savings() -> Iterator[str]:
    """The mean share of the calls, by truth."""
    yield f"### Stopping early: calls in per cent of all, margin {MARGIN:g}"
    yield ""
    cells = [
        (Cell(kind=kind, margin=MARGIN, discordance=differing, n=n, looks=looks), truth)
        for kind, differing in DIFFERING.items()
        for looks in (4, 10)
        for truth in TRUTHS
        for n in (200, 500, 1000, 2000)
    ]
    found = dict(zip(cells, in_parallel(_calls, cells), strict=True))
    rows = []
    for kind in dict.fromkeys(cell.kind for cell, _ in cells):
        for looks in (4, 10):
            for truth in TRUTHS:
                here = [
                    share
                    for (cell, where), share in found.items()
                    if (cell.kind, cell.looks, where) == (kind, looks, truth)
                ]
                rows.append([kind, truth, str(looks), *map(percent, here)])
    yield from markdown(["scores", "truth", "looks", "200", "500", "1000", "2000"], rows)


def powers() -> Iterator[str]:
    """What the probability of showing that an equal target is not worse loses, with cases for 80 % and for 95 %."""
    yield "### Stopping early: power of “not worse” for an equal target, in per cent"
    yield ""
    rows = []
    rng = np.random.default_rng(SEED)
    for share in (0.1, 0.2):
        for power in (0.8, 0.95):
            n = draws_needed(discordant(share), bound=-MARGIN, least=-1.0, most=1.0, confidence=CONFIDENCE, power=power)
            assert n is not None  # noqa: S101 - equal models are above the bound
            row = [percent(share), str(n)]
            for looks in (1, *LOOKS):
                shares, sizes = even_shares(looks), sequential.look_sizes(n, looks)
                gained, lost = sequential.drawn_tables(rng, samples=20000, sizes=sizes, gain=share / 2, loss=share / 2)
                held_to = sequential.limits(shares, CONFIDENCE) if looks > 1 else [_Z]
                found = sequential.decide(_tables(gained, lost, sizes, -MARGIN), held_to)
                row.append(f"{percent(found.passed.mean())} ({percent(found.share_asked(shares))} of calls)")
            rows.append(row)
    yield from markdown(["differing", "cases", "one look", *(f"{looks} looks" for looks in LOOKS)], rows)


def family() -> Iterator[str]:
    """Whether anything is wrongly decided at any look, where many gates and targets are judged together."""
    yield f"### Stopping early: five targets, three gates, all at their bounds: wrong worlds of {WORLDS:,}, in per cent"
    yield ""
    rows = []
    for n in (100, 300):
        for looks in (1, 4):
            found = in_parallel(partial(_wrong_at_any_look, n, looks), list(range(WORLDS)))
            decided, migrates = (sum(each) / WORLDS for each in zip(*found, strict=True))
            rows.append([str(n), str(looks), percent(decided), percent(migrates)])
    yield from markdown(["cases", "looks", "any gate decided", "any target migrates"], rows)


def _wrong_at_any_look(n: int, looks: int, world: int) -> tuple[bool, bool]:
    """Whether any gate was decided at any look, and whether any target is to be moved to."""
    drawn = families.at_the_bound(n, world)
    evaluation = Evaluation(scorers=["right", "grade"], source=None, targets=dict.fromkeys(families.TARGETS))
    shares, sizes = even_shares(looks), sequential.look_sizes(n, looks)
    looking = Looking(families.GATES, evaluation, confidence=CONFIDENCE, shares=shares)
    decided, before = False, 0
    for size in sizes:
        for target in looking.open:
            families.fill(evaluation, target, drawn[target][:, before:size])
        looking.take()
        outcomes = [one for target in looking.found.values() for one in target.outcomes]
        decided |= any(one.status != "inconclusive" for one in outcomes)
        before = size
        if looking.finished:
            break
    return decided, any(target.verdict == "migrate" for target in looking.found.values())


def rivals() -> Iterator[str]:
    """Spending against limits that hold at any number of looks, for 0/1 scores."""
    yield "### Spending, and intervals that hold at every number of cases: 0/1 scores, margin 5 points, 20 % differing"
    yield ""
    rows = []
    for n in (500, 1000):
        for looks in (4, 10):
            rows += in_parallel(_compared, [(name, n, looks) for name in ("spending", "mixture", "betting")])
    head = ["rule", "cases", "looks", "limit at the end", "false “not worse”", *(f"calls: {one}" for one in TRUTHS)]
    yield from markdown([*head, "power, as good"], rows)


_Z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))


def _compared(which: tuple[str, int, int]) -> list[str]:
    name, n, looks = which
    rng = np.random.default_rng([SEED, n, looks, 7])
    shares, sizes = even_shares(looks), sequential.look_sizes(n, looks)
    held_to = sequential.limits(shares, CONFIDENCE)
    if name == "mixture":
        held_to = sequential.mixture_limits(sizes, CONFIDENCE)
    found = {}
    for truth, mean in {**TRUTHS, "at the bound": -MARGIN}.items():
        gain, loss = (DISCORDANCE + mean) / 2, (DISCORDANCE - mean) / 2
        if name == "betting":
            chance = rng.random((3000, n))
            values = np.where(chance < loss, -1.0, np.where(chance < loss + gain, 1.0, 0.0))
            found[truth] = sequential.bet(values, -MARGIN, sizes, CONFIDENCE)
        else:
            gained, lost = sequential.drawn_tables(rng, samples=20000, sizes=sizes, gain=gain, loss=loss)
            found[truth] = sequential.decide(_tables(gained, lost, sizes, -MARGIN), held_to)
    return [
        {"spending": "Brainswap", "mixture": "normal mixture", "betting": "betting"}[name],
        str(n),
        str(looks),
        "" if name == "betting" else f"{held_to[-1]:.2f} (one look: {_Z:.2f})",
        percent(found["at the bound"].passed.mean()),
        *(percent(found[truth].share_asked(shares)) for truth in TRUTHS),
        percent(found["as good"].passed.mean()),
    ]


def _false_passes(cell: Cell) -> float:
    """How often a target passes at any look, whatever it did before; -1 for a truth that cannot be."""
    if cell.kind == "binary":
        gained, lost, sizes = _tables_of(cell, -cell.margin)
        statistics = np.stack(_tables(gained, lost, sizes, -cell.margin))
        return float((statistics > np.array(_limits(cell))[:, None]).any(axis=0).mean())
    sample = _sample(cell, -cell.margin)
    if sample is None:
        return -1.0
    passed = [
        sequential.passing(sample.values[:, :end], -cell.margin, limit, sample.weights[:end])
        for end, limit in zip(sample.ends, sample.limits, strict=True)
    ]
    return float(np.any(passed, axis=0).mean())


def _calls(what: tuple[Cell, str]) -> float:
    cell, truth = what
    return _looked(cell, TRUTHS[truth]).share_asked(even_shares(cell.looks))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """Samples of draws, with their weights, and after how many draws each look comes, held to which limit."""

    values: sequential.Matrix
    weights: sequential.Matrix
    ends: list[int]
    shares: list[float]
    limits: list[float]


def _looked(cell: Cell, mean: float) -> sequential.Looked:
    """Look at samples whose true mean is given."""
    if cell.kind == "binary":
        gained, lost, sizes = _tables_of(cell, mean)
        return sequential.decide(_tables(gained, lost, sizes, -cell.margin), _limits(cell))
    sample = _sample(cell, mean)
    if sample is None:
        raise ValueError(f"there is no such truth: {cell}, {mean}")
    statistics = [
        sequential.mean_scores(sample.values[:, :end], -cell.margin, sample.weights[:end]) for end in sample.ends
    ]
    return sequential.decide(statistics, sample.limits)


def _sample(cell: Cell, mean: float) -> _Sample | None:
    """None where there is no such distribution."""
    if cell.kind.startswith("clusters"):
        return _clusters(cell, mean)
    drawn = worlds.KINDS[cell.kind](_chance(cell), (SAMPLES[cell.n], cell.n), abs(mean), cell.discordance)
    if drawn is None:
        return None
    ends, shares = sequential.look_sizes(cell.n, cell.looks), list(even_shares(cell.looks))
    return _Sample(
        values=-drawn if mean > 0 else drawn,
        weights=np.ones(cell.n),
        ends=ends,
        shares=shares,
        limits=sequential.student_limits(shares, CONFIDENCE, [np.ones(end, dtype=np.int64) for end in ends]),
    )


def _clusters(cell: Cell, mean: float) -> _Sample:
    """Clusters come whole, and a look ends with the cluster that fills it."""
    rng = _chance(cell)
    pattern = CLUSTER_SIZES[cell.kind.removeprefix("clusters ")]
    sizes = np.array([pattern[place % len(pattern)] for place in range(cell.n)])
    sizes = rng.permutation(sizes[: int(np.searchsorted(np.cumsum(sizes), cell.n)) + 1])
    loss, gain = (cell.discordance - mean) / 2, (cell.discordance + mean) / 2
    sums = worlds.clustered(rng, samples=SAMPLES[cell.n], sizes=sizes, loss=loss, gain=gain, alike=cell.alike)
    upto = np.cumsum(sizes)
    wanted = [share * upto[-1] - _HAIR for share in even_shares(cell.looks)]
    ends = sorted({int(np.searchsorted(upto, one)) + 1 for one in wanted})
    shares = [float(upto[end - 1] / upto[-1]) for end in ends]
    return _Sample(
        values=sums / sizes,
        weights=sizes.astype(float),
        ends=ends,
        shares=shares,
        limits=sequential.student_limits(shares, CONFIDENCE, [sizes[:end] for end in ends]),
    )


def _tables_of(cell: Cell, mean: float) -> tuple[list[sequential.Matrix], list[sequential.Matrix], list[int]]:
    sizes = sequential.look_sizes(cell.n, cell.looks)
    loss, gain = (cell.discordance - mean) / 2, (cell.discordance + mean) / 2
    return *sequential.drawn_tables(_chance(cell), samples=TABLES, sizes=sizes, gain=gain, loss=loss), sizes


def _chance(cell: Cell) -> np.random.Generator:
    return np.random.default_rng(
        [SEED, cell.n, cell.looks, int(1000 * cell.margin), int(1000 * cell.discordance), int(10 * cell.alike)]
    )


def _limits(cell: Cell) -> list[float]:
    return sequential.limits(even_shares(cell.looks), CONFIDENCE)


def _tables(
    gained: list[sequential.Matrix], lost: list[sequential.Matrix], sizes: list[int], bound: float
) -> list[sequential.Matrix]:
    return [sequential.tango_scores(up, down, n, bound) for up, down, n in zip(gained, lost, sizes, strict=True)]
