"""The tables of the benchmark."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import fmean, stdev

from benchmarks.improving.ours import Shipped, ours
from benchmarks.improving.reachable import best_reachable
from benchmarks.improving.rivals import by_gepa, by_one_rewrite, by_random_search
from benchmarks.improving.worlds import Place, World

BUDGETS = (300, 600, 1_000, 2_000)
RIVALS: Mapping[str, Callable[[World, int], Shipped]] = {
    "ours": ours,
    "ours without advice": lambda world, budget: ours(world, budget, advice=False),
    "ours without examples": lambda world, budget: ours(world, budget, examples=False),
    "gepa 0.1.4": by_gepa,
    "random search": by_random_search,
    "meta-prompt": by_one_rewrite,
}
OPTIMISM_SEEDS = 5  # times as many as elsewhere
_Z = 1.96


def lift(places: Sequence[Place], seeds: int) -> Iterator[str]:
    """What a run ships, in points on test cases."""
    yield "| place | original | translated | shipped | best reachable | changed | calls |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for place in places:
        rows: list[tuple[float, float, float, float]] = []
        changed, calls = 0, 0
        for seed in range(seeds):
            world = World(place, seed)
            made = ours(world, 20 * place.validation)
            _, reachable = best_reachable(world)
            before = world.quality(world.original, world.test)
            translated = world.quality(world.translated, world.test) - before
            rows.append((before, translated, world.quality(made.shipped, world.test) - before, reachable - before))
            changed += made.changed
            calls += made.spent
        first, *others = zip(*rows, strict=True)
        told = " | ".join(_points(column) for column in others)
        yield f"| {place.name} | {100 * fmean(first):.1f} % | {told} | {changed} of {seeds} | {calls / seeds:,.0f} |"


def budgets(places: Sequence[Place], seeds: int) -> Iterator[str]:
    """The share of the reachable lift in the best prompt found, before anybody asks whether to believe it."""
    shares: dict[tuple[str, int], list[float]] = {}
    spent: dict[tuple[str, int], list[int]] = {}
    for place in places:
        for seed in range(seeds):
            world = World(place, seed)
            _, reachable = best_reachable(world)
            before = world.quality(world.original, world.test)
            for budget in BUDGETS:
                for name, search in RIVALS.items():
                    made = search(world, budget)
                    found = world.quality(made.best, world.test) if _holds(made, world) else 0.0
                    shares.setdefault((name, budget), []).append((found - before) / max(reachable - before, 1e-9))
                    spent.setdefault((name, budget), []).append(made.spent)
    yield f"| search | {' | '.join(f'{budget:,} calls' for budget in BUDGETS)} |"
    yield f"|---|{'--:|' * len(BUDGETS)}"
    for name in RIVALS:
        cells = [f"{_percent(shares[name, budget])} ({fmean(spent[name, budget]):,.0f})" for budget in BUDGETS]
        yield f"| {name} | {' | '.join(cells)} |"


def optimism(places: Sequence[Place], seeds: int) -> Iterator[str]:
    """What is claimed of the shipped prompt on validation cases, less what it does on test cases, in points."""
    yield "| place | ours | changed | gepa 0.1.4 |"
    yield "|---|--:|--:|--:|"
    for place in places:
        mine, theirs, changed = [], [], 0
        for seed in range(OPTIMISM_SEEDS * seeds):
            world = World(place, seed)
            made = ours(world, 20 * place.validation)
            mine.append(made.claimed - world.quality(made.shipped, world.test))
            changed += made.changed
            if seed < seeds:
                made = by_gepa(world, 20 * place.validation)
                theirs.append(made.claimed - world.quality(made.best, world.test))
        yield f"| {place.name} | {_points(mine)} | {changed} of {OPTIMISM_SEEDS * seeds} | {_points(theirs)} |"


def noise(places: Sequence[Place], seeds: int) -> Iterator[str]:
    """How often the untouched prompt is kept where no prompt is better than another."""
    yield "| answers right | kept | gepa 0.1.4 kept |"
    yield "|---|--:|--:|"
    for right in (0.6, 0.8, 0.95):
        kept = theirs = runs = 0
        for place in places[-2:]:
            for seed in range(OPTIMISM_SEEDS * seeds):
                world = World(place, seed, noise=right)
                kept += not ours(world, 20 * place.validation).changed
                theirs += by_gepa(world, 20 * place.validation).best == world.translated
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
