"""A workload's folder on this machine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from brainswap.adapters.parquet import parquet_rows
from brainswap.core.folder import outside, stay_inside


@dataclass(frozen=True, slots=True)
class DirectoryFolder:
    """Regular files below ``root``; symbolic links may not lead out of it."""

    root: Path

    def open(self, name: str) -> BinaryIO:
        return self.local_path(name).open("rb")

    def exists(self, name: str) -> bool:
        try:
            self.local_path(name)
        except FileNotFoundError:
            return False
        return True

    def local_path(self, name: str) -> Path:
        stay_inside(name)
        path = Path(name)
        try:
            root = self.root.resolve()
            resolved = (root / path).resolve()
            if not resolved.is_relative_to(root):
                raise outside(name)
            if resolved.is_file():
                return resolved
        except (OSError, RuntimeError) as error:  # too long a name; symbolic links in a circle
            raise FileNotFoundError(name) from error
        raise FileNotFoundError(name)

    def rows(self, name: str) -> Iterator[Mapping[str, Any]]:
        return parquet_rows(name, self.local_path(name))
