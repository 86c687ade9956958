"""Which cases the page carries: all of them where they are few, and else those that are worth looking at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from brainswap.core.answers import AnswerStatus
from brainswap.report.changes import kinds
from brainswap.report.model import Report
from brainswap.report.rows import Row
from brainswap.report.untrusted import LONGEST
from brainswap.report.views import CaseView

MOST_CASES: Final = 2_000  # up to which the page has all of them
MOST_PICKED: Final = 800  # of more cases than these, how many it has

_NAMED, _LOST, _CRITICAL, _GAINED, _AMISS, _OTHER = range(6)
_WHOLE: Final = frozenset({AnswerStatus.ANSWERED, AnswerStatus.UNASKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The cases of the page, those worth looking at first.

    Attributes:
        of: as many cases as there are.
    """

    cases: Sequence[CaseView]
    of: int


class Carrying:
    """Takes one case after the other; holds as many as the page may have, however many there are."""

    def __init__(self, report: Report) -> None:
        self._named = {change.case_id: place for place, change in reversed(list(enumerate(report.changed)))}
        self._source = next((each.id for each in report.contenders if each.role == "source"), None)
        self._kept: list[tuple[int, int, CaseView]] = []
        self._seen = 0

    def add(self, row: Row) -> None:
        """Keep the case, where it may be worth its place."""
        self._seen += 1
        rank = self._rank(row)
        if self._seen > MOST_CASES and rank == _OTHER:
            return
        place = self._named.get(row.case.id, self._seen)
        self._kept.append((rank, place, row.view(LONGEST)))
        if len(self._kept) > MOST_CASES:
            self._prune()

    def carried(self) -> Carried:
        """What was kept, in the order in which it is worth looking at."""
        if self._seen > MOST_CASES:
            self._prune()
        cases = [view for _, _, view in sorted(self._kept, key=lambda one: one[:2])]
        return Carried(cases=cases, of=self._seen)

    def _prune(self) -> None:
        worth = sorted((one for one in self._kept if one[0] != _OTHER), key=lambda one: one[:2])
        self._kept = worth[:MOST_PICKED]

    def _rank(self, row: Row) -> int:
        if row.case.id in self._named:
            return _NAMED
        source = self._source
        before = row.scores(source) if source is not None and source in row.answers else {}
        found = {kind for name in row.answers if name != source for kind in kinds(row.scores(name), before)}
        if "lost" in found:
            return _LOST
        amiss = "shared" in found or any(
            answer.status not in _WHOLE for pairs in row.answers.values() for answer, _ in pairs
        )
        if amiss and row.case.critical:
            return _CRITICAL
        if "gained" in found:
            return _GAINED
        return _AMISS if amiss else _OTHER
