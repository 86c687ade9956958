"""What finished runs left on this machine: read again, opened, and compared with each other."""

import argparse
import json
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainswap.core.errors import InvalidRequestError
from brainswap.core.wording import listed, printable
from brainswap.report.document import from_json
from brainswap.report.index.entry import to_text
from brainswap.report.index.history import Index
from brainswap.report.model import Report
from brainswap.report.rendering import (
    UNKNOWN,
    count,
    dollars,
    duration,
    level,
    moment,
    percentage,
    points_interval,
)
from brainswap.report.runs import Both, RunComparison, Shift, compare_runs
from local.account.stack import add_stack_option, find_stack
from local.account.watching import tell_until_the_end
from local.indexing import write_index
from local.telling import LONG, report_lines

_NAMED = 8  # cases in one line
_HASH = 64  # characters of a SHA-256, of which twelve tell it from others
_SHORT = 12


class NoFinishedRunError(Exception):
    """There is no report where one was looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finished:
    folder: Path
    report: Report

    def rows(self) -> Iterator[Mapping[str, Any]]:
        path = self.folder / "cases.jsonl"
        try:
            with path.open(encoding="utf-8") as lines:
                yield from (json.loads(line) for line in lines)
        except (OSError, ValueError) as error:
            raise NoFinishedRunError(f"{path} cannot be read: {error}") from None


def add_commands(commands: Any) -> list[argparse.ArgumentParser]:
    """The commands ``report`` and ``compare``."""
    report = commands.add_parser(
        "report",
        help="tell again what a run found",
        description="Tell again what a run found; with --open, show the report in the browser. With --all, write an "
        "index of all runs below a folder, with trends.",
    )
    which = report.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "run", metavar="RUN", type=Path, nargs="?", help="the folder that the run left, such as out/NAME"
    )
    which.add_argument(
        "--all",
        metavar="DIR",
        type=Path,
        help="write index.html and index.json of all runs in folders of DIR, such as out",
    )
    report.add_argument("--open", action="store_true", help="show report.html, or the index, in the browser")
    report.add_argument(
        "--watch", action="store_true", help="of a run in the account, by its id: say how far it is until it ends"
    )
    add_stack_option(report)
    report.set_defaults(command=_report)
    compare = commands.add_parser(
        "compare",
        help="say what became different between two runs",
        description="Say what became different between two runs of a workload: inputs, verdict, and each contender's "
        "scores on the cases that both have, with intervals.",
    )
    compare.add_argument("before", metavar="RUN", type=Path, help="the folder that the earlier run left")
    compare.add_argument("after", metavar="RUN", type=Path, help="the folder that the later run left")
    compare.set_defaults(command=_compare)
    return [report, compare]


def _report(chosen: argparse.Namespace) -> int:
    if chosen.watch:
        return _watch(chosen)
    if chosen.all is not None:
        return _index(chosen)
    run = _finished(chosen.run)
    if chosen.json:
        print((run.folder / "report.json").read_text("utf-8"), end="")
    else:
        print("\n".join(report_lines(run.report, run.folder)))
    if chosen.open:
        _open(run.folder / "report.html")
    return 0


def _watch(chosen: argparse.Namespace) -> int:
    if chosen.all is not None or chosen.open:
        raise NoFinishedRunError("A run is watched by its id alone: brainswap report RUN --watch [--stack NAME].")
    return tell_until_the_end(find_stack(chosen.stack), str(chosen.run), as_json=chosen.json)


def _index(chosen: argparse.Namespace) -> int:
    index = write_index(chosen.all)
    page = chosen.all / "index.html"
    if chosen.json:
        print(to_text(index), end="")
    else:
        print("\n".join([*_index_lines(index), f"Index: {page}"]))
    if chosen.open:
        _open(page)
    return 0


def _index_lines(index: Index) -> Iterator[str]:
    for each in index.runs:
        entry = each.entry
        simulated = ", SIMULATED answers" if entry.models == "simulated" else ""
        yield f"{moment(entry.created_at)}  {printable(entry.workload, LONG)}: {entry.verdict}{simulated}"
    yield from (f"Not readable: {printable(name, LONG)}" for name in index.unreadable)


def _open(page: Path) -> None:
    if not page.is_file() or not webbrowser.open(page.resolve().as_uri()):
        raise NoFinishedRunError(f"{page} could not be opened in a browser here.")


def _compare(chosen: argparse.Namespace) -> int:
    before, after = _finished(chosen.before), _finished(chosen.after)
    try:
        found = compare_runs(before.report, after.report, before.rows(), after.rows())
    except (KeyError, TypeError, ValueError) as error:
        raise NoFinishedRunError(f"cases.jsonl of one of the runs does not fit its report: {error!r}") from None
    print(found.model_dump_json(indent=1) if chosen.json else "\n".join(_comparison_lines(found)))
    return 0


def _finished(folder: Path) -> _Finished:
    path = folder / "report.json"
    try:
        return _Finished(folder=folder, report=from_json(path.read_text("utf-8")))
    except FileNotFoundError:
        why = f"there is no {path}"
    except (OSError, ValueError, InvalidRequestError) as error:
        why = f"{path} is no report: {error}"
    raise NoFinishedRunError(f"{folder} is no folder of a finished run: {why}. Name what `brainswap run` left in OUT.")


def _comparison_lines(found: RunComparison) -> Iterator[str]:
    yield f"{printable(found.before)} → {printable(found.after)}"
    if found.workloads[0] != found.workloads[1]:
        yield f"Warning: these are runs of two workloads, {listed(found.workloads)}."
    if "simulated" in found.models:
        yield "SIMULATED answers are among these: they say nothing about the real models."
    yield f"Verdict: {_arrow(found.verdicts[0], found.verdicts[1])}"
    for change in found.changes:
        yield f"Different: {printable(change.what, LONG)}, {_arrow(_short(change.before), _short(change.after))}"
    altered = f"; {count(found.altered, 'case')} of the same id changed and {_are(found.altered)} left out"
    yield f"Compared on {count(found.shared, 'case')}{altered if found.altered else ''}."
    for each in found.contenders:
        yield ""
        yield from _contender_lines(each)
    yield from (f"Only in the earlier run: {printable(each, LONG)}" for each in found.only_before)
    yield from (f"Only in the later run: {printable(each, LONG)}" for each in found.only_after)
    if found.contenders:
        yield ""
        yield f"Intervals are of {level(found.confidence)} each: among many scorers, some move by chance."


def _contender_lines(both: Both) -> Iterator[str]:
    prompt = "" if both.same_prompt else ", whose words changed"
    verdicts = _arrow(*(each or "source" for each in both.verdict))
    yield f"{printable(both.model)} with the {both.prompt} prompt{prompt}: {verdicts}"
    for scorer, shift in both.scores.items():
        yield f"  {printable(scorer)}: {_shift_words(shift)}"
        if shift.became_worse:
            more = shift.worse - _NAMED
            named = ", ".join(printable(case, LONG) for case in shift.became_worse[:_NAMED])
            yield f"    worse: {named}{f' and {more} more' if more > 0 else ''}"
    for what, (before, after), told in (
        ("$ per 1,000", both.cost, dollars),
        ("p50", both.p50_ms, duration),
        ("p95", both.p95_ms, duration),
    ):
        if before is not None or after is not None:
            yield f"  {what}: {_arrow(_told(before, told), _told(after, told))}"


def _shift_words(shift: Shift) -> str:
    means = _arrow(percentage(shift.before), percentage(shift.after))
    if shift.difference is None:
        return f"{means}; no case in common"
    moved = points_interval(shift.difference, shift.low, shift.high)
    return f"{means}; {moved} on {count(shift.pairs, 'case')}, {shift.better} better, {shift.worse} worse"


def _told(value: float | None, words: Callable[[float | None], str]) -> str:
    return UNKNOWN if value is None else words(value)


def _arrow(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _short(value: str | None) -> str:
    if value is None:
        return "none"
    return printable(value[:_SHORT] if len(value) == _HASH else value, LONG)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
