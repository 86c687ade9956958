"""Verdicts: what follows from the gates, for each target and for the migration."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from brainswap.core.decision.gates import Outcome
from brainswap.core.statistics.paired import PairedComparison

Verdict = Literal["migrate", "hold", "inconclusive"]


def verdict_of(outcomes: Sequence[Outcome], *, complete: bool = True) -> Verdict:
    """One failed gate holds; one that cannot be told leaves the matter open; else the target may be moved to.

    What supports the verdict holds when it fails, and leaves nothing open: it asks for evidence against, not for. What
    is advisory decides nothing. Without a critical gate nothing was shown, and the matter is open.

    Args:
        outcomes: of all gates.
        complete: every case was asked of source and target; the rest is no sample that anybody drew.
    """
    if not complete:
        return "inconclusive"
    if any(outcome.status == "fail" and outcome.decides for outcome in outcomes):
        return "hold"
    critical = {outcome.status for outcome in outcomes if outcome.tier == "critical"}
    return "migrate" if critical == {"pass"} else "inconclusive"


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """One good target is enough to migrate; hold only when every target is out of the question."""
    if "migrate" in verdicts:
        return "migrate"
    return "inconclusive" if "inconclusive" in verdicts else "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a target is measured by; unknown is worse than anything known.

    Attributes:
        quality: its first scorer's difference to the source.
        cost_usd: per answer.
        latency_ms: such as its 95th percentile.
    """

    quality: float | None
    cost_usd: Decimal | None
    latency_ms: float | None

    @property
    def merits(self) -> tuple[float, float, float]:
        """Higher is better, each by itself."""
        return (
            -math.inf if self.quality is None else self.quality,
            -math.inf if self.cost_usd is None else -float(self.cost_usd),
            -math.inf if self.latency_ms is None else -self.latency_ms,
        )


def pareto_front(standings: Mapping[str, Standing]) -> list[str]:
    """The targets that no other is at least as good as in everything, and better than in something."""

    def beats(one: Standing, other: Standing) -> bool:
        pairs = list(zip(one.merits, other.merits, strict=True))
        return all(mine >= theirs for mine, theirs in pairs) and any(mine > theirs for mine, theirs in pairs)

    return [
        name
        for name, standing in standings.items()
        if not any(beats(other, standing) for each, other in standings.items() if each != name)
    ]


def recommend(
    verdicts: Mapping[str, Verdict],
    quality: Mapping[str, PairedComparison | None],
    cost_usd: Mapping[str, Decimal | None],
) -> str | None:
    """Choose among the targets that may be moved to: the cheapest of those that cannot be told from the best.

    Args:
        verdicts: by target.
        quality: each target against the source by the first scorer; a target is tied with the best one where their
            intervals overlap, and one without a comparison is never better than one with.
        cost_usd: per answer; an unknown cost counts as the highest.
    """
    able = [target for target, verdict in verdicts.items() if verdict == "migrate"]
    known = {target: found for target in able if (found := quality[target]) is not None}
    if not known:
        return able[0] if able else None
    best = max(known.values(), key=lambda found: found.difference)
    tied = [target for target, found in known.items() if found.high >= best.low]

    def rank(target: str) -> tuple[Decimal, float]:
        cost = cost_usd[target]
        return (Decimal("Infinity") if cost is None else cost, -known[target].difference)

    return min(tied, key=rank)
