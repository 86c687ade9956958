"""What people said in a blind comparison, in sentences and on the page of the report."""

from collections.abc import Iterator
from typing import Final

from brainswap.core.blind.summary import GradesSummary
from brainswap.report.markup import Element, el, render
from brainswap.report.rendering import count, interval, level, measured, percentage_interval, points_interval
from brainswap.report.sections.tables import section

SLOT: Final = "graded-by-people"
_BEGIN: Final = f'<div id="{SLOT}">'  # once on a page: what is not ours is escaped
_END: Final = '</div><nav aria-label="Contents">'
_SMALL: Final = 0.001


def slot() -> Element:
    """Where the page shows grades, once there are some."""
    return el("div", {"id": SLOT})


def with_grades(page: str, summary: GradesSummary) -> str | None:
    """The page with what people said, in place of what it showed of it before; None where the page has no slot."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        return None
    return f"{before}{begin}{render(_section(summary))}{end}{after}"


def grades_lines(summary: GradesSummary) -> Iterator[str]:
    """The same in sentences."""
    found = summary
    if not found.graded:
        yield "No case in which the answers differ has a grade."
        return
    yield (
        f"Of {count(found.graded, 'case')} with different answers, people prefer the target's in {found.better:,} and "
        f"the source's in {found.worse:,}; {found.tied:,} are ties, {found.both_bad:,} because both answers are bad."
    )
    if found.win_rate is not None and found.win_interval is not None:
        rate = percentage_interval(found.win_rate, found.win_interval.low, found.win_interval.high)
        yield f"Where they prefer one, it is the target's in {rate} ({level(found.confidence)}, Clopper and Pearson)."
    difference = points_interval(found.difference, found.low, found.high)
    yield f"Preferred less not preferred, of all graded: {difference} ({level(found.confidence)}, Tango)."
    p_value = f"below {_SMALL:g}" if found.p_value < _SMALL else f"{found.p_value:.3f}"
    yield f"Were neither preferred, so clear a difference would have a probability of {p_value} (exact sign test)."
    if found.controls:
        same = f"{found.passed:,} of {count(found.controls, 'pair')} that say the same"
        yield f"In {same}, nobody preferred one: who does looks at something else than the answers."
    if found.kappa is not None:
        kappa = measured(found.kappa, "plain")
        if found.kappa_interval is not None:
            kappa = interval(found.kappa_interval.value, found.kappa_interval.low, found.kappa_interval.high, "plain")
        yield f"{found.people} people agree with a kappa of {kappa} on {count(found.kappa_cases, 'case')}."
    elif found.people > 1:
        yield f"How far the {found.people} people agree is unknown: no two of them graded the same with any variety."


def _section(summary: GradesSummary) -> Element:
    return section(
        "people",
        "By people, blind",
        f"{count(summary.people, 'person', 'people')} saw two answers to a case, and not whose they were.",
        *(el("p", None, line) for line in grades_lines(summary)),
    )
