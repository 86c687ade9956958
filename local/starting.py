"""Write a workload that runs, to be changed into one's own."""

import re
import shutil
from pathlib import Path

STARTER = Path(__file__).parent / "templates" / "starter"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class CannotStartError(Exception):
    """The folder cannot be written; the message says what to do."""


def write_workload(name: str) -> Path:
    """Write the folder ``name`` beneath the current one.

    Raises:
        CannotStartError: the name is no name of a workload, or the folder exists.
    """
    if not NAME.fullmatch(name):
        raise CannotStartError(f"{name!r} is no name for a workload: use a-z, 0-9 and hyphens, up to 63 characters.")
    folder = Path(name)
    if folder.exists():
        raise CannotStartError(f"{folder} exists already: choose another name, or remove it first.")
    shutil.copytree(STARTER, folder)
    declared = folder / "workload.yaml"
    declared.write_text(declared.read_text("utf-8").replace("name: NAME", f"name: {name}", 1), "utf-8")
    return folder
