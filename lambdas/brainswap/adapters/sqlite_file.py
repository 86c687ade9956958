"""One SQLite file on a laptop: it outlives the process, whatever ends it, and belongs to one process at a time."""

import fcntl
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brainswap.core.errors import StorageAccessError


class SqliteFile:
    """A connection that threads take turns with; whoever else opens the file is refused.

    A commit survives the death of the process, though not that of the machine.

    Raises:
        StorageAccessError: another run is using the file, or it cannot be used at all.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        self._turn = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._owned = path.with_name(f"{path.name}.lock").open("w")
        except OSError as error:
            raise StorageAccessError(f"{path}: {error}; choose a folder in which files can be written") from error
        try:
            fcntl.flock(self._owned, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._owned.close()
            raise StorageAccessError(f"another run is using {path}; wait until it has ended") from None
        try:
            with self._errors():
                self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
                self._connection.execute("PRAGMA journal_mode=WAL")
                self._connection.execute("PRAGMA synchronous=NORMAL")
                self._connection.executescript(schema)
        except StorageAccessError:
            self._owned.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block, or nothing of it; no other thread is in such a block."""
        with self._turn, self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:  # commits, or rolls back what SQLite has not rolled back by itself
                yield self._connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A block in which no other thread writes."""
        with self._turn, self._errors():
            yield self._connection

    def close(self) -> None:
        """Let others open the file."""
        with self._turn:
            self._connection.close()
            self._owned.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StorageAccessError(f"{self._path}: {error}") from error
