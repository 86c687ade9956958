"""The money of the runs of a laptop."""

from collections.abc import Mapping
from decimal import Decimal

from brainswap.adapters.amounts import dollars_of, units_of
from brainswap.adapters.sqlite_file import SqliteFile
from brainswap.ports import Balance

RESERVED = "reserved"
UNCERTAIN = "uncertain"
SPENT = "spent "
CALLS = "calls "


class SqlitePurse:
    """One row for each entry of a run's balance: amounts in units of 10⁻²⁴ dollars, as text, and numbers of calls."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    def reserve(self, run_id: str, amount: Decimal, cap: Decimal) -> bool:
        units, most = units_of(amount), units_of(cap)
        with self._file.transaction():
            committed = sum(number for entry, number in self._entries(run_id).items() if not entry.startswith(CALLS))
            fits = committed + units <= most
            if fits:
                self._add(run_id, {RESERVED: units})
            return fits

    def settle(
        self, run_id: str, purpose: str, *, reserved: Decimal, spent: Decimal, uncertain: Decimal, calls: int
    ) -> None:
        changes = {
            RESERVED: -units_of(reserved),
            UNCERTAIN: units_of(uncertain),
            f"{SPENT}{purpose}": units_of(spent),
            f"{CALLS}{purpose}": calls,
        }
        with self._file.transaction():
            self._add(run_id, changes)

    def balance(self, run_id: str) -> Balance:
        entries = self._entries(run_id)
        return Balance(
            spent={purpose: dollars_of(units) for purpose, units in _by_purpose(entries, SPENT).items()},
            reserved=dollars_of(entries.get(RESERVED, 0)),
            uncertain=dollars_of(entries.get(UNCERTAIN, 0)),
            calls=_by_purpose(entries, CALLS),
        )

    def _add(self, run_id: str, changes: Mapping[str, int]) -> None:
        entries = self._entries(run_id)
        rows = [(run_id, entry, str(entries.get(entry, 0) + number)) for entry, number in changes.items()]
        with self._file.reading() as connection:
            connection.executemany("INSERT OR REPLACE INTO money VALUES (?, ?, ?)", rows)

    def _entries(self, run_id: str) -> dict[str, int]:
        with self._file.reading() as connection:
            rows = connection.execute("SELECT entry, units FROM money WHERE run_id = ?", (run_id,)).fetchall()
        return {entry: int(units) for entry, units in rows}


def _by_purpose(entries: Mapping[str, int], kind: str) -> dict[str, int]:
    return {entry.removeprefix(kind): number for entry, number in entries.items() if entry.startswith(kind) and number}
