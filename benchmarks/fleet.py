"""A release day for a fleet: ``python -m benchmarks.fleet``.

Every workload waits for the same model. The function that starts migrations runs as it is, over records in memory;
time is virtual, and each migration takes as long as the tokens of its calls need within the account's quota of the two
models, which all that run share. Events get lost and come twice. Printed is what came of it, beside the forecast.
"""

import argparse
import heapq
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

import boto3

from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.core.declared_triggers import ReleaseTrigger, Triggers
from brainswap.core.triggering.fleet import OVERHEAD_MINUTES, fleet_forecast
from brainswap.core.watching.listing import Dates, Known
from brainswap.handlers import trigger
from brainswap.ports import Records
from brainswap.registry import facts_of
from brainswap.requests import Requests
from brainswap.snapshots import group_of
from local.cloud import LEDGER, local_cloud
from tests.fakes.fleets import REGION, MovingClock, decide, fleet, release
from tests.fakes.listings import model
from tests.fakes.memory import MemoryDependencies
from tests.fakes.workloads import NOON, in_force

LOOK = timedelta(minutes=15)  # between two looks of the schedule
TOKENS_PER_CALL = 1_500
GOING = 0.1  # of the models in use, within three months
CONTENDERS = 4  # the source, and the target with three prompts


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What there is to do, and what goes wrong."""

    workloads: int
    at_once: int
    tokens_per_minute: int
    lost: float
    twice: float
    seed: int


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of a day."""

    started: list[str]
    hours: float
    most_at_once: int
    invocations: int
    calculating_s: float


def stage(day: Day, records: Records | None = None) -> MemoryDependencies:
    """The fleet: a tenth of its models go within three months, the others have no date."""
    random = Random(day.seed)  # noqa: S311 - a simulation
    workloads, going = [], []
    for number in range(day.workloads):
        source = f"a.source-{number}-v1:0"
        if random.random() < GOING:
            end = NOON + timedelta(days=random.uniform(3, 90))
            going.append(model(source, dates=Dates(end_of_life=end), status="LEGACY"))
        cases = random.choice([200, 500, 1_000, 2_000])
        minutes = cases * CONTENDERS * TOKENS_PER_CALL / (day.tokens_per_minute / day.at_once)
        workloads.append(
            in_force(
                f"w-{number:04d}",
                source=source,
                cases=cases,
                triggers=Triggers(releases=(ReleaseTrigger(provider="anthropic", family="haiku"),)),
                forecast_usd=Decimal(cases) * CONTENDERS * Decimal("0.0018"),
                forecast_minutes=minutes,
            )
        )
    using = fleet(workloads, at_once=day.at_once, records=records)
    for each in going:
        using.records.keep(group_of(REGION), each.id, facts_of(Known(seen=each, first_seen=NOON)), over=None)
    release(using, model("anthropic.claude-haiku-9-v1:0"))
    return using


def live(day: Day, using: MemoryDependencies) -> Outcome:
    """Let virtual time pass until nothing waits."""
    random, clock = Random(day.seed + 1), using.clock  # noqa: S311 - a simulation
    if not isinstance(clock, MovingClock):
        raise TypeError("time has to be virtual")
    begun, began = clock.now(), time.perf_counter()
    minutes = {one.want.workload: one.forecast_minutes for one in Requests(using.records).queue()}
    ends: list[tuple[float, str]] = []
    known: set[str] = set()
    outcome = Outcome(started=[], hours=0.0, most_at_once=0, invocations=0, calculating_s=0.0)
    next_look = 0.0
    event: dict[str, object] | None = {"detail-type": "Model Released"}
    while True:
        if event is not None:
            trigger.run(event, using)
            outcome.invocations += 1
        minutes |= {one.want.workload: one.forecast_minutes for one in Requests(using.records).queue()}
        now = (clock.now() - begun).total_seconds() / 60
        for run_id, request in using.executions.started.items():
            if run_id not in known:
                known.add(run_id)
                outcome.started.append(str(request["workload"]))
                heapq.heappush(ends, (now + minutes[str(request["workload"])] + OVERHEAD_MINUTES, run_id))
        outcome.most_at_once = max(outcome.most_at_once, len(ends))
        if not ends and not Requests(using.records).queue():
            break
        if ends and ends[0][0] <= next_look:
            at, run_id = heapq.heappop(ends)
            clock.time = begun + timedelta(minutes=at)
            told = decide(using, run_id)
            luck = random.random()
            if luck < day.lost:
                event = None
                continue
            if luck < day.lost + day.twice:
                trigger.run(told, using)
                outcome.invocations += 1
            event = dict(told)
        else:
            next_look += LOOK.total_seconds() / 60
            clock.time = max(clock.now(), begun + timedelta(minutes=next_look))
            event = {"detail-type": "Scheduled Event"}
    outcome.hours = (clock.now() - begun).total_seconds() / 3600
    outcome.calculating_s = time.perf_counter() - began
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description="A release day for a fleet, in virtual time.")
    parser.add_argument("--workloads", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=5)
    parser.add_argument("--tokens-per-minute", type=int, default=2_000_000, help="the quota that all share")
    parser.add_argument("--lost", type=float, default=0.05, help="share of events that never come")
    parser.add_argument("--twice", type=float, default=0.05, help="share of events that come twice")
    parser.add_argument("--dynamodb", action="store_true", help="keep records in moto's DynamoDB, which is slower")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    day = Day(
        workloads=chosen.workloads,
        at_once=chosen.at_once,
        tokens_per_minute=chosen.tokens_per_minute,
        lost=chosen.lost,
        twice=chosen.twice,
        seed=chosen.seed,
    )
    with ExitStack() as stack:
        if chosen.dynamodb:
            stack.enter_context(local_cloud(realm="fleet"))
        records = DynamoRecords(boto3.client("dynamodb"), LEDGER) if chosen.dynamodb else None
        _print(day, stage(day, records))


def _print(day: Day, using: MemoryDependencies) -> None:
    before = stage(day)
    trigger.run({"detail-type": "Model Released"}, before)
    queue = Requests(before.records).queue()
    forecast = fleet_forecast(queue, at_once=day.at_once, now=before.clock.now())
    outcome = live(day, using)
    urgent = [one.want.workload for one in queue if one.want.deadline is not None]
    last = max((outcome.started.index(name) for name in urgent), default=-1)
    print(f"workloads               {day.workloads}, {day.at_once} at once, {day.tokens_per_minute:,} tokens a minute")
    print(f"forecast                {forecast.hours:.1f} hours, ${forecast.usd:,.2f}, late: {len(forecast.late)}")
    print(f"took                    {outcome.hours:.1f} hours (virtual)")
    print(f"started                 {len(outcome.started)}, twice: {len(outcome.started) - len(set(outcome.started))}")
    print(f"never started           {day.workloads - len(set(outcome.started))}")
    print(f"most at once            {outcome.most_at_once}")
    print(f"with a date             {len(urgent)}, the last of them started as number {last + 1}")
    print(f"invocations             {outcome.invocations}, {outcome.calculating_s:.1f} s of this machine in all")


if __name__ == "__main__":
    main()
