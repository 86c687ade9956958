"""What is known of runs, workloads and people's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from brainswap.core.approving.record import ApprovalRecord


class Ledger(Protocol):
    """What is known of runs."""

    def open_run(self, run_id: str, facts: Mapping[str, Any]) -> None:
        """Note that a run has begun."""
        ...

    def note(self, run_id: str, facts: Mapping[str, Any]) -> None:
        """Add facts to a run's record."""
        ...

    def run(self, run_id: str) -> Mapping[str, Any] | None: ...

    def stop(self, run_id: str, contender: str, reason: str) -> None:
        """Note that a contender is asked no more, and why; the first reason stays."""
        ...

    def stopped(self, run_id: str) -> Mapping[str, str]:
        """The reasons by contender."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Facts that several functions change, possibly at once.

    Attributes:
        facts: as JSON's types; text for everything exact.
        revision: grows by one with each change.
    """

    key: str
    facts: Mapping[str, Any]
    revision: int


class Records(Protocol):
    """Records in groups; a change is made over the revision that it was decided on, or not at all."""

    def find(self, group: str, key: str) -> Record | None: ...

    def all(self, group: str) -> Sequence[Record]:
        """Every record of a group, by key."""
        ...

    def keep(self, group: str, key: str, facts: Mapping[str, Any], *, over: int | None) -> bool:
        """Put facts in the place of those of revision ``over``, or where nothing was for None; whether that was so."""
        ...

    def drop(self, group: str, key: str, *, over: int) -> bool:
        """Take away the record of revision ``over``; whether it was there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptApproval:
    """A record with the number of the write that it comes from."""

    record: "ApprovalRecord"
    revision: int


class Approvals(Protocol):
    """What people are asked to approve, and what they said."""

    def read(self, run_id: str) -> KeptApproval | None: ...

    def write(self, record: "ApprovalRecord", *, after: int) -> bool:
        """Keep a record if the last write was number ``after``, 0 for none; False, and nothing changes, otherwise."""
        ...

    def keep_token(self, run_id: str, token: str) -> None:
        """The task with this token waits for the approval, and none that waited before."""
        ...

    def token(self, run_id: str) -> str | None:
        """A secret, by which a task can be woken; it is no part of the record."""
        ...
