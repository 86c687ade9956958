"""Whether the target's traffic may grow, shall wait, or has to go back: two shares compared, guard by guard."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from brainswap.core.declared_rollout import Guard, GuardMeasure
from brainswap.core.rollout.sharing import Mismatch, mismatch
from brainswap.core.statistics.intervals import clopper_pearson

Decision = Literal["go_on", "hold", "roll_back"]
Finding = Literal["fine", "harmed", "doubtful", "few", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Requests that something is known of, and those of them that had it: ``hits`` of ``of``."""

    of: int
    hits: int

    @property
    def share(self) -> float:
        return self.hits / self.of


Outcomes = Mapping[GuardMeasure, Counted]
"""What is known of one variant; a measure that nobody reported is not in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a step is held to.

    Attributes:
        confidence: over all looks and guards together.
        looks: that there will be at the most.
        bakes: how often a step is looked at, at the most.
    """

    guards: tuple[Guard, ...]
    min_requests: int
    confidence: float
    looks: int
    bakes: int

    @property
    def confidence_of_each(self) -> float:
        """Of one guard at one look: the error is shared out evenly, which holds however looks and guards depend."""
        return 1 - (1 - self.confidence) / (self.looks * len(self.guards))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """What one guard says at one look.

    Attributes:
        difference: target less source; None, with ``low`` and ``high``, where it cannot be told.
        low: with ``high``, the interval of the difference.
        detail: in words, for events and records.
    """

    measure: GuardMeasure
    finding: Finding
    margin: float
    difference: float | None
    low: float | None
    high: float | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAnalysis:
    """What becomes of a step, and why."""

    decision: Decision
    guarded: tuple[Guarded, ...]
    reason: str

    @property
    def harmed(self) -> bool:
        """Whether some guard shows harm, whatever the others say."""
        return any(one.finding == "harmed" for one in self.guarded)


def analyse(
    source: Outcomes | None, target: Outcomes, rules: Rules, *, bake: int, share: float | None = None
) -> StepAnalysis:
    """Judge a step by what its requests came to so far.

    - A guard that is *harmed* (the interval of the difference lies above the margin) sends the traffic back at once.
    - Otherwise a guard that is *missing*, has too *few* requests, or is *doubtful* (the difference is above the margin,
      but the interval is not) makes the step wait; after the last bake, the traffic goes back. Going back is cheap.
    - So does a target of whose requests hardly any were recorded, for those that fail may be the others.
    - Only when every guard is *fine* does the traffic grow.

    Args:
        source: of the source's requests in the same step, or in the last one that had any; None where there never was
            any, and the target's shares themselves are held against the margins.
        target: of the target's requests in this step.
        rules: as the workload declares them.
        bake: the number of this bake of the step, from 1.
        share: of the target, inside (0, 1); None where not both variants answer.
    """
    shared = _mismatch(source, target, share)
    guarded = tuple(_guarded(guard, source, target, rules) for guard in rules.guards)
    harmed = [one.detail for one in guarded if one.finding == "harmed"]
    open_ = [one.detail for one in guarded if one.finding in {"missing", "few", "doubtful"}]
    also = [] if shared is None else [shared.detail]
    if harmed:
        return StepAnalysis(decision="roll_back", guarded=guarded, reason="; ".join([*harmed, *also]))
    if shared is not None and (shared.hides or open_):
        open_.append(shared.detail)
    if open_ and bake >= rules.bakes:
        last = f"still not clear after {bake} bakes" if bake > 1 else "not clear after its only bake"
        return StepAnalysis(decision="roll_back", guarded=guarded, reason=f"{last}: {'; '.join(open_)}")
    if open_:
        return StepAnalysis(decision="hold", guarded=guarded, reason="; ".join(open_))
    return StepAnalysis(decision="go_on", guarded=guarded, reason="; ".join([*(one.detail for one in guarded), *also]))


def _mismatch(source: Outcomes | None, target: Outcomes, share: float | None) -> Mismatch | None:
    """By the measure that every request counts in."""
    theirs, ours = (None if outcomes is None else outcomes.get("errors") for outcomes in (source, target))
    if share is None or theirs is None or ours is None:
        return None
    return mismatch(theirs.of, ours.of, share)


def difference_interval(source: Counted | None, target: Counted, confidence: float) -> tuple[float, float]:
    """The ends of the interval of the difference of two independent shares, target less source.

    Zou and Donner 2008, Statistics in Medicine 27:1693, equations 2 and 3 (the ends of a difference recovered from
    those of the two shares; Newcombe 1998, Statistics in Medicine 17:873, method 10, is the same with Wilson's), from
    the exact ends of Clopper and Pearson, which makes it err rather less often than it says: the events are rare.

    Args:
        source: None for no requests of it, whose share then counts as 0.
        target: at least one request, as of the source.
        confidence: two-sided, inside (0, 1).
    """
    aimed = clopper_pearson(target.hits, target.of, confidence)
    if source is None:
        return aimed.low, aimed.high
    held = clopper_pearson(source.hits, source.of, confidence)
    difference = target.share - source.share
    low = difference - math.hypot(target.share - aimed.low, held.high - source.share)
    high = difference + math.hypot(aimed.high - target.share, source.share - held.low)
    return max(-1.0, low), min(1.0, high)


def _guarded(guard: Guard, source: Outcomes | None, target: Outcomes, rules: Rules) -> Guarded:
    measure = guard.measure
    ours = target.get(measure)
    theirs = None if source is None else source.get(measure)
    unknown = [
        name
        for name, counted, asked in (("target", ours, True), ("source", theirs, source is not None))
        if asked and (counted is None or not counted.of)
    ]
    if ours is None or unknown:
        detail = f"{measure}: nothing is known of the {' and the '.join(unknown)}"
        return _open(guard, "missing", detail)
    fewest = min((counted.of for counted in (ours, theirs) if counted is not None), default=0)
    low, high = difference_interval(theirs, ours, rules.confidence_of_each)
    difference = ours.share - (theirs.share if theirs is not None else 0.0)
    finding: Finding
    if low > guard.margin:
        finding = "harmed"
    elif fewest < rules.min_requests:
        return _open(guard, "few", f"{measure}: {fewest} requests, and {rules.min_requests} are wanted")
    else:
        finding = "fine" if difference <= guard.margin else "doubtful"
    return Guarded(
        measure=measure,
        finding=finding,
        margin=guard.margin,
        difference=difference,
        low=low,
        high=high,
        detail=_told(guard, ours, theirs, low, high),
    )


def _open(guard: Guard, finding: Finding, detail: str) -> Guarded:
    return Guarded(
        measure=guard.measure,
        finding=finding,
        margin=guard.margin,
        difference=None,
        low=None,
        high=None,
        detail=detail,
    )


def _told(guard: Guard, ours: Counted, theirs: Counted | None, low: float, high: float) -> str:
    against = "" if theirs is None else f" against {theirs.hits} of {theirs.of} of the source's"
    interval = f"difference between {_points(low)} and {_points(high)} points"
    return (
        f"{guard.measure}: {ours.hits} of {ours.of} of the target's requests{against}, {interval}; "
        f"{_points(guard.margin)} are allowed"
    )


def _points(share: float) -> str:
    return f"{100 * share:.1f}"
