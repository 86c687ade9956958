"""The tables of the benchmark."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import fmean, stdev

from benchmarks.improving.ours import Shipped, ours
from benchmarks.improving.reachable import best_reachable
from benchmarks.improving.rivals import by_gepa, by_one_rewrite, by_random_search
from benchmarks.improving.worlds import Place, World

BUDGETS = (300, 600, 1_000, 2_000)
DEFAULT = 20  # calls for each validation case, as a workload has them that declares no budget
Search = Callable[[World, int], Shipped]
RIVALS: Mapping[str, Search] = {
    "this search": ours,
    "gepa 0.1.4 alone": by_gepa,
    "random search": by_random_search,
    "one rewriting, best of four": by_one_rewrite,
}
ABLATED: Mapping[str, Search] = {
    "without the vendor's advice": partial(ours, advice=False),
    "without worked examples": partial(ours, examples=False),
}
ABLATED_SEEDS = 4  # so many times fewer than of the others
MORE_SEEDS = 2.5  # so many times more for what is claimed: its mean is small beside its spread
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Contest:
    """Places and seeds, with what several tables ask.

    Attributes:
        seeds: of a place, in the tables of lift and budgets.
    """

    places: Sequence[Place]
    seeds: int
    _shipped: dict[tuple[str, int], tuple[float, float, Shipped]] = field(default_factory=dict)
    _reachable: dict[tuple[str, int], float] = field(default_factory=dict)

    def shipped(self, place: Place, seed: int) -> tuple[float, float, Shipped]:
        """What a run ships with the default budget: its quality on test cases, that of the original, and it."""
        if (place.name, seed) not in self._shipped:
            world = World(place, seed)
            made = ours(world, DEFAULT * place.validation)
            told = world.quality(made.shipped, world.test), world.quality(world.original, world.test), made
            self._shipped[place.name, seed] = told
        return self._shipped[place.name, seed]

    def reachable(self, world: World) -> float:
        name = world.place.name, world.seed
        if name not in self._reachable:
            self._reachable[name] = best_reachable(world)[1]
        return self._reachable[name]


def lift(contest: Contest) -> Iterator[str]:
    """What a run ships, in points on test cases."""
    yield "| | original | translated | shipped | best reachable | changed | calls |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for place in contest.places:
        rows: list[tuple[float, float, float, float]] = []
        changed, calls = 0, 0
        for seed in range(contest.seeds):
            quality, before, made = contest.shipped(place, seed)
            world = World(place, seed)
            translated = world.quality(world.translated, world.test) - before
            rows.append((before, translated, quality - before, contest.reachable(world) - before))
            changed += made.changed
            calls += made.spent
        first, *others = zip(*rows, strict=True)
        told = " | ".join(_points(column) for column in others)
        mean = f"{calls / contest.seeds:,.0f}"
        yield f"| {place.name} | {100 * fmean(first):.1f} % | {told} | {changed} of {contest.seeds} | {mean} |"


def budgets(contest: Contest) -> Iterator[str]:
    """The share of the reachable lift in the best prompt found, before anybody asks whether to believe it."""
    yield from _by_budget(contest, RIVALS, contest.seeds)


def parts(contest: Contest) -> Iterator[str]:
    """The same without what this search has and others have not, with fewer seeds."""
    yield from _by_budget(contest, ABLATED, max(2, contest.seeds // ABLATED_SEEDS))


def _by_budget(contest: Contest, searches: Mapping[str, Search], seeds: int) -> Iterator[str]:
    for place in contest.places:
        yield f"| {place.name}, {seeds} seeds | {' | '.join(f'{budget:,} calls' for budget in BUDGETS)} |"
        yield f"|---|{'--:|' * len(BUDGETS)}"
        for name, search in searches.items():
            yield f"| {name} | {' | '.join(_shares(contest, place, search, each, seeds) for each in BUDGETS)} |"
        yield ""


def _shares(contest: Contest, place: Place, search: Search, budget: int, seeds: int) -> str:
    shares, spent = [], []
    for seed in range(seeds):
        world = World(place, seed)
        reachable, before = contest.reachable(world), world.quality(world.original, world.test)
        made = search(world, budget)
        found = world.quality(made.best, world.test) if _holds(made, world) else 0.0
        shares.append((found - before) / max(reachable - before, 1e-9))
        spent.append(made.spent)
    return f"{_percent(shares)} ({fmean(spent):,.0f})"


def optimism(contest: Contest) -> Iterator[str]:
    """What is claimed of the shipped prompt on validation cases, less what it does on test cases, in points."""
    yield "| | claimed less done | changed | gepa 0.1.4: lift | gepa: claimed less done |"
    yield "|---|--:|--:|--:|--:|"
    for place in contest.places:
        mine, theirs, lifts, changed = [], [], [], 0
        seeds = math.ceil(MORE_SEEDS * contest.seeds)
        for seed in range(seeds):
            quality, before, made = contest.shipped(place, seed)
            mine.append(made.claimed - quality)
            changed += made.changed
            if seed < contest.seeds:
                world = World(place, seed)
                made = by_gepa(world, DEFAULT * place.validation)
                done = world.quality(made.best, world.test)
                theirs.append(made.claimed - done)
                lifts.append(done - before)
        yield f"| {place.name} | {_points(mine)} | {changed} of {seeds} | {_points(lifts)} | {_points(theirs)} |"


def noise(contest: Contest) -> Iterator[str]:
    """How often the untouched prompt is kept where no prompt is better than another."""
    yield "| answers right | kept | gepa 0.1.4 kept |"
    yield "|---|--:|--:|"
    for right in (0.6, 0.8, 0.95):
        kept = theirs = runs = 0
        for place in contest.places[-2:]:
            for seed in range(math.ceil(MORE_SEEDS * contest.seeds)):
                world = World(place, seed, noise=right)
                kept += not ours(world, DEFAULT * place.validation).changed
                theirs += by_gepa(world, DEFAULT * place.validation).best == world.translated
                runs += 1
        yield f"| {100 * right:.0f} % | {kept} of {runs} | {theirs} of {runs} |"


def _holds(made: Shipped, world: World) -> bool:
    return made.best.placeholders == world.original.placeholders


def _points(values: Sequence[float]) -> str:
    return f"{100 * fmean(values):+.1f} ± {100 * _reach(values):.1f}"


def _percent(values: Sequence[float]) -> str:
    return f"{100 * fmean(values):.0f} ± {100 * _reach(values):.0f} %"


def _reach(values: Sequence[float]) -> float:
    """Half of a 95 % interval of the mean over seeds."""
    return _Z * stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan
