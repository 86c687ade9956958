"""The cases that a target loses or gains, side by side with what was expected and what the others said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from brainswap.report import wording
from brainswap.report.differing import new_words
from brainswap.report.markup import Child, Element, el
from brainswap.report.model import Report
from brainswap.report.rendering import count, percentage, whole
from brainswap.report.sections.marks import Kind, mark, missing, tag
from brainswap.report.sections.tables import definitions, section
from brainswap.report.untrusted import LONGEST, one_line, visible
from brainswap.report.views import CaseAnswer, CaseView, StepSaid

MOST_TARGETS: Final = 12  # that have a filter of their own; the stylesheet knows as many


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What became of a case: the targets that lost and that gained it, by id."""

    lost: frozenset[str]
    gained: frozenset[str]


def changed(report: Report, cases: Sequence[CaseView]) -> Element:
    """One fold for each case, all of them closed, and links that leave only some of them in view."""
    names = wording.labels(report)
    targets = [each.id for each in wording.targets_of(report)]
    found = _changes(report, cases)
    shown = [(case, found[case.case_id]) for case in cases]
    return section(
        "cases",
        "Changed cases",
        _tally(report, len(cases)),
        _filters(shown, targets[:MOST_TARGETS], names) if len(cases) > 1 else None,
        *(_case(case, names, change, targets) for case, change in shown),
        None if cases else el("p", {"class": "quiet"}, "There is no changed case to show."),
    )


def _tally(report: Report, shown: int) -> str:
    worse = sum(found.worse for each in report.contenders for found in each.comparison.values())
    better = sum(found.better for each in report.contenders for found in each.comparison.values())
    return (
        f"{count(report.changed_total, 'change')} between a target and the source: {whole(worse)} for the worse, "
        f"{whole(better)} for the better. {count(shown, 'changed case')} shown here; all of them are in cases.jsonl "
        "and report.xlsx. Words that the source did not say are underlined."
    )


def _changes(report: Report, cases: Sequence[CaseView]) -> dict[str, _Change]:
    """As the report names them, and as the answers shown here have it: the report names only the first of them."""
    named: dict[str, dict[str, set[str]]] = {case.case_id: {"lost": set(), "gained": set()} for case in cases}
    for change in report.changed:
        if change.case_id in named:
            named[change.case_id][change.kind].add(change.contender)
    source = wording.source_of(report)
    for case in cases:
        before = next((answer.scores for answer in case.answers if source and answer.contender == source.id), {})
        for answer in case.answers:
            for kind in _kinds(answer.scores, before):
                named[case.case_id][kind].add(answer.contender)
    return {
        case_id: _Change(lost=frozenset(kinds["lost"]), gained=frozenset(kinds["gained"]))
        for case_id, kinds in named.items()
    }


def _kinds(scores: Mapping[str, float | None], before: Mapping[str, float | None]) -> set[str]:
    pairs = [(value, before.get(scorer)) for scorer, value in scores.items()]
    known = [(value, was) for value, was in pairs if value is not None and was is not None]
    lost, gained = any(value < was for value, was in known), any(value > was for value, was in known)
    return {kind for kind, holds in (("lost", lost), ("gained", gained)) if holds}


def _filters(shown: Sequence[tuple[CaseView, _Change]], targets: Sequence[str], names: Mapping[str, str]) -> Element:
    """Links that the stylesheet follows: the list shows what the address names, without a script."""
    lost = sum(bool(change.lost) for _, change in shown)
    gained = sum(bool(change.gained) for _, change in shown)
    critical = sum(case.critical and bool(change.lost) for case, change in shown)
    links = [
        ("cases-all", "All", len(shown)),
        ("cases-lost", "Lost", lost),
        ("cases-gained", "Gained", gained),
        ("cases-critical", "Critical and lost", critical),
    ]
    if len(targets) > 1:
        links += [
            (f"cases-by-{place}", f"Lost by {one_line(names[name])}", sum(name in change.lost for _, change in shown))
            for place, name in enumerate(targets, 1)
        ]
    return el(
        "div",
        {"class": "filters", "role": "group", "aria-label": "Which cases are shown"},
        el(
            "ul",
            None,
            *(
                el("li", None, el("a", {"id": place, "href": f"#{place}"}, f"{name} ", el("b", None, whole(number))))
                for place, name, number in links
            ),
        ),
    )


def _case(case: CaseView, names: dict[str, str], change: _Change, targets: Sequence[str]) -> Element:
    classes = ["case", *(["lost"] if change.lost else []), *(["gained"] if change.gained else [])]
    classes += ["critical"] if case.critical else []
    classes += [f"by-{place}" for place, name in enumerate(targets[:MOST_TARGETS], 1) if name in change.lost]
    source = next((answer.text for answer in case.answers if answer.contender not in targets), None)
    return el(
        "details",
        {"class": " ".join(classes)},
        el(
            "summary",
            None,
            el("b", None, one_line(case.case_id)),
            tag(one_line(case.segment)) if case.segment else None,
            mark("open", "critical") if case.critical else None,
            *(
                el("span", {"class": "quiet"}, f"{kind} by {count(len(by), 'target')}")
                for kind, by in (("lost", change.lost), ("gained", change.gained))
                if by
            ),
        ),
        el(
            "div",
            {"class": "question"},
            _text("Input", case.input),
            _text("Expected", case.reference) if case.reference is not None else None,
        ),
        el("div", {"class": "side-by-side"}, *(_answer(answer, names, change, source) for answer in case.answers)),
    )


def _answer(answer: CaseAnswer, names: dict[str, str], change: _Change, source: str | None) -> Element:
    lost_here, gained_here = answer.contender in change.lost, answer.contender in change.gained
    scores = ((scorer, _score(value, answer.reasons.get(scorer))) for scorer, value in answer.scores.items())
    return el(
        "article",
        {"class": "answer lost" if lost_here else "answer"},
        el("h3", None, one_line(names.get(answer.contender, answer.contender))),
        el(
            "p",
            {"class": "state"},
            mark("bad", "lost") if lost_here else None,
            mark("good", "gained") if gained_here else None,
            _status(answer.status),
        ),
        *map(_step, answer.before),
        _compared(answer.text, source) if answer.text else el("p", {"class": "quiet"}, "No text."),
        definitions((one_line(scorer), cell) for scorer, cell in scores),
    )


def _step(said: StepSaid) -> Element:
    """What was said at a step of a chain before the answer."""
    return el(
        "details",
        {"class": "step"},
        el("summary", None, f"Step {one_line(said.step)} ", _status(said.status)),
        body(said.text) if said.text else el("p", {"class": "quiet"}, "No text."),
    )


def _compared(text: str, source: str | None) -> Element:
    """The text, with the words underlined that the source did not say, where they are few enough to look at."""
    pieces = None if source is None or len(text) > LONGEST else new_words(visible(text), visible(source))
    if pieces is None:
        return body(text)
    return el(
        "div", {"class": "text", "dir": "auto"}, *(el("ins", None, each) if new else each for each, new in pieces)
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
