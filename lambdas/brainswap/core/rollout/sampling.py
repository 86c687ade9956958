"""How many of the answers to live requests applications keep for the judge, as the route of a step says it."""

import math
from dataclasses import dataclass

from brainswap.core.declared_rollout import ALL, JUDGING_MINUTES, Rollout
from brainswap.core.rollout.routes import WHOLE
from brainswap.core.workload import Traffic

MINUTES_PER_MONTH = 365 * 24 * 60 / 12
SPARE = 4
"""Times as many answers are kept as will be judged, because traffic comes unevenly and is stated roughly."""

SPARE_S = 600
"""For so long after the last bake of a step has to have ended, answers are still kept: a machine may be late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """What applications keep in one step.

    Attributes:
        source: share of the source's answers, in hundredths of a per cent.
        target: of the target's.
        most: answers that one process keeps of a variant in a minute.
        seconds: from the beginning of the step, after which nothing is kept.
    """

    source: int = 0
    target: int = 0
    most: int = 0
    seconds: int = 0


def sampling_of(rollout: Rollout, traffic: Traffic | None, *, percent: int, bake_s: int) -> Sampling:
    """What applications keep in a step; nothing without a judge.

    Where the workload states its traffic, a share of each variant's answers that brings `SPARE` times what is judged
    after a bake; all of them where it does not, within what each process may keep: that one process alone can bring
    twice what is judged, if its traffic is even.

    Args:
        rollout: as declared.
        traffic: as stated.
        percent: of the requests that the target answers; 0 in the shadow.
        bake_s: how long the step is watched each time.
    """
    judge = rollout.judge
    if judge is None:
        return Sampling()
    minutes = bake_s / 60
    to_target = (rollout.shadow.percent if rollout.shadow is not None else 0) if percent == 0 else percent
    shares = [
        _share(SPARE * judge.sample, None if traffic is None else _expected(traffic, minutes, of_traffic))
        for of_traffic in (ALL - percent, to_target)
    ]
    return Sampling(
        source=shares[0],
        target=shares[1],
        most=min(judge.sample, 2 * math.ceil(judge.sample / minutes)) if minutes else judge.sample,
        seconds=rollout.bakes * (bake_s + 60 * JUDGING_MINUTES) + SPARE_S,
    )


def _expected(traffic: Traffic, minutes: float, percent: int) -> float:
    """Answers that a bake brings."""
    return traffic.requests_per_month / MINUTES_PER_MONTH * minutes * percent / ALL


def _share(wanted: int, expected: float | None) -> int:
    if expected is None or expected <= wanted:
        return WHOLE
    return max(1, math.ceil(WHOLE * wanted / expected))
