"""The index as one page that needs no network, no script and no other file but those that it links to."""

from collections.abc import Iterator, Sequence
from typing import Final

from brainswap.report.appearance import index_stylesheet
from brainswap.report.index.entry import Entry, Measured
from brainswap.report.index.history import Difference, Holding, Index, Listed
from brainswap.report.index.trend import Trend, trends
from brainswap.report.index.trend_chart import chart
from brainswap.report.markup import Element, el, leads_to_a_run, page
from brainswap.report.rendering import UNKNOWN, count, dollars, duration, ends, moment, percentage
from brainswap.report.sections.marks import mark, missing, status_mark, tag
from brainswap.report.sections.tables import Cell, table
from brainswap.report.untrusted import one_line
from brainswap.report.wording import short_model

MOST_RUNS = 200  # in the page; all of them are in index.json
MOST_SCORERS = 4  # with a column and a trend of their own
_HASH, _SHORT = 64, 12
_DIFFERENT = 8  # lines of what a run has otherwise
_FILES: Final = {"report.html": "page", "report.pdf": "PDF", "report.xlsx": "spreadsheet", "report.json": "JSON"}


def to_page(index: Index, title: str) -> str:
    """The page; every name in it is shown as text, whatever it holds."""
    names = list(dict.fromkeys(each.entry.workload for each in index.runs))
    sections = [_workload(number, name, index) for number, name in enumerate(names, 1)]
    return page(
        title=one_line(title),
        stylesheet=index_stylesheet(),
        body=(
            el("a", {"class": "skip", "href": "#runs-1" if names else "#none"}, "Skip to the runs"),
            _origin(index),
            el(
                "header",
                {"class": "masthead"},
                el("p", {"class": "wordmark"}, "Brainswap ", el("span", None, "runs")),
                el("p", {"class": "about"}, el("b", None, one_line(title)), " ", count(len(index.runs), "run")),
            ),
            el("main", None, *sections, _unreadable(index), None if names else _nothing()),
            el("footer", None, el("p", None, "All of it, for programs: index.json beside this page.")),
        ),
    )


def _nothing() -> Element:
    return el(
        "section",
        {"id": "none", "aria-labelledby": "none-heading"},
        el("header", None, el("h1", {"id": "none-heading"}, "No run has ended in a report yet")),
    )


def _origin(index: Index) -> Element | None:
    """That some runs say nothing about real models, where some do."""
    simulated = sum(each.entry.models in ("simulated", "mixed") for each in index.runs)
    if not simulated:
        return None
    return el(
        "aside",
        {"class": "origin marked", "aria-label": "Where the answers come from"},
        el(
            "p",
            None,
            el("strong", None, "Not all of these answers are real models'"),
            " ",
            el(
                "span",
                None,
                f"{count(simulated, 'run')} with simulated answers or answers of mixed origin, each marked.",
            ),
        ),
    )


def _workload(number: int, name: str, index: Index) -> Element:
    runs = [each for each in index.runs if each.entry.workload == name]
    oldest_first = [each.entry for each in reversed(runs)]
    scorers = list(dict.fromkeys(scorer for each in runs for scorer in each.entry.gated))
    shown, place = runs[:MOST_RUNS], f"runs-{number}"
    more = len(runs) - len(shown)
    cut = f" The newest {len(shown)} are shown; {more:,} older ones are in index.json." if more else ""
    others = f" Of {count(len(scorers), 'scorer')} with gates, {MOST_SCORERS} are shown." if _too_many(scorers) else ""
    return el(
        "section",
        {"id": place, "aria-labelledby": f"{place}-heading"},
        el(
            "header",
            None,
            el("h1", {"id": f"{place}-heading"}, one_line(name)),
            el("p", {"class": "lede"}, f"{count(len(runs), 'run')} with a report, the newest first.{cut}{others}"),
            el("p", {"class": "lede"}, _newest(runs[0], index)),
        ),
        _trends(list(trends(oldest_first, scorers[:MOST_SCORERS])), place),
        table(
            f"Runs of {one_line(name)}",
            ["Run", "Verdict", *(one_line(each) for each in scorers[:MOST_SCORERS]), *_HEADINGS],
            (_row(each, scorers[:MOST_SCORERS], index.holding(each.entry.run_id)) for each in shown),
            kind="runs",
        ),
    )


_NOT_ASKED: Final = "nothing was asked"
_HEADINGS: Final = ("Per 1,000", "p95", "Spend", "Different from the run before")


def _too_many(scorers: Sequence[str]) -> bool:
    return len(scorers) > MOST_SCORERS


def _trends(found: Sequence[Trend], place: str) -> Element:
    if not found:
        return el("p", {"class": "quiet"}, "No trend yet: it takes two runs that know the same figure.")
    charts = (chart(each, f"{place}-trend-{number}") for number, each in enumerate(found, 1))
    return el("div", {"class": "charts"}, *charts)


