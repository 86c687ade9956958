"""Figures of a workload from run to run: which points there are, which belong together, and where a line breaks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from brainswap.report.index.entry import Entry, Measured
from brainswap.report.index.history import apart
from brainswap.report.tradeoff import Scale

Side = Literal["source", "target"]

SIDES: Final[tuple[Side, ...]] = ("source", "target")
MOST_RUNS = 40  # that a phone can still tell apart
_LEAST = 2  # runs that make a trend
_ROOM = 0.08  # of the scale, above and below
_NARROWEST = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A figure of a run; ``low`` to ``high`` holds ``value``, and is no wider where there is no interval.

    Attributes:
        run: the number of the run, from 0 for the oldest that is shown.
        joined: to the dot before it of the same side.
    """

    run: int
    entry: Entry
    measured: Measured
    value: float
    low: float
    high: float
    joined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Before the run of that number a line ends, because figures on both sides may not be held against each other."""

    run: int
    entry: Entry
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One figure in all runs that know it.

    Attributes:
        scorer: whose mean it is; None for the cost of 1,000 requests.
        runs: how many are shown.
        left_out: older ones that are not.
    """

    scorer: str | None
    runs: int
    left_out: int
    dots: Mapping[Side, Sequence[Dot]]
    breaks: Sequence[Break]
    scale: Scale


def trend(entries: Sequence[Entry], scorer: str | None) -> Trend | None:
    """None where fewer than two runs know the figure.

    Args:
        entries: of one workload, the oldest first.
        scorer: whose mean; None for the cost of 1,000 requests.
    """
    known = [entry for entry in entries if any(_figure(entry, side, scorer) for side in SIDES)]
    shown = known[-MOST_RUNS:]
    if len(shown) < _LEAST:
        return None
    dots: dict[Side, list[Dot]] = {"source": [], "target": []}
    reasons: dict[int, dict[str, None]] = {}
    for side in SIDES:
        for number, entry in enumerate(shown):
            found = _figure(entry, side, scorer)
            if found is None:
                continue
            measured, value, low, high = found
            before = dots[side][-1] if dots[side] else None
            why = apart((before.entry, before.measured), (entry, measured), scorer) if before else ()
            dots[side].append(
                Dot(
                    run=number,
                    entry=entry,
                    measured=measured,
                    value=value,
                    low=low,
                    high=high,
                    joined=before is not None and not why,
                )
            )
            if why:
                reasons.setdefault(number, {}).update(dict.fromkeys(why))
    return Trend(
        scorer=scorer,
        runs=len(shown),
        left_out=len(known) - len(shown),
        dots=dots,
        breaks=[Break(run=run, entry=shown[run], reasons=list(reasons[run])) for run in sorted(reasons)],
        scale=_scale([dot for side in SIDES for dot in dots[side]], from_zero=scorer is None),
    )


def trends(entries: Sequence[Entry], scorers: Sequence[str]) -> Iterator[Trend]:
    """Of each scorer and of the cost, where there is one."""
    for scorer in (*scorers, None):
        found = trend(entries, scorer)
        if found is not None:
            yield found


def _figure(entry: Entry, side: Side, scorer: str | None) -> tuple[Measured, float, float, float] | None:
    """A contender with its figure and the ends of its interval."""
    measured = entry.source if side == "source" else entry.candidate
    if measured is None:
        return None
    if scorer is None:
        cost = measured.cost_usd
        return None if cost is None else (measured, cost, cost, cost)
    found = measured.quality.get(scorer)
    if found is None or found.mean is None:
        return None
    if found.low is None or found.high is None:
        return measured, found.mean, found.mean, found.mean
    return measured, found.mean, min(found.low, found.mean), max(found.high, found.mean)


def _scale(dots: Sequence[Dot], *, from_zero: bool) -> Scale:
    low = 0.0 if from_zero else min(dot.low for dot in dots)
    high = max(dot.high for dot in dots)
    if from_zero:
        return Scale(low=0.0, high=(1 + _ROOM) * high if high > 0 else 1.0)
    room = max(_ROOM * (high - low), _NARROWEST)
    return Scale(low=low - room, high=high + room)
