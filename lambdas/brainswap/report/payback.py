"""What a move is worth in money, in a sentence."""

from brainswap.report.model import Report, Saving
from brainswap.report.rendering import count, dollars, whole
from brainswap.report.wording import recommended_of

_DAYS_OF_A_YEAR = 365


def for_budget(report: Report) -> str | None:
    """One sentence for who pays; None where nothing is recommended or a cost is unknown."""
    chosen = recommended_of(report)
    if chosen is None or chosen.saving is None:
        return None
    found = chosen.saving
    saved = found.per_1000_requests_usd
    if saved == 0:
        return "Both cost the same."
    less = "less" if saved > 0 else "more"
    parts = [f"{dollars(abs(saved))} {less} for 1,000 requests{_between(found)}"]
    if found.monthly_usd is not None:
        parts.append(f"{dollars(abs(found.monthly_usd))} {less} a month")
    return f"That is {', '.join(parts)}{_paid_back(report, found)}."


def _between(found: Saving) -> str:
    """The interval, told as what is saved where it lies on one side."""
    if found.low is None or found.high is None:
        return ""
    if found.low < 0 < found.high:
        return f" (between {dollars(-found.low)} more and {dollars(found.high)} less)"
    low, high = sorted((abs(found.low), abs(found.high)))
    return "" if low == high else f" ({dollars(low)} to {dollars(high)})"


def _paid_back(report: Report, found: Saving) -> str:
    spent = report.spend.usd
    if not spent:
        return ""
    took = f"the {dollars(spent)} that this run took{' at list prices' if report.spend.notional else ''}"
    if found.paid_back_requests is None:
        return f"; {took} is not earned back"
    perhaps = ", if at all," if found.low is not None and found.low <= 0 else ""
    if found.paid_back_days is None:
        return f"; {took} is earned back{perhaps} by {count(found.paid_back_requests, 'request')}"
    return f"; {took} is earned back{perhaps} {_within(found.paid_back_days)}"


def _within(days: float) -> str:
    if days < 1:
        return "within a day"
    if days < _DAYS_OF_A_YEAR:
        return f"in {count(round(days), 'day')}"
    return f"in {whole(round(days / _DAYS_OF_A_YEAR))} years" if days >= 2 * _DAYS_OF_A_YEAR else "in more than a year"
