"""What may not be when a run in chaos has ended, whatever happened to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from benchmarks.traffic import USERS, Tells
from brainswap.report.model import Report
from local.cloud import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """What is left of a run; ``report`` is None where there is none, ``ended`` where it goes on.

    Attributes:
        moves: how the executions ended that moved its traffic.
        tells: the application, of the moved traffic.
        moved: users whose requests go to the target.
        runs: that were started, of the one workload, version and target.
        still_open: requests whose run has ended, and places that are not free; None where there are none.
    """

    ended: Outcome | None
    states: list[str]
    budget: Decimal | None
    record: Mapping[str, Any]
    approval: str | None
    report: Report | None
    committed: Decimal
    paid: Decimal
    moves: list[Outcome | None]
    tells: Tells
    moved: int
    runs: list[str]
    still_open: str | None = None

    def wrong(self) -> str | None:
        """What may not be, whatever happens; None where it is not."""
        return next(self._all_wrong(), None)

    def _all_wrong(self) -> Iterator[str]:
        if self.ended is None:
            yield f"the run is lost in {self.states[-1]}"
            return
        if self.budget is not None and max(self.committed, self.paid) > self.budget:
            yield f"{self.committed} dollars are spent by the books and {self.paid} by the models', of {self.budget}"
        if len(self.runs) != 1:
            yield f"one release started {len(self.runs)} runs: {self.runs}"
        if self.still_open is not None:
            yield f"the run has ended, and {self.still_open}"
        yield from self._wrong_end(self.ended)
        yield from self._wrong_moves()

    def _wrong_end(self, ended: Outcome) -> Iterator[str]:
        if ended.status == "FAILED":
            if self.record.get("status") != "failed" or not self.record.get("error"):
                yield f"a failure without a record: {dict(self.record)}"
        elif self.report is None or self.record.get("status") != "done":
            yield f"an end without a report or a record: {dict(self.record)}"
        elif self.report.verdict == "migrate":
            yield from self._wrong_decision()
        elif self.budget is None:
            yield f"the verdict is {self.report.verdict}, which in peace is migrate"

    def _wrong_moves(self) -> Iterator[str]:
        if max(self.states.count("Switch"), len(self.moves)) > (self.approval == "approved"):
            yield f"traffic moved {len(self.moves)} times; people have {self.approval}"
        if None in self.moves:
            yield "a roll-out is lost"
        completed = self.record.get("rollout") == "completed"
        if self.moved != (len(USERS) if completed else 0):
            yield f"{self.moved} users are left with the target; the roll-out is {self.record.get('rollout')}"
        if completed and self.tells != "good":
            yield f"all traffic stays at a target of which the application tells {self.tells}"

    def _wrong_decision(self) -> Iterator[str]:
        end = {"approved": "HandOver", "rejected": "Rejected", "expired": "Expired"}.get(str(self.approval))
        if self.states[-1] != end:
            yield f"people have {self.approval}, and the run ended in {self.states[-1]}"
        if self.record.get("approval") != self.approval:
            yield f"people have {self.approval}, and the record of the run says {self.record.get('approval')}"
