"""Whether any of several prompts is better than the one in hand, counting that several were tried."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DRAWS = 4_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What paired differences say of one rival.

    Attributes:
        difference: its mean, rival minus the one in hand, after what the rival owes for its growth.
        p: of a difference as large for any of the rivals, were none of them better.
        units: that were drawn independently, and differ.
    """

    difference: float
    p: float
    units: int


def confirmations(
    differences: Mapping[str, Sequence[float]],
    *,
    units: Sequence[str],
    weights: Sequence[float],
    seed: int,
    draws: int = DRAWS,
) -> dict[str, Confirmation]:
    """Test all rivals at once, by the largest of their statistics under random signs.

    Where a rival is no better than what it is compared with, the sign of each unit's difference is as good as drawn.
    The signs of all rivals are turned together, so that what they have in common stays; each p is that of the largest
    statistic among all of them (Westfall and Young 1993, resampling-based multiple testing, single-step maxT; Romano
    and Wolf 2005, Econometrica 73:1237), which holds the error over all rivals. Of one rival with 0/1 scores this is
    McNemar's exact test, up to the draws. The statistic is the sum of a rival's differences by the root of the sum of
    their squares, which no turn of signs changes. With ``draws`` drawn, p is (1 + as large) / (1 + draws) (Phipson and
    Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39), never 0.

    Args:
        differences: by rival, one for each case, in the same order for all.
        units: by case, what it was drawn together with; cases of one unit turn together.
        weights: by case.
        seed: of the signs.
        draws: of signs.
    """
    names = sorted(differences)
    places = {unit: index for index, unit in enumerate(dict.fromkeys(units))}
    sums = {name: [0.0] * len(places) for name in names}
    for name in names:
        for difference, unit, weight in zip(differences[name], units, weights, strict=True):
            sums[name][places[unit]] += weight * difference
    scaled = {name: _scaled(sums[name]) for name in names}
    observed = {name: sum(scaled[name]) for name in names}
    told = [index for index in range(len(places)) if any(scaled[name][index] for name in names)]
    rows = [_sums_by_byte([scaled[name][index] for index in told]) for name in names]
    larger = dict.fromkeys(names, 0)
    drawn = random.Random(seed)  # noqa: S311 - a test's signs, seeded
    for _ in range(draws):
        signs = drawn.getrandbits(len(told)).to_bytes((len(told) + 7) // 8, "little") if told else b""
        largest = max((sum(sums[byte] for sums, byte in zip(row, signs, strict=True)) for row in rows), default=0.0)
        for name in names:
            larger[name] += largest >= observed[name] - 1e-12
    total = math.fsum(weights)
    return {
        name: Confirmation(
            difference=math.fsum(sums[name]) / total if total else 0.0,
            p=(1 + larger[name]) / (1 + draws),
            units=sum(1 for value in sums[name] if value),
        )
        for name in names
    }


def _scaled(values: Sequence[float]) -> list[float]:
    length = math.sqrt(math.fsum(value * value for value in values))
    return [value / length for value in values] if length else [0.0] * len(values)


def _sums_by_byte(values: Sequence[float]) -> list[list[float]]:
    """For every eight values, their sum under each of 256 patterns of signs; a bit that is set turns its value."""
    found = []
    for begin in range(0, len(values), 8):
        sums = [0.0]
        for value in values[begin : begin + 8]:
            sums = [*(known + value for known in sums), *(known - value for known in sums)]
        found.append(sums)
    return found
