"""Whether requests were shared out as a step says (a mismatch of the sample ratio).

Fabijan et al. 2019, KDD, "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments": where the counts of two
variants are not in the ratio that was set, what is missing is mostly not missing at random. Here it is above all an
application that records no request which failed, so that a target that hardly answers looks perfect.

Requests come in clusters, for whole users move and some ask a hundred times as often as others. So a difference has to
be large as well as certain, and only one that no such users explain, and on the side that hides failures, stops a step.
"""

from dataclasses import dataclass

from brainswap.core.statistics.intervals import clopper_pearson

TOLD, HELD = 1.5, 5.0
"""Times as many or as few requests to one of the source's as the step says."""

_CONFIDENCE = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Requests that are not shared out as the step says.

    Attributes:
        hides: the target has so few that its failures may not be recorded.
        detail: in words, for events and records.
    """

    hides: bool
    detail: str


def mismatch(source: int, target: int, share: float) -> Mismatch | None:
    """What is wrong with the counts of both variants; None where nothing is shown to be.

    Args:
        source: requests of the source that were recorded in a step.
        target: those of the target.
        share: of the target, inside (0, 1).
    """
    if source + target == 0:
        return None
    found = clopper_pearson(target, source + target, _CONFIDENCE)
    if found.low <= _of_odds(share, TOLD) and found.high >= _of_odds(share, 1 / TOLD):
        return None
    detail = (
        f"the target has {target} of {source + target} requests ({_per_cent(target / (source + target))}), and the "
        f"step sends it {_per_cent(share)}"
    )
    if found.high < _of_odds(share, 1 / HELD):
        return Mismatch(hides=True, detail=f"{detail}: are requests that fail recorded, with ok=False?")
    return Mismatch(hides=False, detail=detail)


def _of_odds(share: float, times: float) -> float:
    """The share whose odds are so many times those of another."""
    odds = times * share / (1 - share)
    return odds / (1 + odds)


def _per_cent(share: float) -> str:
    return f"{100 * share:.1f} %"
