"""What ``brainswap blind`` does, and what it says."""

import argparse
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from brainswap.core.blind.documents import GRADES_FILE, KEY_FILE, BlindKey, Graded, Grades, ungraded
from brainswap.core.blind.summary import GradesSummary, summary_of
from brainswap.core.errors import InvalidRequestError
from brainswap.report.document import from_json
from brainswap.report.grades import grades_lines, with_grades
from brainswap.report.model import Report
from brainswap.report.rendering import count
from brainswap.run_files import JSON
from local.account.stack import add_stack_option
from local.blind.page import write_page
from local.blind.pairs import chosen_target, draw_pairs
from local.blind.places import Place, find_place
from local.blind.sheet import PAGES, read_sheet, write_sheet
from local.labels.drawing import CannotLabelError
from local.labels.labellers import labeller_name, user_name

ROWS = 50
_PAGE = "report.html"
_HTML = "text/html; charset=utf-8"


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> list[argparse.ArgumentParser]:
    """The command ``blind``."""
    blind = commands.add_parser(
        "blind",
        help="have people compare answers without knowing whose they are",
        description="Draw a sheet of cases in which source and recommended target answer differently, two answers to a "
        "row in random order; with --read, take what people said, and tell what it comes to.",
    )
    blind.add_argument("run", metavar="RUN", help="the folder that a run left, or the id of one here or in the account")
    blind.add_argument("--read", metavar="SHEET", type=Path, help="a sheet that somebody filled in")
    blind.add_argument("--grader", metavar="NAME", help="who filled it in (default: the user of this machine)")
    blind.add_argument(
        "--out",
        metavar="SHEET",
        type=Path,
        help="the sheet to write; one that ends in .html is a page for the browser (default: blind-WORKLOAD.csv)",
    )
    blind.add_argument("--count", metavar="N", type=int, default=ROWS, help=f"rows (default: {ROWS})")
    blind.add_argument("--seed", metavar="N", type=int, default=0, help="of the draw and the order (default: 0)")
    blind.add_argument("--contender", metavar="ID", help="the target (default: the recommended one)")
    add_stack_option(blind)
    blind.set_defaults(command=_blind)
    return [blind]


def _blind(chosen: argparse.Namespace) -> int:
    if chosen.count < 1:
        raise CannotLabelError("--count is 1 or more.")
    place = find_place(chosen.run, chosen.stack)
    raw = place.read("report.json")
    try:
        report = from_json(raw.decode("utf-8"))
    except (InvalidRequestError, UnicodeDecodeError) as error:
        raise CannotLabelError(f"report.json of the run is no report: {error}") from None
    sha256 = hashlib.sha256(raw).hexdigest()
    if chosen.read is None:
        return _draw(chosen, place, report, sha256)
    return _read(chosen, place, report, sha256)


def _draw(chosen: argparse.Namespace, place: Place, report: Report, sha256: str) -> int:
    sheet = chosen.out or Path(f"blind-{report.workload}.csv")
    known = _known_key(place)
    target = chosen_target(report, chosen.contender)
    key, pairs = draw_pairs(
        place, report, sha256, target=target, count=chosen.count, seed=chosen.seed, now=datetime.now(UTC)
    )
    if known is not None and known.sheet != key.sheet:
        grades = _known_grades(place)
        if known.report_sha256 == sha256 and grades is not None and grades.people:
            raise CannotLabelError(
                f"{count(len(grades.people), 'person has', 'people have')} graded another sheet of this run already, "
                "and who draws until the outcome pleases has no outcome. Leave --seed, --count and --contender as they "
                f"were (--seed {known.seed}, {len(known.rows)} rows, --contender {known.target}) for a copy of it."
            )
    as_page = sheet.suffix.lower() in PAGES
    write_page(key, pairs, sheet) if as_page else write_sheet(key, pairs, sheet)
    place.write(KEY_FILE, key.model_dump_json(indent=1).encode(), JSON)
    controls = sum(row.control for row in key.rows)
    document = {
        "sheet": str(sheet),
        "rows": len(key.rows),
        "controls": controls,
        "differing": key.differing,
        "cases": key.cases,
    }
    graded = f"grades-{report.workload}.csv" if as_page else sheet
    how = (
        "open it in a browser, and download the grades there"
        if as_page
        else "grade the rows from the top as far as you come"
    )
    lines = [
        f"Answers differ in {key.differing:,} of {count(key.cases, 'case')}; drew {len(key.rows) - controls:,}.",
        f"Besides, {count(controls, 'row')} whose answers say the same.",
        f"Wrote {sheet}: {how}. Each person takes a copy of their own.",
        f"Whose answers they are is in {KEY_FILE} of the run, which graders leave alone.",
        f"Next: brainswap blind {chosen.run} --read {graded} --grader NAME",
    ]
    print(json.dumps(document, indent=1) if chosen.json else "\n".join(lines))
    return 0


