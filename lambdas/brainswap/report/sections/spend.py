"""What the run cost, for what, and against which cap."""

from brainswap.report import wording
from brainswap.report.markup import Element, el
from brainswap.report.model import Report, Spend
from brainswap.report.rendering import dollars, percentage, whole
from brainswap.report.sections.marks import missing
from brainswap.report.sections.tables import Cell, definitions, section
from brainswap.report.untrusted import one_line

_UNPRICED = "a price is not known"


def spend(report: Report) -> Element:
    """The money of the run; what was not paid is said not to have been."""
    found = report.spend
    pairs: list[tuple[str, Cell]] = [
        ("At list prices" if found.notional else "Spent", _amount(found.usd)),
        *((f"for {one_line(purpose)}", _amount(usd)) for purpose, usd in found.usd_by_purpose.items()),
        ("Forecast", _amount(found.forecast_usd)),
        ("Cap", _cap(found)),
        ("Calls", whole(found.calls)),
        ("From the cache", whole(found.cached)),
    ]
    return section("spend", "Spend", wording.NOTIONAL if found.notional else None, definitions(pairs))


def _amount(usd: float | None) -> Cell:
    return missing(_UNPRICED) if usd is None else dollars(usd)


def _cap(found: Spend) -> Cell:
    if found.budget_usd is None:
        return el("span", {"class": "nothing"}, "none")
    share = None if found.usd is None or not found.budget_usd else percentage(found.usd / found.budget_usd)
    return (dollars(found.budget_usd), el("small", None, f"{share} of it used") if share else None)
