"""Migrations that were asked for, kept as records: each is taken down once, and started once."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from brainswap.contracts import PrepareRequest
from brainswap.core.registering.registration import WorkloadFacts
from brainswap.core.triggering.requests import Request, Status, Want, due_at, in_turn, run_id_of
from brainswap.ports import Executions, Ledger, Record, Records
from brainswap.registry import facts_of, form

OPEN = frozenset({"waiting", "started"})
QUEUE = "QUEUE"
SLOTS = "SLOTS"

SEEN_AFTER = timedelta(hours=1)
"""After which an execution that was started can be looked at for sure; Step Functions shows it some seconds late."""


def group_of(workload: str) -> str:
    """The records of all that was ever asked for a workload."""
    return f"REQUEST#{workload}"


class Requests:
    """What waits and what runs.

    The record of a request is what counts. The queue lists those that have not ended, and the slots say which may run;
    an entry of either that the record does not bear out is taken away.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def taken(self, workload: str) -> list[Request]:
        """Everything that was ever taken down for a workload, by id."""
        return [_request(record) for record in self._records.all(group_of(workload))]

    def ask(self, want: Want, facts: WorkloadFacts, now: datetime) -> Request:
        """Take a want down, unless that was done before; how it stands.

        What was left, because another version had come into force, is asked for anew under another id: who is just
        taking the old one out of the queue does not take out the new one.
        """
        while (known := self.find(want.workload, want.id)) is not None:
            if known.status != "superseded":
                return known
            want = replace(want, turn=want.turn + 1)
        request = Request(
            want=want,
            asked_at=now,
            due=due_at(want, now),
            forecast_usd=facts.forecast_usd,
            forecast_minutes=facts.forecast_minutes,
        )
        # Into the queue first: a record that no queue lists would wait for ever.
        listed = {"workload": want.workload, "due": request.due.isoformat(), "asked_at": now.isoformat()}
        self._records.keep(QUEUE, want.id, listed, over=None)
        if self._records.keep(group_of(want.workload), want.id, facts_of(request), over=None):
            return request
        return self.find(want.workload, want.id) or request

    def put_forward(self, request: Request, deadline: datetime | None) -> None:
        """Have something that waits be due by another date of the model in use, which may have moved."""
        want = replace(request.want, deadline=deadline)
        changed = replace(request, want=want, due=due_at(want, request.asked_at))
        if request.status != "waiting" or changed == request:
            return
        # The queue first: where the record says it already, nobody would look at the queue again.
        listed = self._records.find(QUEUE, request.id)
        if listed is not None:
            due = {**listed.facts, "due": changed.due.isoformat()}
            self._records.keep(QUEUE, request.id, due, over=listed.revision)
        self._change(request, changed)

    def find(self, workload: str, request_id: str) -> Request | None:
        record = self._records.find(group_of(workload), request_id)
        return None if record is None else _request(record)

    def queue(self) -> list[Request]:
        """What waits or runs, in its turn; nothing is changed, for whoever only looks may have no right to."""
        return in_turn(request for _, request in self._listed_requests() if request.status in OPEN)

    def settle(
        self, ledger: Ledger, executions: Executions, *, now: datetime, remember: Callable[[str], object]
    ) -> None:
        """Close the requests whose runs have ended, and free their places.

        Args:
            ledger: of the runs.
            executions: of the machine.
            now: of the look.
            remember: the verdict of a run, before its request is closed: from then on, the verdict alone tells whoever
                looks that there is nothing left to measure.
        """
        for request_id, workload in self._holders().items():
            request = self.find(workload, request_id)
            running = request is not None and request.status == "started" and request.launched
            if request is None or not running:
                continue
            status = _ended(request, ledger, executions, now)
            if status is not None:
                remember(str(request.run_id))
                self._change(request, replace(request, status=status))
        self._free()

    def drain(
        self, executions: Executions, *, at_once: int, now: datetime, current: Callable[[str], str | None]
    ) -> list[Request]:
        """Start what is due first, as long as there are places; what was started.

        Whoever has a place comes before all: a function may have died between taking it and starting, and where all
        places are taken, nobody behind whoever waits for one would be looked at.

        Args:
            executions: of the machine.
            at_once: how many migrations may run.
            now: of the start.
            current: the version of a workload that is in force.
        """
        begun = []
        for request in itertools.chain(self._held_requests(), self._open_requests()):
            if request.status == "started":
                begun += [] if request.launched else [self._launch(request, executions)]
                continue
            if request.want.cause != "requested" and current(request.want.workload) != request.want.version:
                self._change(request, replace(request, status="superseded"))
                self._free()
                continue
            if not self._take(request, at_once):
                break
            started = self._change(
                request, replace(request, status="started", run_id=run_id_of(request), started_at=now)
            )
            if started is not None:
                begun.append(self._launch(started, executions))
        return begun

    def _held_requests(self) -> Iterator[Request]:
        """What waits or runs, of those that have a place."""
        for request_id, workload in self._holders().items():
            request = self.find(workload, request_id)
            if request is not None and request.status in OPEN:
                yield request

    def _open_requests(self) -> Iterator[Request]:
        """What waits or runs, in its turn; what has ended is taken out of the queue on the way."""
        for listed, request in self._listed_requests():
            if request.status in OPEN:
                yield request
            else:
                self._records.drop(QUEUE, listed.key, over=listed.revision)

    def _listed_requests(self) -> Iterator[tuple[Record, Request]]:
        """What the queue lists, in its turn; each is read when it is its turn, for hundreds may wait behind it."""
        for listed in sorted(self._records.all(QUEUE), key=_turn):
            request = self.find(str(listed.facts["workload"]), listed.key)
            if request is not None:  # else somebody is about to take it down, or will ask again
                yield listed, request

    def _holders(self) -> dict[str, str]:
        """Workloads by the requests that have a place."""
        record = self._records.find(SLOTS, SLOTS)
        return {str(key): str(of) for key, of in record.facts["holders"].items()} if record else {}

    def _launch(self, request: Request, executions: Executions) -> Request:
        """Start the execution, also where somebody died before he noted that he had."""
        assert request.run_id is not None  # noqa: S101 - for the type checker: it was started
        assert request.started_at is not None  # noqa: S101 - as above
        asked = PrepareRequest(
            run_id=request.run_id,
            workload=request.want.workload,
            version=request.want.version,
            targets=request.want.targets,
            because=request.want.why,
            started_at=request.started_at,
        )
        executions.start(request.run_id, asked.model_dump(mode="json"))
        return self._change(request, replace(request, launched=True)) or request

    def _change(self, request: Request, changed: Request) -> Request | None:
        """Change a request as long as it stands as it was seen; None where somebody else changed it."""
        group = group_of(request.want.workload)
        record = self._records.find(group, request.id)
        if record is None or _request(record) != request:
            return None
        return changed if self._records.keep(group, request.id, facts_of(changed), over=record.revision) else None

    def _take(self, request: Request, at_once: int) -> bool:
        """Take a place; whether the request has one then."""
        while True:
            record = self._records.find(SLOTS, SLOTS)
            holders = dict(record.facts["holders"]) if record else {}
            if request.id in holders:
                return True
            if len(holders) >= at_once:
                return False
            taken = {"holders": {**holders, request.id: request.want.workload}}
            if self._records.keep(SLOTS, SLOTS, taken, over=record.revision if record else None):
                return True

    def _free(self) -> None:
        """Free the places of requests that have ended."""
        while True:
            record = self._records.find(SLOTS, SLOTS)
            if record is None:
                return
            holders = dict(record.facts["holders"])
            held = {key: of for key, of in holders.items() if self._open(str(of), str(key))}
            if held == holders or self._records.keep(SLOTS, SLOTS, {"holders": held}, over=record.revision):
                return

    def _open(self, workload: str, request_id: str) -> bool:
        request = self.find(workload, request_id)
        return request is not None and request.status in OPEN


def _ended(request: Request, ledger: Ledger, executions: Executions, now: datetime) -> Status | None:
    """How the run of a request ended; None while it has not.

    A verdict ends it, though the execution may go on for days with a roll-out or a person to be asked. An execution
    that nobody knows went with its machine, or was forgotten: it would hold its place for ever.
    """
    assert request.run_id is not None  # noqa: S101 - for the type checker: it was started
    assert request.started_at is not None  # noqa: S101 - as above
    status = (ledger.run(request.run_id) or {}).get("status")
    if status == "done":
        return "done"
    if status == "failed":
        return "failed"
    execution = executions.status(request.run_id)
    gone = execution is None and now - request.started_at > SEEN_AFTER
    if gone or execution in {"FAILED", "TIMED_OUT", "ABORTED"}:
        return "failed"
    return "done" if execution == "SUCCEEDED" else None


def _turn(listed: Record) -> tuple[datetime, datetime, str]:
    due, asked_at = (datetime.fromisoformat(listed.facts[name]) for name in ("due", "asked_at"))
    return due, asked_at, listed.key


def _request(record: Record) -> Request:
    request: Request = form(Request).validate_python(record.facts)
    return request
