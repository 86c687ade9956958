"""Whether a target is worse in any segment, however many segments there are."""

from collections.abc import Mapping
from dataclasses import dataclass

from brainswap.core.decision.paired_tally import PairedTally
from brainswap.core.statistics.multiplicity import benjamini_hochberg


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """What the segments say together.

    Attributes:
        segments: with at least one pair.
        worse: those in which the target is worse by the margin or more, the most certain first.
        open: those in which it may or may not be.
        lowest: the segment with the smallest difference.
        difference: target minus source in it.
    """

    segments: int
    worse: tuple[str, ...]
    open: tuple[str, ...]
    lowest: str
    difference: float


def worst_segments(tallies: Mapping[str, PairedTally], *, margin: float, confidence: float) -> Segments | None:
    """Look for segments that are worse, and for those that are shown not to be.

    A segment counts as worse where Benjamini and Hochberg's procedure (1995, J. R. Stat. Soc. B 57:289) rejects "not
    worse by the margin" at (1 - ``confidence``) / 2: so that, where none is, none is found with that probability. That
    *no* segment is worse is shown only if every one of them is, each at ``confidence``, for which nothing has to be
    corrected (an intersection-union test: Berger 1982, Technometrics 24:295).

    Returns:
        None where no segment has a pair.
    """
    found = {name: one for name, tally in tallies.items() if (one := tally.comparison(confidence)) is not None}
    if not found:
        return None
    p_values = {name: tallies[name].p_below(-margin) for name in found}
    flagged = benjamini_hochberg(p_values, (1 - confidence) / 2)
    lowest = min(found, key=lambda name: found[name].difference)
    return Segments(
        segments=len(found),
        worse=tuple(sorted(flagged, key=p_values.__getitem__)),
        open=tuple(name for name, one in found.items() if name not in flagged and one.low <= -margin),
        lowest=lowest,
        difference=found[lowest].difference,
    )
