"""The record of a local run: a file that tells how far it came, whatever ended it."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PRIVATE = ".brainswap"


class RunRecord:
    """``OUT/.brainswap/run.json``: written whole at every change, so that a reader never sees half of it."""

    def __init__(self, out: Path) -> None:
        self._path = out / PRIVATE / "run.json"

    def read(self) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        return found

    def note(self, **facts: Any) -> None:
        """Add facts, with the time."""
        whole = {**(self.read() or {}), **facts, "updated_at": datetime.now(UTC).isoformat(), "process": os.getpid()}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
        fresh.replace(self._path)
