"""What a laptop remembers from run to run: answers, paces and money, in one SQLite file."""

import time
from pathlib import Path

from brainswap.adapters.in_process import Clock
from brainswap.adapters.sqlite_answers import SqliteAnswerCache
from brainswap.adapters.sqlite_file import SqliteFile
from brainswap.adapters.sqlite_paces import SqlitePaces
from brainswap.adapters.sqlite_purse import SqlitePurse

SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, body BLOB NOT NULL);
DROP TABLE IF EXISTS paces;
CREATE TABLE IF NOT EXISTS pace (
    model TEXT PRIMARY KEY, rate REAL, period_s REAL NOT NULL, version INTEGER NOT NULL, changed_at REAL NOT NULL,
    held_until REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS money (run_id TEXT, entry TEXT, units TEXT NOT NULL, PRIMARY KEY (run_id, entry));
"""


class SqliteState:
    """The stores in a file that one run uses at a time.

    Raises:
        StorageAccessError: another run is using the file, or it cannot be used at all.
    """

    def __init__(self, path: Path, *, clock: Clock = time.time) -> None:
        self._file = SqliteFile(path, SCHEMA)
        self.answers = SqliteAnswerCache(self._file, clock=clock)
        self.paces = SqlitePaces(self._file, clock=clock)
        self.purse = SqlitePurse(self._file)

    def close(self) -> None:
        """Let another run use the file."""
        self._file.close()
