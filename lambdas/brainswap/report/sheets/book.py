"""``report.xlsx``: the report in front, and then every case, as they come."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from brainswap.report.model import Report
from brainswap.report.rows import Row
from brainswap.report.sheets.case_rows import CaseRows
from brainswap.report.sheets.front import (
    CHANGES,
    GATES,
    SUMMARY,
    change_rows,
    contender_columns,
    gate_rows,
    summary,
)
from brainswap.report.sheets.workbook import Sheet, Workbook
from brainswap.report.untrusted import one_line

SHEETS: Final = ("Summary", "Contenders", "Gates", "Changes", "Cases")
MOST_CASES: Final = 100_000  # that one can work with in a spreadsheet; all of them are in cases.jsonl
MOST_CASE_BYTES: Final = 500_000_000


class CaseSheet:
    """Takes cases as long as there is room, and says how many it left out."""

    def __init__(self, sheet: Sheet, rows: CaseRows) -> None:
        self._sheet = sheet
        self._rows = rows
        self.left_out = 0

    def add(self, row: Row) -> None:
        """A case, in the order of ``cases.jsonl``."""
        if self._sheet.rows >= MOST_CASES or self._sheet.bytes >= MOST_CASE_BYTES:
            self.left_out += 1
        else:
            self._sheet.add(self._rows.values(row))

    def close(self) -> None:
        """Say below the last case what is missing."""
        if self.left_out:
            said = f"{self.left_out:,} further cases are in cases.jsonl, and not here"
            self._sheet.add([said], ["text"])


@contextmanager
def writing_workbook(report: Report, file: BinaryIO) -> Iterator[CaseSheet]:
    """The workbook with all but its cases, which are to be added."""
    book = Workbook(file, SHEETS, one_line(f"{report.workload}: {report.verdict}"))
    with book.sheet(SUMMARY, filtered=False) as sheet:
        for name, value, kind in summary(report):
            sheet.add([name, value], ["text", kind])
    columns = contender_columns(report)
    with book.sheet([each.column for each in columns]) as sheet:
        for contender in report.contenders:
            sheet.add([each.value(contender) for each in columns])
    with book.sheet(GATES) as sheet:
        for values, kinds in gate_rows(report):
            sheet.add(values, kinds)
    with book.sheet(CHANGES) as sheet:
        for values in change_rows(report):
            sheet.add(values)
    rows = CaseRows(report)
    with book.sheet(rows.columns()) as sheet:
        cases = CaseSheet(sheet, rows)
        yield cases
        cases.close()
    book.close()
