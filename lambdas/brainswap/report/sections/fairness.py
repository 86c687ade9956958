"""What the model does and what the prompt does: the source, and each target with the same and with other prompts."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from brainswap.report import wording
from brainswap.report.markup import Element, el
from brainswap.report.model import ContenderReport, Report
from brainswap.report.rendering import dollars, percentage, points_interval
from brainswap.report.sections.contenders import scorers_of
from brainswap.report.sections.latency import latency_cell
from brainswap.report.sections.marks import missing, status_mark
from brainswap.report.sections.tables import Cell, section, table
from brainswap.report.untrusted import one_line

_SAME: Final = "original"
_LEDE: Final = (
    "The first column is what runs today. The second changes the model and nothing else; from there on the prompt "
    "changes too. Differences are to the source, case by case."
)


def fairness(report: Report) -> Element | None:
    """A table for each model that was asked with more than the original prompt; None where there is none."""
    source = wording.source_of(report)
    by_model = sorted(wording.targets_of(report), key=lambda each: each.model)
    groups = [list(group) for _, group in groupby(by_model, key=lambda each: each.model)]
    improved = [group for group in groups if any(each.prompt != _SAME for each in group)]
    if source is None or not improved:
        return None
    order = list(dict.fromkeys(each.model for each in report.contenders))
    improved.sort(key=lambda group: order.index(group[0].model))
    return section("fairness", "Model and prompt apart", _LEDE, *(_table(report, source, group) for group in improved))


def _table(report: Report, source: ContenderReport, group: Sequence[ContenderReport]) -> Element:
    same = next((each for each in group if each.prompt == _SAME), None)
    others = [each for each in group if each.prompt != _SAME]
    columns = [source, same, *others]
    name = wording.short_model(group[0].model)
    return table(
        f"{wording.short_model(source.model)} and {name}",
        [
            "Measure",
            "Source, prompt in use",
            "Target, same prompt",
            *(f"Target, {one_line(each.prompt)} prompt" for each in others),
        ],
        [
            *([one_line(scorer), *_scores(columns, scorer)] for scorer in scorers_of(report)),
            ["p95 latency", *(_unless_missing(each, "p95") for each in columns)],
            ["1,000 requests", *(_cost(each) for each in columns)],
            ["Verdict", *(_verdict(each) for each in columns)],
        ],
    )


def _scores(columns: Sequence[ContenderReport | None], scorer: str) -> Iterator[Cell]:
    for each in columns:
        if each is None:
            yield _not_asked()
            continue
        found = each.scores.get(scorer)
        if found is None or found.mean is None:
            yield missing(wording.reason_unknown(each, f"scores.{scorer}.mean"))
            continue
        compared = each.comparison.get(scorer)
        margin = wording.margin_of(each, scorer)
        yield (
            el("b", None, percentage(found.mean)),
            el("small", None, points_interval(compared.difference, compared.low, compared.high, bound=margin))
            if compared
            else None,
        )


def _unless_missing(each: ContenderReport | None, key: str) -> Cell:
    return _not_asked() if each is None else latency_cell(each, key)


def _cost(each: ContenderReport | None) -> Cell:
    if each is None:
        return _not_asked()
    return (
        missing(wording.reason_unknown(each, "cost")) if each.cost is None else dollars(each.cost.per_1000_requests_usd)
    )


def _verdict(each: ContenderReport | None) -> Cell:
    if each is None:
        return _not_asked()
    if each.verdict is None:
        return "in use" if each.role == "source" else missing(wording.reason_unknown(each, "verdict"))
    return status_mark(each.verdict)


def _not_asked() -> Element:
    return el("span", {"class": "missing"}, "not asked")
