"""The tables of the report that a decision can do without, in plain text."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from brainswap.report import wording
from brainswap.report.model import ContenderReport, Report
from brainswap.report.plain import MEASURES, PlainTable, latency, score
from brainswap.report.rendering import mean, percentage, ratio_interval, unknown, variance, whole

_OUTCOMES: Final = ("answered", "truncated", "empty", "refused", "filtered", "failed", "unfinished", "unasked")
_TIMES: Final = {"p50": "Median", "p95": "p95", "first_token_p50": "First token, median", "first_token_p95": "p95"}


def ratios(report: Report) -> PlainTable:
    """Money and time as multiples of the source's."""
    names = wording.labels(report)
    return PlainTable(
        caption="Cost and time as multiples of the source's",
        columns=["Target", *MEASURES.values()],
        rows=[[names[target.id], *_ratios(target)] for target in wording.targets_of(report)],
    )


def latencies(report: Report) -> PlainTable:
    """How long the answers took."""
    names = wording.labels(report)
    return PlainTable(
        caption="Times of the answers of this run",
        columns=["Contender", "Timed", *_TIMES.values()],
        rows=[
            [
                names[each.id],
                "0" if each.latency_ms is None else whole(each.latency_ms.n),
                *(latency(each, key) for key in _TIMES),
            ]
            for each in report.contenders
        ],
    )


def answers(report: Report) -> PlainTable:
    """What became of the questions."""
    names = wording.labels(report)
    return PlainTable(
        caption="What became of the questions",
        columns=[
            "Contender",
            "Questions",
            *(outcome.capitalize() for outcome in _OUTCOMES),
            "From cache",
            "Tokens in",
            "Tokens out",
        ],
        rows=[
            [
                names[each.id],
                whole(each.answers.asked),
                *(whole(getattr(each.answers, outcome)) for outcome in _OUTCOMES),
                whole(each.answers.cached),
                *(_tokens(each, key) for key in ("input_mean", "output_mean")),
            ]
            for each in report.contenders
        ],
    )


def segments(report: Report, scorer: str, most: int) -> PlainTable | None:
    """Quality by part of the traffic, of the first ``most`` parts; None where the cases name none."""
    parts = list(dict.fromkeys(chain.from_iterable(each.segments for each in report.contenders)))
    if not parts:
        return None
    names = wording.labels(report)
    more = f", the first {whole(most)} of {whole(len(parts))}" if len(parts) > most else ""
    return PlainTable(
        caption=f"{scorer} by segment{more}",
        columns=["Segment", *(names[each.id] for each in report.contenders)],
        rows=[
            [
                part,
                *(
                    score(each, f"segments.{part}.{scorer}", each.segments.get(part, {}).get(scorer))
                    for each in report.contenders
                ),
            ]
            for part in parts[:most]
        ],
    )


def repeats(report: Report) -> PlainTable | None:
    """What several answers to the same cases tell; None where nobody repeated."""
    names = wording.labels(report)
    rows = [
        [
            names[each.id],
            scorer,
            whole(found.cases),
            whole(found.most),
            variance(found.between),
            variance(found.within),
            percentage(found.always_right),
            percentage((each.self_agreement or {}).get(scorer)),
        ]
        for each in report.contenders
        for scorer, found in each.repeats.items()
    ]
    if not rows:
        return None
    return PlainTable(
        caption="Scores of several answers to one case",
        columns=[
            "Contender",
            "Scorer",
            "Cases",
            "Answers each, up to",
            "Variance between",
            "Variance within",
            "Every answer right",
            "Agrees with itself",
        ],
        rows=rows,
    )


def _ratios(target: ContenderReport) -> Iterator[str]:
    for measure in MEASURES:
        found = target.ratios.get(measure)
        if found is None or found.ratio is None:
            yield unknown((found and found.detail) or wording.reason_unknown(target, f"ratios.{measure}"))
        else:
            yield ratio_interval(found.ratio, found.low, found.high, bound=wording.largest_ratio(target, measure))


def _tokens(contender: ContenderReport, key: str) -> str:
    if contender.tokens is None:
        return unknown(wording.reason_unknown(contender, f"tokens.{key}"))
    return mean(getattr(contender.tokens, key))
