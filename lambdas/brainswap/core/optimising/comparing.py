"""How much better one prompt is than another, by the cases that both have answered."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from brainswap.core.optimising.evidence import Trial, price_of_growth, quality, taken
from brainswap.core.optimising.feedback import RIGHT

_FEWEST_RIGHT = 16  # cases that the prompt in hand got right, on which others must not lose what they gain elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """Comparisons of trials.

    Attributes:
        train: the cases that they are compared on unless others are named.
        weights: of all cases.
    """

    train: Sequence[str]
    weights: Mapping[str, float]

    def on_a_panel(self, base: Trial, draws: random.Random) -> "Comparing":
        """Comparisons on what a prompt got wrong and on as much, drawn, of what it got right.

        Prompts differ where one of them is wrong; most cases are right with either, and tell nothing for a call. Those
        that are taken of the right ones count for the others, so that a gain is estimated without bias.
        """
        wrong, right = self.wrong(base), self.right(base)
        held = drawn(draws, right, max(_FEWEST_RIGHT, len(wrong)))
        times = sum(self.weights[name] for name in right) / sum(self.weights[name] for name in held) if held else 1.0
        kept = {*wrong, *held}
        return Comparing(
            train=tuple(name for name in self.train if name in kept),
            weights={**self.weights, **{name: times * self.weights[name] for name in held}},
        )

    def best(self, trials: Iterable[Trial], cases: Sequence[str] | None = None) -> Trial:
        """The first of the best; there has to be one."""
        return reduce(lambda best, trial: trial if self.gain(trial, best, cases) > 0 else best, trials)

    def gain(self, child: Trial, parent: Trial, cases: Sequence[str] | None = None) -> float:
        """How much better a child is on the parent's cases, by those that it has answered, less what it owes.

        Cases that the parent got right and wrong are weighed by how many there are of each, not by how many of them the
        child answered.
        """
        known = [name for name in (cases or self.train) if name in parent.known and name not in child.shown]
        common = [name for name in known if name in child.known]
        gain = 0.0
        total = sum(self.weights[name] for name in known)
        for stratum in (self.wrong(parent, known), self.right(parent, known)):
            both = [name for name in stratum if name in child.known]
            share = sum(self.weights[name] for name in stratum) / total if total else 0.0
            gain += share * self.won(child, parent, both)
        now, before = (taken(one.on(common)) for one in (child, parent))
        return gain - price_of_growth(now, before) + price_of_growth(before, now)

    def won(self, child: Trial, parent: Trial, cases: Sequence[str]) -> float:
        """The gain in the mean of cases that both have answered."""
        both = [
            name
            for name in cases
            if name in child.known
            and child.known[name].quality is not None
            and name in parent.known
            and parent.known[name].quality is not None
        ]
        return quality(child.on(both), self.weights) - quality(parent.on(both), self.weights)

    def wrong(self, trial: Trial, cases: Sequence[str] | None = None) -> list[str]:
        """The cases that a trial did not get all right; never one that it shows."""
        return [
            name
            for name in (self.train if cases is None else cases)
            if name in trial.known
            and (value := trial.known[name].quality) is not None
            and value < RIGHT
            and name not in trial.shown
        ]

    def right(self, trial: Trial, cases: Sequence[str] | None = None) -> list[str]:
        return [
            name
            for name in (self.train if cases is None else cases)
            if name in trial.known and (value := trial.known[name].quality) is not None and value >= RIGHT
        ]

    def is_whole(self, trial: Trial) -> bool:
        """Whether it answered all training cases that it does not show."""
        return all(name in trial.known or name in trial.shown for name in self.train)


def drawn(draws: random.Random, names: Sequence[str], most: int) -> list[str]:
    return draws.sample(list(names), min(most, len(names)))
