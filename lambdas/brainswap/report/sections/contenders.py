"""Who was measured and what was found: quality, time, money, and what became of the questions."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from brainswap.report import wording
from brainswap.report.markup import Element, el
from brainswap.report.model import ContenderReport, Report, ScoreSummary
from brainswap.report.outcomes_chart import answers_without_a_whole
from brainswap.report.rendering import (
    dollars,
    ends,
    mean,
    percentage,
    points_interval,
    whole,
)
from brainswap.report.sections.latency import latency_cell
from brainswap.report.sections.marks import mark, missing, status_mark, tag
from brainswap.report.sections.tables import Cell, Marked, Row, Sorted, section, table
from brainswap.report.segments_chart import quality_by_segment
from brainswap.report.untrusted import one_line

_OUTCOMES: Final = ("answered", "truncated", "empty", "refused", "filtered", "failed", "unasked")
_HEADINGS: Final = {"unasked": "Not asked"}
_UNFINISHED: Final = (
    " An unfinished conversation ended in a call of a tool for which the case holds no result: its calls are scored, "
    "its answer scores the minimum."
)
_VERDICTS: Final = {"migrate": 0, "source": 1, "inconclusive": 2, "hold": 3, "refused": 4}  # as they are sorted
_MOST_CHARTS: Final = 2  # of segments; the tables have every scorer
_LATENCIES: Final = (("p50", "Median"), ("p95", "p95"))


def contenders(report: Report) -> Element:
    """Every contender in one line of figures, and in one sentence."""
    scorers = scorers_of(report)
    names = wording.labels(report)
    columns = [
        "Contender",
        "Verdict",
        *(one_line(scorer) for scorer in scorers),
        *(heading for _, heading in _LATENCIES),
        "Per 1,000",
        "Per month",
    ]
    return section(
        "contenders",
        "Contenders",
        "Quality from the test cases alone, each with its interval. Times as the client saw them.",
        table(
            "Quality, time and cost of every contender",
            columns,
            (_marked(each, _row(each, scorers)) for each in report.contenders),
            sortable=True,
        ),
        el(
            "ul",
            {"class": "lines"},
            *(
                el("li", None, el("b", None, one_line(names[each.id])), " ", wording.contender_line(each))
                for each in report.contenders
            ),
        ),
    )


def hygiene(report: Report) -> Element:
    """What became of the questions; nothing of it is averaged in silently."""
    names = wording.labels(report)
    agreeing = [each for each in report.contenders if each.self_agreement is not None]
    unfinished = any(each.answers.unfinished for each in report.contenders)
    outcomes = (*_OUTCOMES, "unfinished") if unfinished else _OUTCOMES
    return section(
        "answers",
        "Answers",
        "Cut off, empty, refused, filtered and failed answers score the minimum; an unasked question, no score."
        f"{_UNFINISHED if unfinished else ''}",
        answers_without_a_whole(report, "outcomes"),
        table(
            "What became of the questions",
            [
                "Contender",
                "Questions",
                *(_HEADINGS.get(outcome, outcome.capitalize()) for outcome in outcomes),
                "From cache",
                "Tokens in",
                "Tokens out",
            ],
            (_hygiene_row(each, names[each.id], outcomes) for each in report.contenders),
        ),
        *_blocked(report, names),
        table(
            "How often a contender agrees with itself",
            ["Contender", *(one_line(scorer) for scorer in scorers_of(report))],
            ([one_line(names[each.id]), *_agreement(each, report)] for each in agreeing),
        )
        if agreeing
        else None,
    )


def _blocked(report: Report, names: Mapping[str, str]) -> Iterator[Element]:
    """Where a guardrail or a filter treats a target otherwise than the source."""
    compared = [(each, each.blocked) for each in report.contenders if each.blocked is not None]
    if compared:
        yield table(
            "Blocked answers, case by case",
            ["Target", "Cases", "For both", "For the source alone", "For the target alone", "Target minus source"],
            (
                [
                    one_line(names[each.id]),
                    whole(found.cases),
                    whole(found.both),
                    _with_cases(found.source_only, found.source_only_cases),
                    _with_cases(found.target_only, found.target_only_cases),
                    points_interval(found.difference, found.low, found.high),
                ]
                for each, found in compared
            ),
        )


def _with_cases(number: int, cases: Sequence[str]) -> Cell:
    """A number, and the first of the cases that it counts."""
    if not cases:
        return whole(number)
    more = " …" if number > len(cases) else ""
    return whole(number), el("small", None, f"{', '.join(one_line(each) for each in cases)}{more}")


def segments(report: Report) -> Element | None:
    """Quality by part of the traffic; None where the cases name no parts."""
    parts = list(dict.fromkeys(chain.from_iterable(each.segments for each in report.contenders)))
    if not parts:
        return None
    names = wording.labels(report)
    charts = (
        quality_by_segment(report, scorer, f"segments-{place}")
        for place, scorer in enumerate(scorers_of(report)[:_MOST_CHARTS])
    )
    drawn = [chart for chart in charts if chart is not None]
    return section(
        "segments",
        "Segments",
        "Small segments have wide intervals: they say where to look, not what to conclude.",
        el("div", {"class": "charts"}, *drawn) if drawn else None,
        *(
            table(
                f"{one_line(scorer)} by segment",
                ["Segment", *(one_line(names[each.id]) for each in report.contenders)],
                ([one_line(part), *(_segment(each, part, scorer) for each in report.contenders)] for part in parts),
            )
            for scorer in scorers_of(report)
        ),
    )


def scorers_of(report: Report) -> list[str]:
    """Every scorer of the report, as the contenders first name them."""
    return list(dict.fromkeys(chain.from_iterable(each.scores for each in report.contenders)))


def name_cell(contender: ContenderReport) -> Cell:
    """A contender in full: model, prompt, where its answers come from."""
    role = "in use" if contender.role == "source" else None
    batch = "batch jobs" if contender.inference == "batch" else None
    words = (role, f"{contender.prompt} prompt", contender.origin, batch)
    return (
        el("span", {"class": "model"}, one_line(contender.model)),
        el("span", {"class": "tags"}, *(tag(word) for word in words if word)),
    )


def _marked(contender: ContenderReport, cells: Row) -> Marked:
    return Marked(attributes={"data-role": contender.role, "data-verdict": contender.verdict or ""}, cells=cells)


def _row(contender: ContenderReport, scorers: list[str]) -> Row:
    verdict: Cell = status_mark(contender.verdict) if contender.verdict else mark("none", "source")
    if contender.verdict is None and contender.role == "target":
        verdict = missing(wording.reason_unknown(contender, "verdict"))
    scores = [(scorer, contender.scores.get(scorer)) for scorer in scorers]
    return [
        name_cell(contender),
        Sorted(cell=verdict, value=_VERDICTS.get(contender.verdict or contender.role)),
        *(
            Sorted(cell=_score(contender, f"scores.{scorer}.mean", found), value=None if found is None else found.mean)
            for scorer, found in scores
        ),
        *(Sorted(cell=latency_cell(contender, key), value=_time(contender, key)) for key, _ in _LATENCIES),
        *_money(contender),
    ]


def _time(contender: ContenderReport, key: str) -> float | None:
    value: float | None = None if contender.latency_ms is None else getattr(contender.latency_ms, key)
    return value


def _score(contender: ContenderReport, key: str, found: ScoreSummary | None) -> Cell:
    if found is None or found.mean is None:
        return missing(wording.reason_unknown(contender, key) or ("nothing could be scored" if found else None))
    around = ends(found.low, found.high, "percent")
    unscored = f", {whole(found.unscored)} unscored" if found.unscored else ""
    inapplicable = f", not for {whole(found.inapplicable)} cases" if found.inapplicable else ""
    return (
        el("b", None, percentage(found.mean)),
        el("small", None, around) if around else None,
        el("small", None, f"n {whole(found.n)}{unscored}{inapplicable}"),
    )


def _money(contender: ContenderReport) -> Iterator[Sorted]:
    found = contender.cost
    for key in ("per_1000_requests_usd", "monthly_usd"):
        value: float | None = None if found is None else getattr(found, key)
        if value is None:
            yield Sorted(cell=missing(wording.reason_unknown(contender, f"cost.{key}")), value=None)
        else:
            batch = el("small", None, "batch price") if contender.inference == "batch" else None
            yield Sorted(cell=(dollars(value), batch), value=value)


def _hygiene_row(contender: ContenderReport, name: str, outcomes: Sequence[str]) -> list[Cell]:
    counts = contender.answers
    return [
        one_line(name),
        whole(counts.asked),
        *(_outcome(outcome, getattr(counts, outcome), counts.asked) for outcome in outcomes),
        whole(counts.cached),
        *_tokens(contender),
    ]


def _outcome(outcome: str, number: int, asked: int) -> Cell:
    if not number:
        return el("span", {"class": "nothing"}, "0")
    share = el("small", None, percentage(number / asked)) if asked else None
    return (el("span", {"class": "answered" if outcome == "answered" else "amiss"}, whole(number)), share)


def _tokens(contender: ContenderReport) -> Iterator[Cell]:
    found = contender.tokens
    for key in ("input_mean", "output_mean"):
        if found is None:
            yield missing(wording.reason_unknown(contender, f"tokens.{key}"))
        else:
            yield (mean(getattr(found, key)), el("small", None, "estimated") if found.estimated else None)


def _agreement(contender: ContenderReport, report: Report) -> Iterator[Cell]:
    for scorer in scorers_of(report):
        rate = (contender.self_agreement or {}).get(scorer)
        reason = wording.reason_unknown(contender, f"self_agreement.{scorer}")
        yield missing(reason) if rate is None else percentage(rate)


def _segment(contender: ContenderReport, part: str, scorer: str) -> Cell:
    found = contender.segments.get(part, {}).get(scorer)
    if found is None:
        return el("span", {"class": "missing"}, "no cases")
    return _score(contender, f"segments.{part}.{scorer}.mean", found)
