"""The last good route and its versions on disk, for a process that starts while nobody answers."""

import os
import re
import secrets
from pathlib import Path

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class Kept:
    """Files that appear whole or not at all, and that only their owner reads.

    Args:
        folder: made when it is first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, workload: str, document: bytes, versions: dict[str, bytes]) -> None:
        """Keep a route with its versions, by hash; raises OSError."""
        for sha256, data in versions.items():
            place = self._folder / f"{sha256}.version"
            if not place.exists():
                self._write(place, data)
        self._write(self._route(workload), document)

    def route(self, workload: str) -> bytes:
        """Raises OSError where there is none."""
        return self._route(workload).read_bytes()

    def version(self, sha256: str) -> bytes:
        """Raises OSError where there is none."""
        return (self._folder / f"{sha256}.version").read_bytes()

    def _route(self, workload: str) -> Path:
        if not _NAME.fullmatch(workload):
            raise FileNotFoundError(workload)
        return self._folder / f"{workload}.route"

    def _write(self, place: Path, data: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = place.with_name(f"{place.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        fresh.replace(place)
