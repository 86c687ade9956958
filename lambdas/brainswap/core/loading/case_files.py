"""Stream the cases of a workload from JSONL, CSV or Parquet."""

import json
from collections.abc import Collection, Iterator
from typing import BinaryIO

from pydantic import ValidationError

from brainswap.core.cases import Case
from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.folder import Folder
from brainswap.core.loading.case_columns import Column, case_of_row, plan_columns
from brainswap.core.loading.case_lines import Meter, read_chunks, read_lines
from brainswap.core.loading.csv_files import read_csv
from brainswap.core.loading.faults import CaseOrFaults, Fault, fault, json_faults, not_lines, too_long
from brainswap.core.loading.text_files import UTF16_MARKS
from brainswap.core.loading.workloads import LoadedWorkload
from brainswap.core.wording import printable


def iter_cases(folder: Folder, loaded: LoadedWorkload) -> Iterator[Case]:
    """The cases in the order of their file, for one that has been validated.

    Raises:
        InvalidWorkloadError: at the first case that cannot be read; what only `validate_cases` sees passes.
        FileNotFoundError: the file is gone.
    """
    for _, read in read_cases(folder, loaded):
        if isinstance(read, Case):
            yield read
        else:
            raise InvalidWorkloadError([found.problem for found in read])


def read_cases(
    folder: Folder, loaded: LoadedWorkload, meter: Meter | None = None
) -> Iterator[tuple[int, CaseOrFaults]]:
    """Each case, or what is wrong with it, with the number of its line, or of its row in Parquet.

    Faults of the whole file, such as an unknown column, end the iteration.

    Raises:
        FileNotFoundError: there is no such file.
    """
    name = loaded.workload.cases
    placeholders = loaded.prompt.placeholders
    with folder.open(name) as stream:
        if name.endswith(".jsonl"):
            yield from _read_jsonl(name, stream, placeholders, meter)
            return
        if name.endswith(".csv"):
            yield from read_csv(name, stream, placeholders, meter)
            return
        if meter is not None:
            for _ in read_chunks(stream, meter):
                pass
    yield from _read_parquet(name, folder, placeholders)


def _read_jsonl(
    name: str, stream: BinaryIO, placeholders: Collection[str], meter: Meter | None
) -> Iterator[tuple[int, CaseOrFaults]]:
    parse = Case.model_validate_json
    shown = printable(name)
    begun = False
    for number, line in read_lines(stream, meter):
        if line is None:
            yield number, [too_long(f"{shown}:{number}")]
            continue
        try:
            case = parse(line)
        except ValidationError as error:
            text = line.strip()
            if not text:
                continue
            if not begun and (text == b"{" or text.startswith(b"[")):
                yield number, [not_lines(name, f"{shown}:{number}", is_array=text != b"{")]
                return
            yield number, json_faults(name, f"{shown}:{number}", line, error, placeholders)
            if not begun and line.startswith(UTF16_MARKS):
                return
        else:
            suspicious = b"NaN" in line or b"Infinity" in line
            yield number, (_not_finite(f"{shown}:{number}", line) if suspicious else []) or case
        begun = True


def _not_finite(place: str, line: bytes) -> list[Fault]:
    constants: list[str] = []
    json.loads(line.decode("utf-8"), parse_constant=constants.append)
    remedy = "Write null or a finite number."
    return [fault(place, "not JSON", f"JSON knows no {constant}", remedy) for constant in constants[:1]]


def _read_parquet(name: str, folder: Folder, placeholders: Collection[str]) -> Iterator[tuple[int, CaseOrFaults]]:
    shown = printable(name)
    columns: list[Column] = []
    try:
        for number, row in enumerate(folder.rows(name), start=1):
            if number == 1:
                columns, faults = plan_columns(shown, list(row), placeholders, nested=True)
                if faults:
                    yield number, faults
                    return
            yield number, case_of_row(f"{shown}:{number}", columns, row.values(), placeholders)
    except InvalidWorkloadError as error:
        yield 0, [Fault(kind="unreadable", problem=problem) for problem in error.problems]
