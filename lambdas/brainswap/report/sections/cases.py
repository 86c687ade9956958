"""The cases that a target loses, side by side with what was expected and what the others said."""

from collections.abc import Sequence

from brainswap.report import wording
from brainswap.report.markup import Child, Element, el
from brainswap.report.model import Report
from brainswap.report.rendering import count, percentage, whole
from brainswap.report.sections.marks import Kind, mark, missing, tag
from brainswap.report.sections.tables import definitions, section
from brainswap.report.untrusted import one_line
from brainswap.report.views import CaseAnswer, CaseView


def lost(report: Report, cases: Sequence[CaseView]) -> Element:
    """One fold for each case; all of them closed."""
    names = wording.labels(report)
    source, changed = wording.source_of(report), _changed(report)
    return section(
        "cases",
        "Lost cases",
        _tally(report, len(cases)),
        *(
            _case(case, names, changed.get(case.case_id, frozenset()) | _worse(case, source.id if source else None))
            for case in cases
        ),
        None if cases else el("p", {"class": "quiet"}, "There is no lost case to show."),
    )


def _tally(report: Report, shown: int) -> str:
    worse = sum(found.worse for each in report.contenders for found in each.comparison.values())
    better = sum(found.better for each in report.contenders for found in each.comparison.values())
    return (
        f"{count(report.changed_total, 'change')} between a target and the source: {whole(worse)} for the worse, "
        f"{whole(better)} for the better. {count(shown, 'lost case')} shown here; all of them are in cases.jsonl."
    )


def _changed(report: Report) -> dict[str, frozenset[str]]:
    """By case, the targets that the report names as having lost it."""
    found: dict[str, set[str]] = {}
    for change in report.changed:
        if change.kind == "lost":
            found.setdefault(change.case_id, set()).add(change.contender)
    return {case_id: frozenset(targets) for case_id, targets in found.items()}


def _worse(case: CaseView, source: str | None) -> frozenset[str]:
    """The contenders whose answer shown here has a lower score than the source's; the report names only the first."""
    before = next((answer.scores for answer in case.answers if answer.contender == source), {})
    return frozenset(
        answer.contender
        for answer in case.answers
        for scorer, value in answer.scores.items()
        if value is not None and (was := before.get(scorer)) is not None and value < was
    )


def _case(case: CaseView, names: dict[str, str], losers: frozenset[str]) -> Element:
    return el(
        "details",
        {"class": "case"},
        el(
            "summary",
            None,
            el("b", None, one_line(case.case_id)),
            tag(one_line(case.segment)) if case.segment else None,
            mark("open", "critical") if case.critical else None,
            el("span", {"class": "quiet"}, f"lost by {count(len(losers), 'target')}") if losers else None,
        ),
        el(
            "div",
            {"class": "question"},
            _text("Input", case.input),
            _text("Expected", case.reference) if case.reference is not None else None,
        ),
        el("div", {"class": "side-by-side"}, *(_answer(answer, names, losers) for answer in case.answers)),
    )


def _answer(answer: CaseAnswer, names: dict[str, str], losers: frozenset[str]) -> Element:
    lost_here = answer.contender in losers
    scores = ((scorer, _score(value, answer.reasons.get(scorer))) for scorer, value in answer.scores.items())
    return el(
        "article",
        {"class": "answer lost" if lost_here else "answer"},
        el("h3", None, one_line(names.get(answer.contender, answer.contender))),
        el("p", {"class": "state"}, mark("bad", "lost") if lost_here else None, _status(answer.status)),
        body(answer.text) if answer.text else el("p", {"class": "quiet"}, "No text."),
        definitions((one_line(scorer), cell) for scorer, cell in scores),
    )


def _status(status: str) -> Element:
    kind: Kind = "none" if status == "answered" else "open"
    return mark(kind, one_line(status))


def _score(value: float | None, reason: str | None) -> tuple[Child, ...]:
    if value is None:
        return (missing(reason),)
    return (el("b", None, percentage(value)), el("small", None, reason) if reason else None)


def _text(heading: str, text: str) -> Element:
    return el("div", None, el("h3", None, heading), body(text))


def body(text: str) -> Element:
    """Text as it stands: its lines, its direction, and nothing of it obeyed."""
    return el("div", {"class": "text", "dir": "auto"}, text)
