"""Rows of a Parquet file, a batch at a time."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.wording import printable

_BATCH = 1000
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "autoinstall_known_extensions": False}
_QUERY = "SELECT to_json(file) FROM read_parquet(?, binary_as_string = true) AS file"


def parquet_rows(name: str, path: Path) -> Iterator[Mapping[str, Any]]:
    """Each row by column, as JSON's types: dates become text, and NaN, a data frame's missing number, becomes None.

    Args:
        name: what messages call the file.
        path: where it lies on this machine.

    Raises:
        InvalidWorkloadError: the file is not Parquet, or holds what is neither text nor a value that JSON knows.
    """
    import duckdb  # noqa: PLC0415 - large, and only Parquet files need it

    with duckdb.connect(":memory:", config=_SETTINGS) as connection:
        connection.execute("SET enable_progress_bar = false")  # it would be drawn on stdout, where results go
        try:
            cursor = connection.execute(_QUERY, [_literally(path)])
            while batch := cursor.fetchmany(_BATCH):
                for (row,) in batch:
                    yield json.loads(row, parse_constant=_number)
        except (duckdb.Error, UnicodeDecodeError) as error:
            problem = Problem(
                place=printable(name),
                wrong=f"not a readable Parquet file: {printable(str(error).partition(chr(10))[0], limit=200)}",
                remedy="Write it again; files of text end in .jsonl or .csv.",
            )
            raise InvalidWorkloadError([problem]) from error


def _number(constant: str) -> float | None:
    return None if constant == "NaN" else float(constant)


def _literally(path: Path) -> str:
    """The path with every wildcard in brackets, where it stands for itself."""
    return re.sub(r"[*?\[]", lambda match: f"[{match.group()}]", str(path))
