"""Function Trigger: what is paid for once, what is not forgotten, and what goes first when dates move."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from brainswap.core.declared_triggers import ReleaseTrigger, Triggers
from brainswap.core.registering.registration import InForce, Registration
from brainswap.core.triggering.requests import Request
from brainswap.core.watching.listing import Known, Listed
from brainswap.handlers import trigger
from brainswap.ports import Record
from brainswap.registry import CURRENT, LIST, VERSION, Registry, facts_of
from brainswap.registry import group_of as workload_group
from brainswap.requests import Requests
from brainswap.snapshots import group_of
from brainswap.verdicts import VERDICT, Verdicts
from tests.fakes.fleets import REGION, MovingClock, decide, fleet, release, running
from tests.fakes.listings import leaving, model, profile
from tests.fakes.memory import MemoryDependencies
from tests.fakes.stores import MemoryRecords
from tests.fakes.told import MemoryExecutions
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


def test_what_was_asked_for_long_ago_is_not_read_again_at_each_look() -> None:
    using = fleet([version(1, schedule="rate(1 hours)")])
    trigger.run(LOOK, using)
    everything = MemoryRecords.all
    asked: list[str] = []

    def counted(records: MemoryRecords, group: str) -> Sequence[Record]:
        asked.append(group)
        return everything(records, group)

    with mock.patch.object(MemoryRecords, "all", counted):
        trigger.run(LOOK, using)
        assert "REQUEST#w" not in asked
        pass_time(using, hours=1)
        trigger.run(LOOK, using)

    assert "REQUEST#w" in asked


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


def spoil(using: MemoryDependencies, workload: str) -> None:
    """Have the records of a workload be as another version of the code might write them."""
    own = workload_group(workload)
    versions = [(own, record.key) for record in using.records.all(own) if record.key.startswith((VERSION, VERDICT))]
    for group, key in ((LIST, workload), (own, CURRENT), *versions):
        record = using.records.find(group, key)
        assert record is not None
        facts = {**record.facts["facts"], "triggers": {"a_key_to_come": True}}
        using.records.keep(group, key, {**record.facts, "facts": facts}, over=record.revision)


def test_one_workload_whose_record_is_not_understood_keeps_no_other_waiting(caplog: pytest.LogCaptureFixture) -> None:
    using = occupied(
        version(1, schedule="rate(1 day)"), in_force("spoilt", triggers=Triggers(schedule="rate(1 hours)"))
    )
    trigger.run(LOOK, using)
    spoil(using, "spoilt")

    finish(using)
    trigger.run({"id": "2", "detail-type": "Migration Requested", "detail": {"workload": "spoilt"}}, using)
    finish(using)

    assert started(using) == [("busy", "v1"), ("w", "v1")]
    assert "spoilt is not understood" in caplog.text
    assert [kind for kind, _ in using.events.published] == ["Migration Failed"]


def test_a_workload_whose_record_is_not_understood_is_well_again_when_it_is_pushed_again() -> None:
    using = fleet([version(1, stale_after_days=90)])
    trigger.run({"id": "1", "detail-type": "Migration Requested", "detail": {"workload": "w"}}, using)
    finish(using)
    spoil(using, "w")

    assert list(Registry(using.records).versions("w")) == []
    assert Verdicts(using.records).of("w") == []
    bring(using, replace(version(1, schedule="rate(1 day)"), whole_at=NOON + timedelta(hours=1)))
    pass_time(using, hours=2)
    trigger.run(LOOK, using)
    finish(using)

    assert started(using) == [("w", "v1"), ("w", "v1")]
    assert len(Verdicts(using.records).of("w")) == 1
    assert [one.version for one in Registry(using.records).versions("w")] == ["v1"]


@pytest.mark.parametrize("dies_at", ["taking a place", "noting the start", "starting"])
def test_who_died_with_a_place_is_gone_on_with_before_whatever_is_due_first(dies_at: str) -> None:
    using = fleet([version(1, schedule="rate(1 day)"), in_force("urgent")], at_once=1)
    keep, start = MemoryRecords.keep, MemoryExecutions.start

    def dying(records: MemoryRecords, group: str, key: str, facts: Mapping[str, Any], *, over: int | None) -> bool:
        if dies_at == "noting the start" and facts.get("status") == "started":
            raise DiedError
        done = keep(records, group, key, facts, over=over)
        if dies_at == "taking a place" and group == "SLOTS":
            raise DiedError
        return done

    def not_starting(executions: MemoryExecutions, run_id: str, request: Mapping[str, Any]) -> None:
        if dies_at == "starting":
            raise DiedError
        start(executions, run_id, request)

    with (
        mock.patch.object(MemoryRecords, "keep", dying),
        mock.patch.object(MemoryExecutions, "start", not_starting),
        pytest.raises(DiedError),
    ):
        trigger.run(LOOK, using)
    trigger.run({"id": "1", "detail-type": "Migration Requested", "detail": {"workload": "urgent"}}, using)
    finish(using)

    assert started(using) == [("w", "v1"), ("urgent", "v1")]


class DiedError(Exception):
    """The function was ended from outside."""


class History:
    """A workload with every trigger, another beside it, and a function that dies at some of its writes."""

    TRIGGERS: Mapping[str, Any] = {
        "dataset": True,
        "end_of_life_days": 400,
        "schedule": "rate(2 days)",
        "stale_after_days": 5,
    }

    def __init__(self, *, at_once: int, crashes: list[int]) -> None:
        daily = in_force("other", triggers=Triggers(schedule="rate(1 day)"))
        self.using = fleet([version(1, **self.TRIGGERS), daily], at_once=at_once)
        self._brought = 1
        self._left = iter(crashes)
        self._fuse = next(self._left, 10_000)

    def dying(self, call: Any) -> Any:
        def step(*arguments: Any, **named: Any) -> Any:
            self._fuse -= 1
            if self._fuse == 0:
                self._fuse = next(self._left, 10_000)
                raise DiedError
            return call(*arguments, **named)

        return step

    def step(self, name: str) -> None:
        """Something happens, and the function looks."""
        happens: Mapping[str, Callable[[], object]] = {
            "bring": lambda: self._register(self._brought + 1, "c1"),
            "bring other cases": lambda: self._register(self._brought + 1, f"c{self._brought}"),
            "go back": lambda: self._register(1, "c1"),
            "date": lambda: see(self.using, leaving(SOURCE, f"2027-0{1 + self._brought % 9}-01")),
            "decide": lambda: finish(self.using),
            "fail": lambda: self.using.executions.statuses.update(dict.fromkeys(running(self.using), "FAILED")),
            "days": lambda: pass_time(self.using, days=3),
            "look": lambda: None,
        }
        happens[name]()
        trigger.run(LOOK, self.using)

    def _register(self, number: int, cases: str) -> None:
        self._brought += 1
        one = version(number, cases=cases, prompt=f"p{number}", **self.TRIGGERS)
        at = NOON + timedelta(minutes=self._brought)
        upload = Registration(
            workload="w", version=one.version, whole_at=at, upload=f"{self._brought}", facts=one.facts
        )
        Registry(self.using.records).register(upload)

    @property
    def under_way(self) -> list[tuple[str, str]]:
        now = running(self.using)
        return [
            (each["workload"], each["version"])
            for run_id, each in self.using.executions.started.items()
            if run_id in now
        ]

    @property
    def waiting(self) -> list[Request]:
        """By the records that count."""
        taken = [one for name in ("w", "other") for one in Requests(self.using.records).taken(name)]
        return [one for one in taken if one.status == "waiting"]


@bounded(max_examples=40)
@given(
    steps=st.lists(
        st.sampled_from(["bring", "bring other cases", "go back", "date", "decide", "fail", "look", "days"]),
        max_size=12,
    ),
    crashes=st.lists(st.integers(1, 25), max_size=4),
    at_once=st.integers(1, 2),
)
def test_whatever_happens_nothing_waits_for_ever_and_nothing_is_measured_twice_at_a_time(
    steps: list[str], crashes: list[int], at_once: int
) -> None:
    history = History(at_once=at_once, crashes=crashes)

    with (
        mock.patch.object(MemoryRecords, "keep", history.dying(MemoryRecords.keep)),
        mock.patch.object(MemoryRecords, "drop", history.dying(MemoryRecords.drop)),
    ):
        for step in [*steps, *["look", "decide"] * 12]:
            try:
                history.step(step)
            except DiedError:
                continue
            assert len(history.under_way) <= at_once
            assert len(history.under_way) == len(set(history.under_way))

    assert history.waiting == []
    assert Requests(history.using.records).queue() == []
