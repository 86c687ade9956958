"""The way back: one deployment of a version that is there already, whoever asks for it, with the machine or without."""

from dataclasses import dataclass
from typing import Protocol

from brainswap.core.errors import BrainswapError, InvalidRequestError, RouteTakenBackError, StorageUnavailableError
from brainswap.core.wording import printable
from brainswap.ports import Catalogue, Clock, Events, Ledger
from brainswap.rollout.looking import model_remark
from brainswap.rollout.ports import RolloutRecords, Routes
from brainswap.rollout.records import GOING_ON, MAY_GO_BACK, SENT_BACK, RolloutRecord, record_of

_LONGEST_REASON = 1000


class WayBack(Protocol):
    """What going back needs; a person at a command line has it as well as a state of the machine."""

    @property
    def clock(self) -> Clock: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def events(self) -> Events: ...
    @property
    def routes(self) -> Routes: ...
    @property
    def rollout_records(self) -> RolloutRecords: ...


class NothingToGoBackToError(Exception):
    """No roll-out of the workload has moved any traffic; the message says what is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WentBack:
    """What going back came to.

    Attributes:
        from_percent: of the traffic that was at the target.
        remarks: what is to be known of the source's model, and what could not be told to whom.
    """

    workload: str
    run_id: str
    model: str
    from_percent: int
    remarks: tuple[str, ...]


def go_back(
    workload: str, using: WayBack, *, reason: str, by: str, run_id: str | None = None, failed: bool = False
) -> WentBack:
    """Send all traffic to the source at once.

    The record says first that the traffic goes back, so that the machine, if it runs, moves nothing any more. Doing it
    again does no harm, and finishes what was interrupted.

    Args:
        workload: whose traffic.
        using: the world.
        reason: for the record and the event.
        by: who wants it; a person's ARN, or the machine.
        run_id: of the only roll-out that is meant; whichever there is where None.
        failed: the machine failed, so that the record says that instead of that the traffic was rolled back.

    Raises:
        NothingToGoBackToError: there is no roll-out, or not of that run, or it had not begun to move anything.
    """
    item = using.rollout_records.current(workload)
    if item is None or (run_id is not None and item.get("run_id") != run_id):
        raise NothingToGoBackToError(f"no roll-out of {workload} is known{f' for {run_id}' if run_id else ''}")
    record = record_of(workload, item)
    ended = "failed" if failed else "rolled_back"
    why = printable(reason, limit=_LONGEST_REASON)
    expecting = GOING_ON if failed else MAY_GO_BACK | SENT_BACK
    facts = {"status": "rolling_back", "reason": why, "by": by}
    if not using.rollout_records.note(workload, record.run_id, facts, expecting=expecting):
        raise NothingToGoBackToError(f"the roll-out of {record.run_id} is {record.status}")
    if record.back_version is None:
        _note_end(record, "failed", using)
        raise NothingToGoBackToError(f"the roll-out of {record.run_id} had not told any application anything yet")
    _deploy(workload, record.back_version, f"{record.run_id}: all to the source: {why}", using)
    _note_end(record, ended, using)
    remark = model_remark("the way back", record.source.model, using.catalogue, using.clock.now())
    remarks = [] if remark is None else [remark]
    event = record.event(reason=why, by=by, remarks=remarks, from_percent=record.percent)
    try:
        using.events.publish("Rollout Rolled Back", {**event, "percent": 0})
    except BrainswapError as error:  # the traffic is back, and the record says so: that is what was wanted
        remarks.append(f"the event could not be put on the bus: {error}")
    return WentBack(
        workload=workload,
        run_id=record.run_id,
        model=record.source.model,
        from_percent=record.percent,
        remarks=tuple(remarks),
    )


def put_right(workload: str, using: WayBack, *, run_id: str | None = None) -> None:
    """Tell applications once more what the record says, after a deployment that may have come too late.

    A step that was under way while the traffic was sent back, and whose function died before it could notice, would
    otherwise leave its share with the target, and nobody to watch it.

    Args:
        workload: whose applications.
        using: the world.
        run_id: of the only roll-out that is meant; whichever there is where None.
    """
    item = using.rollout_records.current(workload)
    record = None if item is None or run_id not in (None, item.get("run_id")) else record_of(workload, item)
    if record is not None and record.in_force is not None:
        _deploy(workload, record.in_force, f"{record.run_id}: as the record says ({record.status})", using)


def _deploy(workload: str, version: int, about: str, using: WayBack) -> None:
    """Deploy what has to be in force; where an alarm undoes it, the alarm may end, so that it is tried again."""
    try:
        using.routes.deploy(workload, version, about)
    except RouteTakenBackError as error:
        raise StorageUnavailableError(str(error)) from error


def _note_end(record: RolloutRecord, status: str, using: WayBack) -> None:
    """Close the record; somebody else who went back at the same time may have closed it first, which stands."""
    facts = {"status": status, "percent": 0, "ended_at": using.clock.now().isoformat()}
    if using.rollout_records.note(record.workload, record.run_id, facts, expecting=frozenset({"rolling_back"})):
        using.ledger.note(record.run_id, {"rollout": status, "rollout_percent": 0})
        return
    item = using.rollout_records.current(record.workload) or {}
    if item.get("run_id") != record.run_id or item.get("status") not in SENT_BACK:
        raise InvalidRequestError(f"{record.workload}: somebody else changed the record of its roll-out meanwhile")
