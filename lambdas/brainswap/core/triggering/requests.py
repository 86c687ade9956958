"""A migration that is asked for: what asks for it, when it is due, and how it stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from brainswap.core.fingerprints import fingerprint

Cause = Literal["requested", "end_of_life", "release", "dataset", "schedule", "stale"]
Status = Literal["waiting", "started", "done", "failed", "superseded"]

PATIENCE = timedelta(days=90)
"""After which a migration without a date of its own is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """A migration that something asks for.

    Attributes:
        version: of the workload, that is to be measured.
        targets: ids of models in the place of the declared ones; none for the declared.
        why: in words.
        again: what tells it from one that was measured already; empty where once is enough.
        deadline: when the model in use goes; None where nothing presses.
        turn: how often it was asked for before and left, because another version had come into force.
    """

    workload: str
    version: str
    targets: tuple[str, ...]
    cause: Cause
    why: str
    again: str = ""
    deadline: datetime | None = None
    turn: int = 0

    @property
    def id(self) -> str:
        """The same for the same workload, version, targets and occasion, whoever asks, and however often."""
        turn = [self.turn] if self.turn else []
        return fingerprint([self.workload, self.version, sorted(self.targets), self.again, *turn])[:24]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A want that was taken down.

    Attributes:
        due: see `due_at`.
        run_id: of the run that was started for it; None before.
        started_at: of the run, as its execution is told.
        launched: the execution has been started for sure.
        forecast_usd: of the run; None where a price is unknown.
        forecast_minutes: of the run.
    """

    want: Want
    asked_at: datetime
    due: datetime
    status: Status = "waiting"
    run_id: str | None = None
    started_at: datetime | None = None
    launched: bool = False
    forecast_usd: Decimal | None = None
    forecast_minutes: float = 0.0

    @property
    def id(self) -> str:
        return self.want.id


def due_at(want: Want, asked_at: datetime) -> datetime:
    """When a migration should be under way.

    A person's is due at once, one whose model goes is due on that day, all others after `PATIENCE`. Nothing is due
    before it was asked for; that is what keeps later ones from going before it for ever.
    """
    if want.cause == "requested":
        return asked_at
    last = asked_at + PATIENCE
    return last if want.deadline is None else max(asked_at, min(want.deadline, last))


def in_turn(requests: Iterable[Request]) -> list[Request]:
    """The one that is due first goes first, of those that are due together the oldest.

    Nobody starves: who is asked for after a request was due is due after it, so that only those go before it that were
    asked for until then, and these are finitely many.
    """
    return sorted(requests, key=lambda one: (one.due, one.asked_at, one.id))


def run_id_of(request: Request) -> str:
    """The run of a request; asked for twice, it is the same run, whose execution cannot be started twice."""
    return f"{request.want.workload[:50]}-{request.id}"