def _read(chosen: argparse.Namespace, place: Place, report: Report, sha256: str) -> int:
    key = _known_key(place)
    if key is None:
        raise CannotLabelError(f"No sheet was drawn of this run: brainswap blind {chosen.run} draws one.")
    if key.report_sha256 != sha256:
        raise CannotLabelError(
            "report.json of the run is another than when the sheet was drawn: grades of one say nothing of the other. "
            f"Draw a new sheet: brainswap blind {chosen.run}."
        )
    grader = labeller_name(chosen.grader or user_name())
    found = read_sheet(chosen.read, key)
    if not found.grades:
        raise CannotLabelError(f"{chosen.read} holds no grade yet: fill in the column grade, from the top.")
    known = _known_grades(place)
    grades = known if known is not None and known.sheet == key.sheet else ungraded(key)
    replaced = any(each.grader == grader for each in grades.people)
    grades = grades.graded_by(Graded(grader=grader, read_at=datetime.now(UTC), grades=dict(found.grades)))
    place.write(GRADES_FILE, grades.model_dump_json(indent=1).encode(), JSON)
    summary = summary_of(grades, report.provenance.confidence)
    told = _show_on_page(place, summary)
    print(
        json.dumps(asdict(summary), indent=1)
        if chosen.json
        else "\n".join(_read_lines(grader, len(found.grades), found.ungraded, summary, told, replaced=replaced))
    )
    return 0


def _read_lines(
    grader: str, rows: int, ungraded_rows: int, summary: GradesSummary, told: str, *, replaced: bool
) -> Iterator[str]:
    before = ", in place of what they had said before" if replaced else ""
    yield f"Read {count(rows, 'grade')} of {grader}{before}; {count(ungraded_rows, 'row')} without a grade."
    yield from grades_lines(summary)
    yield told


def _show_on_page(place: Place, summary: GradesSummary) -> str:
    """Put what people said onto the page of the report, where there is one."""
    if not place.has(_PAGE):
        return f"{GRADES_FILE} of the run holds the grades."
    shown = with_grades(place.read(_PAGE).decode("utf-8"), summary)
    if shown is None:
        return f"{GRADES_FILE} of the run holds the grades; {_PAGE} is of an earlier version, and stays as it is."
    place.write(_PAGE, shown.encode("utf-8"), _HTML)
    return f"{GRADES_FILE} of the run holds the grades, and {_PAGE} shows them."


def _known_key(place: Place) -> BlindKey | None:
    if not place.has(KEY_FILE):
        return None
    try:
        return BlindKey.model_validate_json(place.read(KEY_FILE))
    except ValidationError:
        raise CannotLabelError(f"{KEY_FILE} of the run was changed: remove it, and draw a new sheet.") from None


def _known_grades(place: Place) -> Grades | None:
    if not place.has(GRADES_FILE):
        return None
    try:
        return Grades.model_validate_json(place.read(GRADES_FILE))
    except ValidationError:
        raise CannotLabelError(f"{GRADES_FILE} of the run was changed: remove it, and read the sheets again.") from None
