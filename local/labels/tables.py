"""Sheets for people: CSV that no spreadsheet takes for anything but text, read as spreadsheets save it."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from brainswap.core.wording import listed, printable
from brainswap.report import untrusted
from local.labels.drawing import CannotLabelError

LONGEST_CELL = 30_000  # characters; spreadsheets cut cells at 32,767
MOST_BYTES = 500_000_000

_DELIMITERS = (",", ";", "\t")


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a new file.

    Raises:
        CannotLabelError: the file exists, and may hold somebody's work, or cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(columns)
            writer.writerows(rows)
    except FileExistsError:
        name = printable(str(path), 300)
        raise CannotLabelError(
            f"{name} exists and may hold marks: read it with --read, or name another with --out."
        ) from None
    except OSError as error:
        raise CannotLabelError(f"{printable(str(path), 300)} cannot be written: {error.strerror}.") from None


def read_table(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The number of each row, as a spreadsheet counts, and its cells of the columns that are wanted.

    Raises:
        CannotLabelError: the file cannot be read, or has no such columns.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CannotLabelError(f"{printable(str(path), 300)} is larger than {MOST_BYTES // 1_000_000} MB.")
        raw = path.read_bytes()
    except OSError as error:
        raise CannotLabelError(f"{printable(str(path), 300)} cannot be read: {error.strerror}.") from None
    if raw.startswith(b"PK"):
        raise CannotLabelError(f"{printable(str(path), 300)} is a workbook. Save it as CSV, and read that.")
    utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    # Only keys and marks are read, and these are ASCII, whatever a spreadsheet made of the rest.
    text = raw.decode("utf-16" if utf16 else "utf-8-sig", errors="replace")
    csv.field_size_limit(MOST_BYTES)
    for delimiter in _DELIMITERS:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        header = [cell.strip().casefold() for cell in next(rows, [])]
        if set(wanted) <= set(header):
            columns = {name: header.index(name) for name in wanted}
            for number, row in enumerate(rows, start=2):
                yield number, {name: row[at] if at < len(row) else "" for name, at in columns.items()}
            return
    named = f"its first row has to name the columns {listed(wanted)}"
    raise CannotLabelError(f"{printable(str(path), 300)} is no sheet that was drawn here: {named}.")


def neutral(text: str) -> str:
    """As `untrusted.neutral`, of a length that a cell holds."""
    return untrusted.neutral(text, LONGEST_CELL)


def unquoted(text: str) -> str:
    """What stands in a cell, without the apostrophe by which a spreadsheet calls it a text."""
    return text.strip().removeprefix("'").strip()
