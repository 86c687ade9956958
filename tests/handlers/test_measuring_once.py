"""Function Trigger: what is paid for once, what is not forgotten, and what goes first when dates move."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.declared_triggers import ReleaseTrigger, Triggers
from brainswap.core.registering.registration import InForce, Registration
from brainswap.core.watching.listing import Known, Listed
from brainswap.handlers import trigger
from brainswap.registry import Registry, facts_of
from brainswap.requests import Requests
from brainswap.snapshots import group_of
from brainswap.verdicts import Verdicts
from tests.fakes.fleets import REGION, MovingClock, decide, fleet, release, running
from tests.fakes.listings import leaving, model, profile
from tests.fakes.memory import MemoryDependencies, MemoryRecords
from tests.fakes.workloads import NOON, SOURCE, in_force

LOOK: dict[str, Any] = {"detail-type": "Scheduled Event"}


def bring(using: MemoryDependencies, one: InForce) -> None:
    """Have another version of a workload come into force, and be told of."""
    Registry(using.records).register(
        Registration(
            workload=one.workload, version=one.version, whole_at=one.whole_at, upload="1", facts=one.facts, told=True
        )
    )
    trigger.run({"detail-type": "Workload Registered", "detail": {"workload": one.workload}}, using)


def version(number: int, *, cases: str = "c1", prompt: str = "p1", name: str = "w", **triggers: Any) -> InForce:
    """The versions of a workload come an hour apart."""
    at = NOON + timedelta(hours=number - 1)
    return in_force(
        name,
        version=f"v{number}",
        whole_at=at,
        cases_sha256=cases,
        prompt_sha256=prompt,
        triggers=Triggers.model_validate(triggers),
    )


def started(using: MemoryDependencies) -> list[tuple[str, str]]:
    """Workloads and versions that were measured, in their order."""
    return [(each["workload"], each["version"]) for each in using.executions.started.values()]


def pass_time(using: MemoryDependencies, **time: float) -> None:
    using.clock = MovingClock(using.clock.now() + timedelta(**time))  # type: ignore[assignment]  # like any other


def finish(using: MemoryDependencies) -> None:
    """Have everything that runs come to a verdict a minute later, and everybody hear of it."""
    pass_time(using, minutes=1)
    for run_id in sorted(running(using)):
        trigger.run(decide(using, run_id), using)


def occupied(*workloads: InForce) -> MemoryDependencies:
    """One place, which somebody has."""
    using = fleet([*workloads, in_force("busy")], at_once=1)
    trigger.run({"id": "1", "detail-type": "Migration Requested", "detail": {"workload": "busy"}}, using)
    return using


def test_new_cases_that_waited_are_measured_in_the_version_that_came_after_them() -> None:
    using = occupied(version(1, dataset=True))
    bring(using, version(2, cases="c2", dataset=True))
    bring(using, version(3, cases="c2", prompt="p2", dataset=True))

    for _ in range(4):
        finish(using)
        trigger.run(LOOK, using)

    assert started(using) == [("busy", "v1"), ("w", "v3")]


def test_new_cases_are_measured_once_although_the_prompt_changes_afterwards() -> None:
    using = fleet([version(1, dataset=True)])
    bring(using, version(2, cases="c2", dataset=True))
    finish(using)
    bring(using, version(3, cases="c2", prompt="p2", dataset=True))
    bring(using, version(4, cases="c1", prompt="p2", dataset=True))

    assert started(using) == [("w", "v2"), ("w", "v4")]


def test_a_version_that_several_triggers_ask_for_is_measured_once() -> None:
    triggers: dict[str, Any] = {"dataset": True, "stale_after_days": 30, "end_of_life_days": 90}
    using = fleet([version(1, **triggers)])
    trigger.run({"id": "1", "detail-type": "Migration Requested", "detail": {"workload": "w"}}, using)
    finish(using)
    release(using, leaving(SOURCE, "2026-12-01"))
    bring(using, version(2, cases="c2", **triggers))
    for _ in range(3):
        trigger.run(LOOK, using)
        finish(using)

    assert started(using) == [("w", "v1"), ("w", "v2")]


def test_a_stale_verdict_is_not_measured_again_while_that_is_under_way() -> None:
    using = fleet([version(1, stale_after_days=30)])
    trigger.run({"id": "1", "detail-type": "Migration Requested", "detail": {"workload": "w"}}, using)
    finish(using)
    pass_time(using, days=31)
    trigger.run({"id": "2", "detail-type": "Migration Requested", "detail": {"workload": "w"}}, using)

    trigger.run(LOOK, using)
    finish(using)
    trigger.run(LOOK, using)

    assert len(started(using)) == 2


@given(at=st.integers(1, 12))
def test_a_request_is_closed_only_when_its_verdict_is_known(at: int) -> None:
    using = fleet([version(1, stale_after_days=1)])
    trigger.run({"id": "1", "detail-type": "Migration Requested", "detail": {"workload": "w"}}, using)
    (run_id,) = running(using)
    decide(using, run_id)  # and the event is on its way
    keep, steps, seen = MemoryRecords.keep, iter(range(1, 1000)), []

    def watched(*arguments: Any, **named: Any) -> bool:
        done = keep(*arguments, **named)
        if next(steps) == at:
            closed = [one for one in Requests(using.records).taken("w") if one.status == "done"]
            seen.append((bool(closed), bool(Verdicts(using.records).of("w"))))
        return done

    with mock.patch.object(MemoryRecords, "keep", watched):
        trigger.run(LOOK, using)

    assert (True, False) not in seen


def test_a_new_version_does_not_measure_again_what_the_schedule_asked_for_before() -> None:
    using = fleet([version(1, schedule="rate(1 day)")])
    pass_time(using, hours=-23)
    trigger.run(LOOK, using)
    finish(using)
    bring(using, version(26, prompt="p2", schedule="rate(1 day)"))

    pass_time(using, days=1)
    trigger.run(LOOK, using)

    assert started(using) == [("w", "v1"), ("w", "v26")]


def test_a_time_of_the_schedule_that_waited_is_measured_in_the_version_that_is_in_force_by_then() -> None:
    using = occupied(version(1, schedule="rate(1 day)"))
    trigger.run(LOOK, using)
    bring(using, version(40, prompt="p2", schedule="rate(1 day)"))

    finish(using)
    finish(using)
    trigger.run(LOOK, using)

    assert started(using) == [("busy", "v1"), ("w", "v40")]


def test_a_version_that_comes_back_into_force_is_measured_although_it_was_left_before() -> None:
    using = occupied(version(1, end_of_life_days=90))
    release(using, leaving(SOURCE, "2026-12-01"))
    one, two = (version(number, prompt=f"p{number}", end_of_life_days=90) for number in (1, 2))
    for hours, back in ((1, two), (2, one), (3, two)):
        bring(using, replace(back, whole_at=NOON + timedelta(hours=hours)))
        trigger.run(LOOK, using)

    for _ in range(3):
        finish(using)
        trigger.run(LOOK, using)

    assert started(using) == [("busy", "v1"), ("w", "v2")]
    assert Requests(using.records).queue() == []


def test_a_released_model_is_measured_once_although_another_profile_of_it_comes() -> None:
    new = model("anthropic.claude-haiku-9-v1:0", on_demand=False)
    using = fleet([in_force(triggers=Triggers(releases=(ReleaseTrigger(provider="anthropic"),)))])
    release(using, new, profile(f"global.{new.id}", "", base=new.id))
    trigger.run(LOOK, using)
    finish(using)
    release(using, profile(f"us.{new.id}", "us-east-1", base=new.id))

    trigger.run(LOOK, using)

    assert [each["targets"] for each in using.executions.started.values()] == [[f"global.{new.id}"]]


def see(using: MemoryDependencies, *models: Listed) -> None:
    """Have models be as they are now, whatever was known of them."""
    for each in models:
        record = using.records.find(group_of(REGION), each.id)
        known = Known(seen=each, first_seen=NOON)
        using.records.keep(group_of(REGION), each.id, facts_of(known), over=record.revision if record else None)


def test_what_waits_goes_forward_when_its_model_gets_an_earlier_date_and_back_when_that_is_taken_away() -> None:
    workloads = [
        in_force(name, source=f"a.{name}-v1:0", triggers=Triggers(end_of_life_days=400)) for name in ("w-1", "w-2")
    ]
    using = occupied(*workloads)
    see(using, leaving("a.w-1-v1:0", "2027-01-08"), leaving("a.w-2-v1:0", "2027-01-20"))
    trigger.run(LOOK, using)
    assert [one.want.workload for one in Requests(using.records).queue()] == ["busy", "w-1", "w-2"]

    see(using, leaving("a.w-2-v1:0", "2026-12-01"))
    trigger.run(LOOK, using)

    assert [one.want.workload for one in Requests(using.records).queue()] == ["busy", "w-2", "w-1"]
    finish(using)
    assert started(using)[1][0] == "w-2"


def test_a_run_whose_execution_nobody_knows_any_more_frees_its_place() -> None:
    using = occupied(version(1, schedule="rate(1 day)"))
    trigger.run(LOOK, using)
    using.executions.statuses.clear()

    trigger.run(LOOK, using)
    assert len(started(using)) == 1  # it may be too early to see it
    pass_time(using, hours=2)
    trigger.run(LOOK, using)

    assert started(using)[1:] == [("w", "v1")]
