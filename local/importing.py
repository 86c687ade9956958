"""Import what a team has already: a workload's folder out of a file of another tool, with an account of it."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.wording import printable
from local.imports.account import Account, CannotImportError, Imported
from local.imports.folder import account_text, grouped, workload_text
from local.imports.formats import FORMATS
from local.imports.places import SCHEME, at_hand
from local.workloads import CheckedWorkload, Models, check_workload

CASES = "cases.jsonl"  # of every workload that is imported
_SHOWN = 12  # kinds of what has no counterpart that the summary tells
_LONGEST_NAME = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A folder that was written.

    Attributes:
        checked: the workload, where it is valid as it stands.
        problems: what a person has to decide or correct first.
    """

    directory: Path
    account: Account
    checked: CheckedWorkload | None
    problems: tuple[Problem, ...]


def import_workload(name: str, place: str, directory: Path, models: Models) -> Written:
    """Read a file and write the workload ``directory``, whole or not at all; then check it.

    Args:
        name: of the format.
        place: of a file or folder in that format, or of objects of Amazon S3: ``s3://BUCKET/PREFIX``.
        directory: that does not exist yet, or is empty.
        models: who would answer; see `check_workload`.

    Raises:
        CannotImportError: the file is not of the format, or the folder cannot be written.
    """
    read = FORMATS.get(name)
    if read is None:
        raise CannotImportError(f"There is no format {printable(name)}. Formats: {', '.join(sorted(FORMATS))}.")
    _refuse_what_is_there(directory)
    with at_hand(place) as file:
        imported = read(file)
        _write(imported, f"{printable(place if place.startswith(SCHEME) else file.name, 200)} ({name})", directory)
    try:
        checked, problems = check_workload(directory, models), ()
    except InvalidWorkloadError as error:
        return Written(directory=directory, account=imported.account, checked=None, problems=error.problems)
    return Written(directory=directory, account=imported.account, checked=checked, problems=problems)


def workload_name(directory: Path) -> str:
    """A name for a workload, after its folder."""
    plain = re.sub(r"[^a-z0-9]+", "-", directory.resolve().name.lower()).strip("-")
    return plain[:_LONGEST_NAME].rstrip("-") or "imported"


def written_lines(written: Written) -> Iterator[str]:
    """The result for people."""
    account = written.account
    yield (
        f"{written.directory}: {account.found:,} cases found, {account.imported:,} imported, "
        f"{account.dropped.total():,} dropped."
    )
    yield from (f"Dropped: {count:,} because of {printable(why, 200)}" for why, count in account.dropped.most_common())
    yield f"Taken along: {account.mapped.total():,} things of {len(account.mapped)} kinds."
    kinds = grouped(account)
    for (what, remedy), places in list(kinds.items())[:_SHOWN]:
        yield f"Not taken along: {printable(what, 200)} ({len(places):,}). {printable(remedy, 300)}"
    if len(kinds) > _SHOWN:
        yield f"Not taken along: {len(kinds) - _SHOWN} more kinds."
    yield f"All of it is in {written.directory / 'IMPORT.md'}."
    if written.checked is not None:
        yield f"The workload is valid. Next: brainswap check {written.directory}"
        return
    yield "Before it can run, decide or correct:"
    yield from (f"- {problem}" for problem in written.problems)


def written_document(written: Written) -> dict[str, Any]:
    """The result for machines."""
    account = written.account
    return {
        "workload": str(written.directory),
        "found": account.found,
        "imported": account.imported,
        "dropped": dict(account.dropped),
        "mapped": dict(account.mapped),
        "unmapped": [{"place": each.place, "what": each.what, "remedy": each.remedy} for each in account.unmapped],
        "valid": written.checked is not None,
        "problems": [{"place": each.place, "wrong": each.wrong, "remedy": each.remedy} for each in written.problems],
    }


def _refuse_what_is_there(directory: Path) -> None:
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise CannotImportError(f"{printable(str(directory), 300)} is not empty: choose another folder.")


def _write(imported: Imported, origin: str, directory: Path) -> None:
    """Beside the folder first, so that nothing half-written is ever in its place."""
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".import-", dir=directory.parent))
        try:
            _fill(beside, imported, origin, directory)
            beside.chmod(0o755)
            os.replace(beside, directory)  # noqa: PTH105 - onto an empty folder, which `Path.rename` words otherwise
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise CannotImportError(f"{printable(str(directory), 300)} cannot be written: {error.strerror}.") from error


def _fill(folder: Path, imported: Imported, origin: str, directory: Path) -> None:
    declaration: Mapping[str, Any] = {
        "version": 1,
        "name": workload_name(directory),
        **imported.declaration,
    }
    with (folder / CASES).open("w", encoding="utf-8") as lines:
        for case in imported.cases:
            lines.write(json.dumps(case, ensure_ascii=False, allow_nan=False) + "\n")
    for name, text in imported.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")
    (folder / "workload.yaml").write_text(workload_text(declaration, origin), "utf-8")
    (folder / "IMPORT.md").write_text(account_text(imported.account, origin), "utf-8")
