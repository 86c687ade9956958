"""What a reader notes down while it goes over the same file more than once: each thing only once."""

from brainswap.core.wording import printable
from local.imports.account import Account, Unmapped

_WHAT = 200
_PLACE = 300


class Notebook:
    """Fills the lists of an account, whatever the number of times that the same thing is told."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._named: set[tuple[str, str]] = set()
        self._mapped: set[tuple[str, str]] = set()

    def name(self, place: str, what: str, remedy: str) -> None:
        """Something that has no counterpart."""
        place, what = printable(place, _PLACE), printable(what, _WHAT)
        if (place, what) not in self._named:
            self._named.add((place, what))
            self._account.unmapped.append(Unmapped(place=place, what=what, remedy=remedy))

    def map(self, place: str, what: str) -> None:
        """Something that has one; counted by what it is."""
        what = printable(what, _WHAT)
        if (place, what) not in self._mapped:
            self._mapped.add((place, what))
            self._account.mapped[what] += 1
