"""The cases: those that a target loses or gains before the others, and links that leave only some of them in view."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from brainswap.report import wording
from brainswap.report.changes import Kind, kinds
from brainswap.report.fitting import longest_that_fits
from brainswap.report.markup import Child, Element, el
from brainswap.report.model import Report
from brainswap.report.rendering import count, whole
from brainswap.report.sections.case_fold import Among, Change, case_fold
from brainswap.report.sections.tables import section
from brainswap.report.untrusted import LONGEST, one_line
from brainswap.report.views import CaseView

MOST_TARGETS: Final = 12  # that have a filter of their own; the stylesheet knows as many

_WHOLE: Final = frozenset({"answered", "unasked"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A case with what became of it and the classes that filters go by."""

    case: CaseView
    change: Change
    classes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    """A link; ``shows`` are the classes of the cases that it leaves in view, all of which they have.

    Attributes:
        without: classes of the cases that it leaves out.
    """

    place: str
    name: str
    shows: Sequence[str] = ()
    without: Sequence[str] = ()

    def holds(self, classes: Sequence[str]) -> bool:
        return set(self.shows) <= set(classes) and not set(self.without) & set(classes)

    def selector(self) -> str:
        """The same for the script."""
        return "".join(["*", *(f".{name}" for name in self.shows), *(f":not(.{name})" for name in self.without)])


def changed(report: Report, cases: Sequence[CaseView], of: int | None = None) -> Element:
    """One fold for each case, all of them closed.

    Args:
        report: with what it names as lost and gained.
        cases: those that the page carries, in the order in which they are shown.
        of: as many as there are; None where these are all.
    """
    targets = [each.id for each in wording.targets_of(report)]
    found = _changes(report, cases)
    shown = [
        _Shown(case=case, change=(one := found[case.case_id]), classes=_classes(case, one, targets)) for case in cases
    ]
    among = Among(
        names=wording.labels(report),
        targets=targets,
        segments=list(dict.fromkeys(case.segment for case in cases if case.segment)),
        longest=longest_that_fits(cases),
    )
    narrowed = any(not one.change.same for one in shown)
    return section(
        "cases",
        "Cases",
        _tally(report),
        el("p", {"class": "quiet carried"}, *_carried(len(cases), len(cases) if of is None else of, among.longest)),
        _filters(shown, among, narrowed=narrowed) if len(cases) > 1 else None,
        el(
            "div",
            {"class": "folds narrowed" if narrowed else "folds"},
            *(case_fold(one.case, one.change, one.classes, among) for one in shown),
        )
        if cases
        else el("p", {"class": "quiet"}, "There is no case to show."),
    )


def _tally(report: Report) -> str:
    worse = sum(found.worse for each in report.contenders for found in each.comparison.values())
    better = sum(found.better for each in report.contenders for found in each.comparison.values())
    return (
        f"{count(report.changed_total, 'change')} between a target and the source: {whole(worse)} for the worse, "
        f"{whole(better)} for the better. Words that the source did not say are underlined."
    )


def _carried(shown: int, of: int, longest: int) -> tuple[Child, ...]:
    """How much of what was measured is on this page, and where the rest is."""
    first = (
        f"All {count(of, 'case')} of the test are here"
        if shown == of
        else f"{whole(shown)} of {count(of, 'case')} are "
        "here: changed, critical and missed, cut off or refused ones first"
    )
    cut = f", each text up to {whole(longest)} characters" if longest < LONGEST else ""
    files = (el("a", {"href": "cases.jsonl"}, "cases.jsonl"), el("a", {"href": "report.xlsx"}, "report.xlsx"))
    return f"{first}{cut}. Every case in full: ", files[0], " and ", files[1], "."


def _changes(report: Report, cases: Sequence[CaseView]) -> dict[str, Change]:
    """As the report names them, and as the answers shown here have it: the report names only the first of them."""
    named: dict[str, dict[Kind, set[str]]] = {
        case.case_id: {"lost": set(), "gained": set(), "shared": set()} for case in cases
    }
    for change in report.changed:
        if change.case_id in named:
            named[change.case_id][change.kind].add(change.contender)
    source = wording.source_of(report)
    for case in cases:
        before = next((answer.scores for answer in case.answers if source and answer.contender == source.id), {})
        for answer in case.answers:
            if source is None or answer.contender != source.id:
                for kind in kinds(answer.scores, before):
                    named[case.case_id][kind].add(answer.contender)
    return {
        case_id: Change(
            lost=frozenset(found["lost"]), gained=frozenset(found["gained"]), shared=frozenset(found["shared"])
        )
        for case_id, found in named.items()
    }


def _classes(case: CaseView, change: Change, targets: Sequence[str]) -> list[str]:
    said = {
        "lost": change.lost,
        "gained": change.gained,
        "shared": change.shared,
        "critical": case.critical,
        "wanting": any(answer.status not in _WHOLE for answer in case.answers),
        "same": change.same,
    }
    by = [f"by-{place}" for place, name in enumerate(targets[:MOST_TARGETS], 1) if name in change.lost]
    return ["case", *(name for name, holds in said.items() if holds), *by]


def _filters(shown: Sequence[_Shown], among: Among, *, narrowed: bool) -> Element:
    """Links that the stylesheet follows: the list shows what the address names, with a script and without."""
    links = [
        *([_Filter(place="cases-changed", name="Changed", without=["same"])] if narrowed else []),
        _Filter(place="cases-lost", name="Lost", shows=["lost"]),
        _Filter(place="cases-shared", name="Shared misses", shows=["shared"]),
        _Filter(place="cases-gained", name="Gained", shows=["gained"]),
        _Filter(place="cases-critical", name="Critical and lost", shows=["critical", "lost"]),
        _Filter(place="cases-wanting", name="Cut off or refused", shows=["wanting"]),
        _Filter(place="cases-all", name="All"),
    ]
    if not narrowed:
        links.insert(0, links.pop())
    if len(among.targets) > 1:
        links += [
            _Filter(place=f"cases-by-{place}", name=f"Lost by {one_line(among.names[name])}", shows=[f"by-{place}"])
            for place, name in enumerate(among.targets[:MOST_TARGETS], 1)
        ]
    return el(
        "div",
        {"class": "filters", "role": "group", "aria-label": "Which cases are shown"},
        el("ul", None, *(el("li", None, _link(each, shown)) for each in links)),
    )


def _link(link: _Filter, shown: Sequence[_Shown]) -> Element:
    number = sum(link.holds(one.classes) for one in shown)
    return el(
        "a",
        {"id": link.place, "href": f"#{link.place}", "data-shows": link.selector()},
        f"{link.name} ",
        el("b", None, whole(number)),
    )
