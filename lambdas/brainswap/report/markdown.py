"""``report.md``: the verdict for a pull request, short, and harmless in GitHub's Markdown."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from brainswap.report import payback, plain, wording
from brainswap.report.model import ContenderReport, Report
from brainswap.report.plain import PlainTable
from brainswap.report.rendering import count, dollars, whole
from brainswap.report.untrusted import one_line

MOST_CONTENDERS: Final = 8
MOST_GATES: Final = 12
MOST_LOST: Final = 10
MOST_REASONS: Final = 8

_SENTENCE: Final = 600  # characters
_CELL: Final = 160
_NOTHING: Final = "<!-- -->"  # parts what GitHub would make a mention, a reference or a link of
_MARKS = re.compile(r"[\\`*_\[\]|~$!{}^=]")
_BEGINS = re.compile(r"^(\s*(?:\d+(?=[.)](?:\s|$)))?)(?=[-+#:>.)])")
_LINKS = re.compile(r"@|#(?=\d)|GH-(?=\d)|www(?=\.)|(?:mailto|xmpp)(?=:)|:(?=//)", re.IGNORECASE)
_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def to_markdown(report: Report) -> str:
    """A heading, what was decided and why, the contenders, the gates that the decision rests on, and lost cases."""
    return "\n\n".join(part for part in _parts(report) if part) + "\n"


def as_text(text: str, limit: int = _SENTENCE) -> str:
    """Text of anybody in one line, of which nothing is markup, notifies anyone, links or refers to anything."""
    label = _MARKS.sub(r"\\\g<0>", one_line(text, limit).translate(_ENTITIES))
    label = _BEGINS.sub(r"\1\\", label)
    return _LINKS.sub(rf"\g<0>{_NOTHING}", label)


def _parts(report: Report) -> Iterator[str]:
    said = wording.banner(report)
    yield f"## {as_text(wording.headline(report))}"
    if said.weight != "calm":
        yield f"> **{as_text(said.title)}.** {as_text(said.detail)}"
    yield as_text(wording.for_manager(report))
    budget = payback.for_budget(report)
    if budget is not None:
        yield as_text(budget)
    yield _list(plain.shortened(report))
    yield from _measured(report) if report.contenders else _refused(report)
    yield _footer(report)


def _measured(report: Report) -> Iterator[str]:
    yield _table(plain.contenders(report, plain.decided_on(report, MOST_CONTENDERS)))
    left_out = len(report.contenders) - MOST_CONTENDERS
    if left_out > 0:
        yield f"{count(left_out, 'more contender')} in report.html."
    for target in _decisive(report):
        gates = plain.gates(report, target)
        yield f"**{as_text(gates.caption, _CELL)}**"
        yield _table(gates, most=MOST_GATES) if gates.rows else "No gate was applied."
    lost = plain.lost(report, MOST_LOST)
    if lost is not None:
        yield f"<details><summary>{as_text(lost.caption)}</summary>"
        yield _table(lost)
        yield "</details>"


def _refused(report: Report) -> Iterator[str]:
    yield _list(report.reasons[:MOST_REASONS])
    yield _table(plain.checks(report), most=MOST_GATES)


def _decisive(report: Report) -> list[ContenderReport]:
    """The recommended target; without one, the first."""
    chosen = wording.recommended_of(report)
    return [chosen] if chosen is not None else wording.targets_of(report)[:1]


def _table(table: PlainTable, most: int = MOST_CONTENDERS + MOST_LOST) -> str:
    lines = [table.columns, ["---"] * len(table.columns), *table.rows[:most]]
    head, rule, *rows = lines
    written = [_row(map(_cell, head)), _row(rule), *(_row(map(_cell, row)) for row in rows)]
    left_out = len(table.rows) - most
    return "\n".join(written) + (f"\n\n{count(left_out, 'more row')} in report.html." if left_out > 0 else "")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return as_text(text, _CELL) or " "


def _list(lines: list[str]) -> str:
    return "\n".join(f"- {as_text(line)}" for line in lines)


def _footer(report: Report) -> str:
    spend, found = report.spend, report.provenance
    cost = f"{dollars(spend.usd)}{' at list prices' if spend.notional else ''}"
    test = whole(found.splits.get("test", 0))
    return (
        f"<sub>Run {as_text(report.run_id)} of {as_text(report.workload, _CELL)} · {test} test cases · "
        f"{as_text(cost)} · gates {as_text(found.gates_sha256[:12])} · brainswap {as_text(found.code_version)}</sub>"
    )
