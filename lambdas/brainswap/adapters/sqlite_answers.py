"""The answer cache in one file on a laptop: it outlives the process, whatever ends it."""

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from brainswap.core.answers import Answer
from brainswap.run_files import decode_answer, encode_answer

BATCH = 500  # SQLite's limit of variables in one statement, with room


class SqliteAnswerCache:
    """Answers by what was asked, in a SQLite file with a write-ahead log."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")  # survives the death of the process
        self._connection.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, body BLOB NOT NULL)")

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        found: dict[str, Answer] = {}
        for start in range(0, len(keys), BATCH):
            part = list(keys[start : start + BATCH])
            marks = ",".join("?" * len(part))
            with self._lock:
                rows = self._connection.execute(
                    f"SELECT key, body FROM answers WHERE key IN ({marks})",  # noqa: S608 - only question marks
                    part,
                ).fetchall()
            found.update({key: decode_answer(body) for key, body in rows})
        return found

    def put(self, key: str, answer: Answer) -> None:
        body = encode_answer(answer)
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, body))

    def close(self) -> None:
        with self._lock:
            self._connection.close()
