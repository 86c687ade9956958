"""What stands on the pages of the PDF, as data: the template sets it, and knows no figure of its own."""

import re
from typing import Any, Final

from brainswap.report import appendix, payback, plain, wording
from brainswap.report.model import ContenderReport, Report
from brainswap.report.paper.drawings import LABEL, differences, quality_against_cost
from brainswap.report.paper.legible import line, text
from brainswap.report.plain import PlainTable
from brainswap.report.rendering import count, dollars, level, moment, whole
from brainswap.report.sections.contenders import scorers_of
from brainswap.report.sections.marks import kind_of

MOST_CONTENDERS: Final = 6  # on the pages for the decision
MOST_GATES: Final = 8
MOST_WARNINGS: Final = 4
MOST_ROWS: Final = 60  # of a table in the appendix
MOST_LOST: Final = 40
MOST_SEGMENTS: Final = 30
MOST_SCORERS: Final = 8

_INTERVAL: Final = re.compile(r"\([^()\s]{1,12} to [^()\s]{1,12}\)")
_UNBROKEN: Final = "\u00a0"
_MOST_WIDE: Final = 9  # columns

_SENTENCE, _CELL, _TEXT = 300, 160, 1200  # characters
_STATUSES: Final = frozenset({"pass", "fail", "inconclusive", "migrate", "hold", "passed", "warning", "refused"})


def paper(report: Report) -> dict[str, Any]:
    """The document: all texts are visible and of a length that the pages can take."""
    said = wording.banner(report)
    shown = plain.decided_on(report, MOST_CONTENDERS)
    return {
        "title": line(f"{wording.headline(report)}: {report.workload}", _CELL),
        "workload": line(report.workload, LABEL),
        "run": line(report.run_id, LABEL),
        "moment": moment(report.created_at),
        "banner": {"title": said.title, "detail": said.detail, "weight": said.weight},
        "verdict": report.verdict,
        "kind": kind_of(report.verdict),
        "headline": line(wording.headline(report), _CELL),
        "sentences": [
            line(each, _SENTENCE)
            for each in (wording.for_manager(report), payback.for_budget(report), *plain.shortened(report)[:2])
            if each
        ],
        "engineer": line(wording.for_engineer(report), 2 * _SENTENCE),
        "key_figures": [[line(part, LABEL) for part in figure] for figure in _key_figures(report)],
        "description": line(report.description, _SENTENCE) if report.description else None,
        "contenders": _table(plain.contenders(report, shown), MOST_CONTENDERS) if shown else None,
        "left_out": _left_out(report, len(shown)),
        "gates": [_table(plain.gates(report, target), MOST_GATES) for target in _decisive(report)],
        "differences": differences(report, shown),
        "tradeoff": quality_against_cost(report, 2 * MOST_CONTENDERS),
        "warnings": [line(each, _CELL) for each in report.provenance.warnings[:MOST_WARNINGS]],
        "criteria": _criteria(report),
        "appendix": [_table(table, MOST_ROWS) for table in _appendix(report)],
        "facts": [[line(name, LABEL), text(value, _TEXT)] for name, value in _facts(report)],
        "reasons": [text(reason, _TEXT) for reason in report.reasons[:MOST_ROWS]],
    }


def _key_figures(report: Report) -> list[tuple[str, str, str]]:
    chosen = wording.recommended_of(report)
    return [] if chosen is None else plain.key_figures(chosen)


def _decisive(report: Report) -> list[ContenderReport]:
    """The recommended target; without one, the first that has gates."""
    chosen = wording.recommended_of(report)
    targets = [chosen] if chosen is not None else wording.targets_of(report)
    return [target for target in targets if target.gates][:1]


def _left_out(report: Report, shown: int) -> str | None:
    more = len(report.contenders) - shown
    return f"{count(more, 'more contender')} in the appendix." if more > 0 else None


def _table(table: PlainTable, most: int) -> dict[str, Any]:
    left_out = len(table.rows) - most
    return {
        "caption": line(table.caption, _CELL),
        "columns": [line(name, LABEL) for name in table.columns],
        "rows": [[_together(line(cell, _CELL), len(table.columns)) for cell in row] for row in table.rows[:most]],
        "kinds": [
            kind_of(row[table.statuses]) if table.statuses is not None and row[table.statuses] in _STATUSES else "none"
            for row in table.rows[:most]
        ],
        "statuses": table.statuses,
        "more": f"{count(left_out, 'more row')} in report.html and report.xlsx." if left_out > 0 else None,
    }


def _together(cell: str, columns: int) -> str:
    """With a number and its unit on one line, and an interval too where columns are wide enough for one."""
    spaced = cell.replace(" %", f"{_UNBROKEN}%")
    if columns > _MOST_WIDE:
        return spaced
    return _INTERVAL.sub(lambda found: found[0].replace(" ", _UNBROKEN), spaced)


def _appendix(report: Report) -> list[PlainTable]:
    if not report.contenders:
        return [plain.checks(report)]
    scorers = scorers_of(report)[:MOST_SCORERS]
    tables: list[PlainTable | None] = [
        plain.contenders(report, report.contenders),
        *(plain.gates(report, target) for target in wording.targets_of(report)[:MOST_ROWS]),
        *(plain.differences(report, scorer) for scorer in scorers),
        appendix.ratios(report),
        appendix.latencies(report),
        appendix.answers(report),
        appendix.repeats(report),
        *(appendix.segments(report, scorer, MOST_SEGMENTS) for scorer in scorers),
        plain.lost(report, MOST_LOST),
        plain.checks(report),
    ]
    return [table for table in tables if table is not None and table.rows]


def _criteria(report: Report) -> list[list[str]]:
    """What a signature stands for."""
    found = report.provenance
    return [
        ["Workload", found.workload_sha256[:LABEL]],
        ["Cases", found.cases_sha256[:LABEL]],
        ["Gates", found.gates_sha256[:LABEL]],
    ]


def _facts(report: Report) -> list[tuple[str, str]]:
    found, spend = report.provenance, report.spend
    return [
        ("Run", report.run_id),
        ("Began", moment(report.created_at)),
        ("At list prices" if spend.notional else "Spent", dollars(spend.usd)),
        ("Forecast", dollars(spend.forecast_usd)),
        ("Calls", whole(spend.calls)),
        ("From the cache", whole(spend.cached)),
        ("Splits", ", ".join(f"{name} {whole(number)}" for name, number in found.splits.items())),
        ("Seed", str(found.seed)),
        ("Confidence", level(found.confidence)),
        ("Code", found.code_version),
        ("Judge", found.judge or "none"),
        ("Workload, SHA-256", found.workload_sha256),
        ("Cases, SHA-256", found.cases_sha256),
        ("Gates, SHA-256", found.gates_sha256),
        *((f"Price of {model}", price or "no price is known") for model, price in found.prices.items()),
        *(("Warning", warning) for warning in found.warnings),
    ]
