"""The paces of a laptop: the pace in a file, the workers in the process that owns it."""

from brainswap.adapters.in_process import Clock, Rosters
from brainswap.adapters.sqlite_file import SqliteFile
from brainswap.core.pacing import PERIOD_S
from brainswap.ports import Pace


class SqlitePaces:
    """One row for each model that has ever been limited."""

    def __init__(self, file: SqliteFile, *, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._rosters = Rosters(clock)

    def beat(self, model: str, worker: str, in_flight: int, seconds: float) -> Pace:
        with self._file.reading():
            self._rosters.enter(model, worker, in_flight, seconds)
            return self._pace(model)

    def change(self, model: str, version: int, *, rate: float | None, period_s: float, held_until: float) -> Pace:
        with self._file.transaction() as connection:
            if self._pace(model).version == version:
                connection.execute(
                    "INSERT OR REPLACE INTO pace VALUES (?, ?, ?, ?, ?, ?)",
                    (model, rate, period_s, version + 1, self._clock(), held_until),
                )
            return self._pace(model)

    def leave(self, model: str, worker: str) -> None:
        with self._file.reading():
            self._rosters.leave(model, worker)

    def _pace(self, model: str) -> Pace:
        with self._file.reading() as connection:
            row = connection.execute(
                "SELECT rate, period_s, version, changed_at, held_until FROM pace WHERE model = ?", (model,)
            ).fetchone()
        rate, period_s, version, changed_at, held_until = row or (None, PERIOD_S, 0, 0.0, 0.0)
        return Pace(
            rate=rate,
            period_s=period_s,
            version=version,
            changed_at=changed_at,
            held_until=held_until,
            in_flight=self._rosters.in_flight(model),
        )
