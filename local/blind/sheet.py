"""The sheet that people fill in: two answers to a row, A and B, and nothing that says whose they are."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainswap.core.blind.documents import BlindKey, BlindRow, Preference
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.wording import printable, shown
from local.blind.pairs import Pair
from local.labels.drawing import CannotLabelError
from local.labels.tables import neutral, read_table, unquoted, write_table

KEY, GRADE = "key", "grade"
COLUMNS = (KEY, "request", "reference", "answer A", "answer B", "grades", GRADE)
PAGES = frozenset({".html", ".htm"})
OFFERED = "A; B; same; both bad"

_GRADES = {
    **dict.fromkeys(("a", "a better", "a is better"), "A"),
    **dict.fromkeys(("b", "b better", "b is better"), "B"),
    **dict.fromkeys(("same", "equal", "tie"), "same"),
    **dict.fromkeys(("both bad", "bad"), "both_bad"),
}
_KEY = re.compile(r"b([0-9a-f]{12})-([0-9]{1,7})-([0-9a-f]{8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRead:
    """What a person said, by case; ``ungraded`` rows follow the last that has a grade."""

    grades: Mapping[str, Preference]
    ungraded: int


def write_sheet(key: BlindKey, pairs: Sequence[Pair], path: Path) -> None:
    """Write a new file.

    Raises:
        CannotLabelError: the file exists, and may hold somebody's work, or cannot be written.
    """
    write_table(path, COLUMNS, _rows(key, pairs))


def read_sheet(path: Path, key: BlindKey) -> SheetRead:
    """Read what a person said of the answers of a sheet.

    Raises:
        CannotLabelError: the file is no such sheet.
        InvalidWorkloadError: rows are of another sheet, changed, doubled, missing, or passed over.
    """
    name = printable(path.name, 100)
    if path.suffix.lower() in PAGES:
        raise CannotLabelError(
            f"{name} is the page itself, which holds no grades: press Download grades in it, and read that."
        )
    said: dict[int, Preference | None] = {}
    problems: list[Problem] = []
    for number, cells in read_table(path, (KEY, GRADE)):
        if not cells[KEY].strip() and not cells[GRADE].strip():
            continue
        place = f"{name} row {number}"
        try:
            row = _row_number(place, cells[KEY], key, said)
            said[row] = _preference(place, unquoted(cells[GRADE]), key.rows[row - 1])
        except _RowError as error:
            problems.append(error.problem)
    problems += _gaps(name, said, len(key.rows)) if not problems else []
    if problems:
        raise InvalidWorkloadError(problems)
    graded = {key.rows[row - 1].case: grade for row, grade in said.items() if grade is not None}
    return SheetRead(grades=graded, ungraded=len(key.rows) - len(graded))


def _gaps(name: str, said: Mapping[int, Preference | None], rows: int) -> Iterator[Problem]:
    """Rows that were left out: who leaves out what is hard chooses the outcome."""
    missing = sorted(set(range(1, rows + 1)) - set(said))
    if missing:
        wrong = f"{len(missing)} of the {rows} rows of the sheet are gone, the first of them row {missing[0]}"
        yield Problem(place=name, wrong=wrong, remedy="Put them back, with or without a grade.")
    last = max((row for row, grade in said.items() if grade is not None), default=0)
    for row in sorted(row for row, grade in said.items() if grade is None and row < last):
        yield Problem(
            place=f"{name} row {row + 1} column {GRADE}",
            wrong="it has no grade, and a later row has one",
            remedy="Grade the rows from the top as far as you come; `same` where you cannot tell.",
        )


class _RowError(Exception):
    def __init__(self, place: str, wrong: str, remedy: str) -> None:
        self.problem = Problem(place=place, wrong=wrong, remedy=remedy)
        super().__init__(wrong)


def row_key(key: BlindKey, number: int) -> str:
    """What a row is known by, from 1 on."""
    return f"b{key.sheet}-{number}-{key.seal(number)}"


def sides(row: BlindRow, pair: Pair) -> tuple[str, str]:
    """The answers A and B."""
    return (pair.target, pair.source) if row.target_first else (pair.source, pair.target)


def _rows(key: BlindKey, pairs: Sequence[Pair]) -> Iterator[Sequence[str]]:
    for number, (row, pair) in enumerate(zip(key.rows, pairs, strict=True), start=1):
        texts = [neutral(text) for text in (pair.request, pair.reference, *sides(row, pair))]
        yield [row_key(key, number), *texts, OFFERED, ""]


def _row_number(place: str, text: str, key: BlindKey, said: Container[int]) -> int:
    found = _KEY.fullmatch(unquoted(text))
    if found is None:
        raise _RowError(f"{place} column {KEY}", "the key was changed or is missing", f"Take {KEY} from the sheet.")
    sheet, number, seal = found[1], int(found[2]), found[3]
    if sheet != key.sheet:
        raise _RowError(place, "the row is of another sheet", "Read each sheet with the run that it was drawn from.")
    if not 1 <= number <= len(key.rows) or key.seal(number) != seal:
        raise _RowError(f"{place} column {KEY}", "the key was changed", f"Take {KEY} from the sheet as it was drawn.")
    if number in said:
        raise _RowError(place, f"it is the row {number} of the sheet once more", "Leave one of them.")
    return number


def _preference(place: str, text: str, row: BlindRow) -> Preference | None:
    if not text:
        return None
    grade = _GRADES.get(" ".join(text.casefold().split()))
    match grade:
        case "A":
            return "target" if row.target_first else "source"
        case "B":
            return "source" if row.target_first else "target"
        case "same" | "both_bad":
            return grade
    raise _RowError(f"{place} column {GRADE}", f"{shown(text)} is no grade", f"Write one of: {OFFERED}.")
