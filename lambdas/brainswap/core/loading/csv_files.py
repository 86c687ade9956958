"""Stream the cases of a CSV file."""

import csv
from collections.abc import Collection, Iterator
from typing import BinaryIO, Self

from brainswap.core.loading.case_columns import Column, case_of_row, plan_columns
from brainswap.core.loading.case_lines import MAX_LINE, Meter, read_lines
from brainswap.core.loading.faults import CaseOrFaults, Fault, fault, too_long, undecodable
from brainswap.core.wording import printable

_FORM = 'Put a text with commas, quotes or line breaks in double quotes, and write a quote inside it twice: "".'
_OTHER_DELIMITERS = ";\t|"


def read_csv(
    name: str, stream: BinaryIO, placeholders: Collection[str], meter: Meter | None
) -> Iterator[tuple[int, CaseOrFaults]]:
    """Each case, or what is wrong with it, with the number of its first line. The first row names the columns.

    All values are text. An empty cell is a value that is not there, except in a column of the input.
    """
    rows = _rows(name, stream, meter)
    columns: list[Column] | None = None
    shown = printable(name)
    for number, row, faults in rows:
        place = f"{shown}:{number}"
        if columns is None:
            columns, header_faults = _header(place, row, placeholders)
            if faults or header_faults:
                yield number, faults or header_faults
                return
        elif faults:
            yield number, faults
        elif len(row) != len(columns):
            wrong = f"the row has {len(row)} cells and the header {len(columns)}"
            yield number, [fault(place, "malformed CSV", wrong, _FORM)]
        else:
            values = (
                cell if cell or column.part == "input" else None for column, cell in zip(columns, row, strict=True)
            )
            yield number, case_of_row(place, columns, values, placeholders)


def _header(place: str, row: list[str], placeholders: Collection[str]) -> tuple[list[Column], list[Fault]]:
    if len(row) == 1 and any(sign in row[0] for sign in _OTHER_DELIMITERS):
        wrong = "the columns are not separated by commas"
        return [], [fault(place, "column", wrong, "Save the file as CSV with commas and in UTF-8.")]
    return plan_columns(place, row, placeholders, nested=False)


def _rows(name: str, stream: BinaryIO, meter: Meter | None) -> Iterator[tuple[int, list[str], list[Fault]]]:
    """The number of its first line, the cells and the faults of each row that is not blank."""
    csv.field_size_limit(MAX_LINE)  # a setting of the whole process; its default refuses texts that a line may hold
    lines = _TextLines(name, stream, meter)
    reader = csv.reader(lines, strict=True)
    while True:
        number = lines.number + 1
        try:
            row = next(reader)
        except StopIteration:
            row = []
            if not lines.faults:
                return
        except csv.Error as error:
            row = []
            wrong = f"malformed CSV: {printable(str(error), limit=200)}"
            lines.faults.append(fault(f"{printable(name)}:{number}", "malformed CSV", wrong, _FORM))
        faults, lines.faults = lines.faults, []
        if row or faults:
            yield number, row, faults


class _TextLines:
    """Decoded lines; what is wrong with those that cannot be given out is kept in ``faults``."""

    def __init__(self, name: str, stream: BinaryIO, meter: Meter | None) -> None:
        self.number = 0
        self.faults: list[Fault] = []
        self._name = name
        self._lines = read_lines(stream, meter)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        place = f"{printable(self._name)}:{self.number}"
        if line is None:
            self.faults.append(too_long(place))
            return "\n"
        try:
            return line.decode("utf-8") + "\n"
        except UnicodeDecodeError as error:
            self.faults.append(undecodable(self._name, place, error))
            return line.decode("utf-8", errors="replace") + "\n"
