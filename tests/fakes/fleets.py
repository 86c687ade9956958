"""Workloads that are registered, models that are known, and runs that a test ends."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from brainswap.core.registering.registration import InForce, Registration
from brainswap.core.watching.listing import Known, Listed
from brainswap.ports import Records
from brainswap.registry import Registry, facts_of
from brainswap.snapshots import group_of
from tests.fakes.memory import MemoryDependencies
from tests.fakes.workloads import NOON

REGION = "us-east-1"


class MovingClock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOON) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def monotonic_ms(self) -> float:
        return 0.0


def fleet(workloads: Iterable[InForce], *, at_once: int = 5, records: Records | None = None) -> MemoryDependencies:
    """Everything that Trigger uses, with these workloads registered; records in memory unless others are given."""
    using = MemoryDependencies(migrations_at_once=at_once)
    if records is not None:
        using.records = records  # type: ignore[assignment]  # records like any others
    using.clock = MovingClock(NOON + timedelta(days=2))  # type: ignore[assignment]  # a clock like any other
    for one in workloads:
        Registry(using.records).register(
            Registration(
                workload=one.workload,
                version=one.version,
                whole_at=one.whole_at,
                upload="1",
                facts=one.facts,
                told=True,
            )
        )
    return using


def release(using: MemoryDependencies, *models: Listed) -> None:
    """Have these models be seen for the first time a day after the workloads came."""
    for each in models:
        known = Known(seen=each, first_seen=NOON, released_at=NOON + timedelta(days=1))
        using.records.keep(group_of(REGION), each.id, facts_of(known), over=None)


def decide(using: MemoryDependencies, run_id: str, verdict: str = "migrate") -> Mapping[str, Any]:
    """End a run with a verdict; the event that tells of it."""
    request = using.executions.started[run_id]
    facts = {name: request[name] for name in ("workload", "version", "targets")}
    using.ledger.note(
        run_id,
        {
            **facts,
            "verdict": verdict,
            "status": "done",
            "decided_at": using.clock.now().isoformat(),
            "recommended": None,
        },
    )
    return {"detail-type": "Migration Decided", "detail": {"run_id": run_id, "workload": facts["workload"]}}


def running(using: MemoryDependencies) -> set[str]:
    """Executions that have neither ended nor come to a verdict."""
    return {
        run_id
        for run_id, status in using.executions.statuses.items()
        if status == "RUNNING" and (using.ledger.run(run_id) or {}).get("status") not in {"done", "failed"}
    }
