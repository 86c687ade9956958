"""The answer cache of a laptop: answers in a file, claims in the process that owns it."""

from collections.abc import Collection, Mapping, Sequence

from brainswap.adapters.in_process import Claims, Clock
from brainswap.adapters.sqlite_file import SqliteFile
from brainswap.core.answers import Answer
from brainswap.run_files import decode_answer, encode_answer

BATCH = 500  # SQLite's limit of variables in one statement, with room


class SqliteAnswerCache:
    """Answers by what was asked; they never expire."""

    def __init__(self, file: SqliteFile, *, clock: Clock) -> None:
        self._file = file
        self._claims = Claims(clock)

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        return {key: decode_answer(body) for key, body in self._bodies(keys).items()}

    def claim_many(self, keys: Sequence[str], worker: str, seconds: float) -> Collection[str]:
        with self._file.reading():
            answered = self._bodies(keys)
            return self._claims.take([key for key in dict.fromkeys(keys) if key not in answered], worker, seconds)

    def put_many(self, answers: Mapping[str, Answer]) -> None:
        rows = [(key, encode_answer(answer)) for key, answer in answers.items()]
        with self._file.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?)", rows)
            self._claims.drop(answers)

    def release_many(self, keys: Sequence[str], worker: str) -> None:
        with self._file.reading():
            self._claims.release(keys, worker)

    def _bodies(self, keys: Sequence[str]) -> dict[str, bytes]:
        bodies: dict[str, bytes] = {}
        for start in range(0, len(keys), BATCH):
            part = list(keys[start : start + BATCH])
            marks = ",".join("?" * len(part))
            with self._file.reading() as connection:
                bodies.update(
                    connection.execute(
                        f"SELECT key, body FROM answers WHERE key IN ({marks})",  # noqa: S608 - only question marks
                        part,
                    ).fetchall()
                )
        return bodies
