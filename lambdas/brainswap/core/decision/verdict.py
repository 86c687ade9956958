"""Verdicts: what follows from the gates, for each target and for the migration."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from brainswap.core.decision.gates import Outcome

Verdict = Literal["migrate", "hold", "inconclusive"]


def verdict_of(outcomes: Sequence[Outcome]) -> Verdict:
    """One failed gate holds; one that cannot be told leaves the matter open; else the target may be moved to."""
    statuses = {outcome.status for outcome in outcomes}
    if "fail" in statuses:
        return "hold"
    if "inconclusive" in statuses or not statuses:
        return "inconclusive"
    return "migrate"


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """One good target is enough to migrate; hold only when every target is out of the question."""
    if "migrate" in verdicts:
        return "migrate"
    return "inconclusive" if "inconclusive" in verdicts else "hold"


def recommend(
    verdicts: Mapping[str, Verdict], quality: Mapping[str, float], cost_usd: Mapping[str, Decimal | None]
) -> str | None:
    """Choose the target with the highest score among those that may be moved to; a tie goes to the cheaper one."""
    able = [target for target, verdict in verdicts.items() if verdict == "migrate"]
    if not able:
        return None

    def rank(target: str) -> tuple[float, Decimal]:
        cost = cost_usd[target]
        return (-quality[target], Decimal("Infinity") if cost is None else cost)

    return min(able, key=rank)