def _newest(listed: Listed, index: Index) -> str:
    """Whether the newest verdict still holds, as far as a page without a clock can say."""
    holding = index.holding(listed.entry.run_id)
    if holding is None:
        why = index.verdicts_unknown or "the triggers have not looked at it yet"
        return f"Whether the newest verdict still holds is not known: {one_line(why, 200)}."
    if holding.stale:
        return f"The newest verdict is stale, as seen since {moment(holding.seen_at)}: {_why(holding)}."
    return (
        f"The newest verdict holds, as seen since {moment(holding.seen_at)}: nothing that it rests on has changed. "
        f"It is too old from {moment(holding.too_old_at)} on."
    )


def _why(holding: Holding) -> str:
    return "; ".join(one_line(each) for each in holding.stale)


def _row(listed: Listed, scorers: Sequence[str], holding: Holding | None) -> list[Cell]:
    entry = listed.entry
    return [
        _name(listed),
        _verdict(entry, holding),
        *(_quality(entry, scorer) for scorer in scorers),
        _beside(entry, "cost_usd"),
        _beside(entry, "p95_ms"),
        _spend(entry),
        _different(listed),
    ]


def _name(listed: Listed) -> Cell:
    entry = listed.entry
    links = (
        el("a", {"href": f"{listed.place}/{name}", "aria-label": f"{words} of {one_line(entry.run_id)}"}, words)
        for name, words in _FILES.items()
        if name in listed.files and leads_to_a_run(f"{listed.place}/{name}")
    )
    return (
        el("time", {"class": "run", "datetime": entry.created_at.isoformat()}, moment(entry.created_at)),
        el("small", None, one_line(entry.run_id)),
        el("span", {"class": "files"}, *links),
    )


def _verdict(entry: Entry, holding: Holding | None) -> Cell:
    models = [each for each in (entry.source, entry.candidate) if each is not None]
    return (
        status_mark(entry.verdict),
        el("small", None, " → ".join(short_model(each.model) for each in models)) if models else None,
        el("span", {"class": "tags"}, _origin_mark(entry), *_holding_mark(holding)),
    )


def _holding_mark(holding: Holding | None) -> Iterator[Element]:
    if holding is not None and holding.stale:
        yield mark("open", "stale")
        yield el("small", None, _why(holding))


def _origin_mark(entry: Entry) -> Element:
    if not entry.contenders:
        return tag("nothing was asked")
    if entry.models in ("simulated", "mixed"):
        return mark("open", "simulated answers" if entry.models == "simulated" else "answers of mixed origin")
    return tag("recorded answers" if entry.models == "recorded" else "answers from Bedrock")


def _quality(entry: Entry, scorer: str) -> Cell:
    source, target = entry.source, entry.candidate
    found = None if target is None else target.quality.get(scorer)
    if found is None or found.mean is None:
        return missing(_NOT_ASKED if target is None else "nothing was scored by it")
    around = ends(found.low, found.high, "percent")
    before = None if source is None else source.quality.get(scorer)
    in_use = None if before is None or before.mean is None else f"in use {percentage(before.mean)}"
    return (
        el("b", None, percentage(found.mean)),
        el("small", None, around) if around else None,
        el("small", None, in_use) if in_use else None,
    )


def _beside(entry: Entry, key: str) -> Cell:
    """A figure of the target, and of the model in use below it."""
    target = entry.candidate
    if target is None:
        return missing(_NOT_ASKED)
    value = _told(target, key)
    shown = missing(target.unknown.get(key)) if value is None else el("b", None, value)
    before = entry.source and _told(entry.source, key)
    return shown, el("small", None, f"in use {before}") if before else None


def _told(measured: Measured, key: str) -> str | None:
    value = measured.cost_usd if key == "cost_usd" else measured.p95_ms
    if value is None:
        return None
    return dollars(value) if key == "cost_usd" else duration(value)


def _spend(entry: Entry) -> Cell:
    if entry.spend_usd is None:
        return missing("a price is not known")
    return (dollars(entry.spend_usd), el("small", None, "at list prices; nobody was paid") if entry.notional else None)


def _different(listed: Listed) -> Cell:
    if listed.follows is None:
        return "the first run"
    if not listed.differences:
        return "nothing"
    lines = [_line(each) for each in listed.differences[:_DIFFERENT]]
    more = len(listed.differences) - len(lines)
    return el("ul", None, *(el("li", None, line) for line in [*lines, *([f"and {more} more"] if more else [])]))


def _line(each: Difference) -> str:
    if _is_hash(each.before) and _is_hash(each.after):
        return one_line(each.what)
    return f"{one_line(each.what)}: {_value(each.before)} → {_value(each.after)}"


def _is_hash(value: str | None) -> bool:
    return value is not None and len(value) == _HASH and value.isalnum()


def _value(value: str | None) -> str:
    if value is None:
        return UNKNOWN
    return value[:_SHORT] if _is_hash(value) else one_line(value)


def _unreadable(index: Index) -> Element | None:
    if not index.unreadable:
        return None
    return el(
        "section",
        {"id": "unreadable", "aria-labelledby": "unreadable-heading"},
        el(
            "header",
            None,
            el("h2", {"id": "unreadable-heading"}, "What could not be read"),
            el("p", {"class": "lede"}, "These files should tell of a run, and do not."),
        ),
        el("ul", None, *_names(index.unreadable)),
    )


def _names(keys: Sequence[str]) -> Iterator[Element]:
    yield from (el("li", None, one_line(key)) for key in keys[:MOST_RUNS])
