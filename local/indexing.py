"""An index of the runs that lie below one folder of this machine."""

from pathlib import Path
from urllib.parse import quote

from brainswap.core.errors import InvalidRequestError
from brainswap.report.document import from_json
from brainswap.report.index.entry import Entry, entry_of, to_text
from brainswap.report.index.history import FILES, Index, Listed, in_order
from brainswap.report.index.page import to_page

REPORT = "report.json"
_NOT_HERE = "whether cases, prompt, scorers or prices have changed since is looked at in the account, and not here"


class NoRunsError(Exception):
    """There is no finished run below a folder."""


def index_of(root: Path) -> Index:
    """Every folder directly below ``root`` in which a run left a report.

    Raises:
        NoRunsError: there is none.
    """
    listed: list[Listed] = []
    unreadable: list[str] = []
    for folder in _folders(root):
        entry = _entry(folder)
        if entry is None:
            unreadable.append(f"{folder.name}/{REPORT}")
            continue
        files = [name for name in FILES if (folder / name).is_file()]
        listed.append(Listed(entry=entry, place=quote(folder.name, safe=""), files=files))
    if not listed:
        told = f"; {', '.join(unreadable)} cannot be read" if unreadable else ""
        raise NoRunsError(
            f"{root} holds no folder of a finished run{told}. Name the folder above what runs left in OUT."
        )
    return Index(runs=in_order(listed), unreadable=unreadable, verdicts_unknown=_NOT_HERE)


def finished_runs(root: Path) -> dict[str, Path]:
    """The folder of each run directly below ``root``, by the run's id."""
    found = {folder: _entry(folder) for folder in _folders(root)}
    return {entry.run_id: folder for folder, entry in found.items() if entry is not None}


def _folders(root: Path) -> list[Path]:
    return sorted(path.parent for path in root.glob(f"*/{REPORT}"))


def _entry(folder: Path) -> Entry | None:
    """None where the report cannot be read."""
    try:
        return entry_of(from_json((folder / REPORT).read_text("utf-8")))
    except (OSError, ValueError, InvalidRequestError):
        return None


def write_index(root: Path) -> Index:
    """Write ``index.html`` and ``index.json`` into ``root``; each appears whole or not at all.

    Raises:
        NoRunsError: there is no finished run, or nothing can be written there.
    """
    index = index_of(root)
    try:
        for name, text in (("index.json", to_text(index)), ("index.html", to_page(index, root.resolve().name))):
            fresh = root / f"{name}.new"
            fresh.write_text(text, "utf-8", errors="replace")
            fresh.replace(root / name)
    except OSError as error:
        raise NoRunsError(f"no index can be written into {root}: {error}") from None
    return index
