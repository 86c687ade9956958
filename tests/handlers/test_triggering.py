"""Function Trigger: nothing is started twice, nothing is forgotten, and never too many at a time."""

import json
from datetime import timedelta
from random import Random
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from brainswap.contracts import PrepareRequest
from brainswap.core.declared_triggers import ReleaseTrigger, Triggers
from brainswap.handlers import trigger
from brainswap.registry import Registry
from brainswap.requests import Requests
from brainswap.verdicts import Verdicts
from tests.fakes.fleets import decide, fleet, release, running
from tests.fakes.listings import model
from tests.fakes.memory import MemoryDependencies
from tests.fakes.stores import MemoryRecords
from tests.fakes.told import MemoryExecutions
from tests.fakes.workloads import NOON, TARGET, in_force

HAIKU = model("anthropic.claude-haiku-9-v1:0")
ON_RELEASE = Triggers(releases=(ReleaseTrigger(provider="anthropic"),))
LOOK: dict[str, Any] = {"detail-type": "Scheduled Event"}


def waiting_for_haiku(count: int, *, at_once: int = 5) -> MemoryDependencies:
    using = fleet([in_force(f"w-{number}", triggers=ON_RELEASE) for number in range(count)], at_once=at_once)
    release(using, HAIKU)
    return using


def requested(workload: Any, *, told: str = "1", **detail: Any) -> dict[str, Any]:
    return {"id": told, "detail-type": "Migration Requested", "detail": {"workload": workload, **detail}}


def test_a_released_model_starts_a_migration_of_every_workload_that_waits_for_it() -> None:
    using = waiting_for_haiku(2)

    trigger.run({"detail-type": "Model Released"}, using)

    started = [PrepareRequest.model_validate(each) for each in using.executions.started.values()]
    assert [(each.workload, each.version, each.targets) for each in started] == [
        ("w-0", "v1", (HAIKU.id,)),
        ("w-1", "v1", (HAIKU.id,)),
    ]
    assert {each.because for each in started} == {f"{HAIKU.id} was released"}


def test_however_often_it_is_told_of_a_release_is_measured_once() -> None:
    using = waiting_for_haiku(1)

    for _ in range(3):
        trigger.run({"detail-type": "Model Released"}, using)
        for run_id in running(using):
            trigger.run(decide(using, run_id), using)

    assert len(using.executions.calls) == 1


def test_no_more_run_than_may_and_the_next_begins_when_one_is_decided() -> None:
    using = waiting_for_haiku(3, at_once=2)

    trigger.run(LOOK, using)
    assert len(running(using)) == 2
    trigger.run(decide(using, min(running(using))), using)

    assert len(using.executions.started) == 3
    assert len(running(using)) == 2


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_a_run_that_broke_off_frees_its_place_and_is_told_of(status: str) -> None:
    using = waiting_for_haiku(2, at_once=1)
    trigger.run(LOOK, using)
    (run_id,) = running(using)
    using.executions.statuses[run_id] = status
    broke_off = {
        "source": "aws.states",
        "detail": {"status": status, "input": json.dumps(dict(using.executions.started[run_id]))},
    }

    trigger.run(broke_off, using)

    assert len(running(using) - {run_id}) == 1
    assert (using.ledger.run(run_id) or {})["status"] == "failed"
    ((kind, detail),) = using.events.published
    assert (kind, detail["run_id"], detail["error"]) == ("Migration Failed", run_id, status)


def test_a_run_that_broke_off_without_a_word_is_found_by_the_schedule() -> None:
    using = waiting_for_haiku(2, at_once=1)
    trigger.run(LOOK, using)
    (run_id,) = running(using)
    using.executions.statuses[run_id] = "ABORTED"

    trigger.run(LOOK, using)

    assert len(running(using)) == 1
    assert run_id not in running(using)


def test_an_event_that_got_lost_is_made_up_for_by_the_schedule() -> None:
    using = waiting_for_haiku(2, at_once=1)
    trigger.run(LOOK, using)
    (run_id,) = running(using)
    decide(using, run_id)  # and nobody tells

    trigger.run(LOOK, using)

    assert len(using.executions.started) == 2


def test_a_verdict_is_remembered_with_what_it_rests_on() -> None:
    using = waiting_for_haiku(1)
    trigger.run(LOOK, using)
    (run_id,) = running(using)

    trigger.run(decide(using, run_id, "hold"), using)

    (measured,) = Verdicts(using.records).of("w-0")
    assert (measured.verdict, measured.targets, measured.run_id) == ("hold", (HAIKU.id,), run_id)
    assert measured.facts.cases_sha256 == "c1"


def test_what_waits_of_a_version_that_is_no_longer_in_force_is_left() -> None:
    using = waiting_for_haiku(2, at_once=1)
    trigger.run(LOOK, using)
    (run_id,) = running(using)
    other = "w-1" if using.executions.started[run_id]["workload"] == "w-0" else "w-0"
    newer = fleet([in_force(other, version="v2", whole_at=NOON + timedelta(days=1), triggers=ON_RELEASE)])
    registration = Registry(newer.records).version(other, "v2")
    assert registration is not None
    Registry(using.records).register(registration)

    trigger.run(LOOK, using)
    trigger.run(decide(using, run_id), using)

    assert [each["version"] for each in using.executions.started.values()] == ["v1", "v2"]
    assert len(Requests(using.records).queue()) == 1


def test_anybody_may_ask_for_a_migration_by_an_event_and_gets_one_for_each() -> None:
    using = fleet([in_force("w")])

    for event in (requested("w", why="new wording"), requested("w", why="new wording"), requested("w", told="2")):
        trigger.run(event, using)

    assert [each["because"] for each in using.executions.started.values()] == [
        "it was requested: new wording",
        "it was requested",
    ]


def test_a_requested_migration_may_name_its_targets() -> None:
    using = fleet([in_force("w")])

    trigger.run(requested("w", targets=[TARGET, TARGET]), using)

    (started,) = using.executions.started.values()
    assert started["targets"] == [TARGET]


@pytest.mark.parametrize(
    "event",
    [
        requested("nobody"),
        requested(None),
        requested(["w"]),
        requested(""),
        requested("W\N{LATIN SMALL LETTER U WITH DIAERESIS}"),
        requested("w" * 3000),  # longer than any key of a record
        requested("w", targets="amazon.nova-lite-v1:0"),
        requested("w", targets=[1]),
        requested("w", targets=["x"] * 21),
    ],
)
def test_an_event_that_asks_for_nothing_that_there_is_is_refused_in_words(event: dict[str, Any]) -> None:
    using = fleet([in_force("w")])

    trigger.run(event, using)

    assert using.executions.started == {}
    ((kind, detail),) = using.events.published
    assert (kind, detail["run_id"], detail["error"]) == ("Migration Failed", None, "Refused")
    assert detail["why"]


@pytest.mark.parametrize("event", [{}, None, [], {"source": "aws.states", "detail": {"input": "[]"}}, {"detail": 1}])
def test_an_event_that_says_nothing_is_a_look(event: Any) -> None:
    using = waiting_for_haiku(1)

    trigger.run(event, using)

    assert len(using.executions.started) == (0 if isinstance(event, dict) and event.get("source") else 1)


@given(at=st.integers(1, 30), at_once=st.integers(1, 3))
def test_two_that_look_at_the_same_time_start_no_more_than_may_run_and_nothing_twice(at: int, at_once: int) -> None:
    using = waiting_for_haiku(4, at_once=at_once)
    keep, steps = MemoryRecords.keep, iter(range(1, 1000))

    def interrupted(*arguments: Any, **named: Any) -> bool:
        if next(steps) == at:
            trigger.run(LOOK, using)
        return keep(*arguments, **named)

    with mock.patch.object(MemoryRecords, "keep", interrupted):
        trigger.run(LOOK, using)

    assert len(using.executions.started) == at_once
    assert len({each["workload"] for each in using.executions.started.values()}) == at_once


@given(at=st.integers(1, 30))
def test_what_another_has_closed_in_the_meantime_stays_closed(at: int) -> None:
    using = waiting_for_haiku(2, at_once=2)
    keep, steps = MemoryRecords.keep, iter(range(1, 1000))

    def overtaken(*arguments: Any, **named: Any) -> bool:
        if next(steps) == at:
            trigger.run(LOOK, using)
            for run_id in running(using):
                trigger.run(decide(using, run_id), using)
        return keep(*arguments, **named)

    with mock.patch.object(MemoryRecords, "keep", overtaken):
        trigger.run(LOOK, using)

    decided = {
        run_id for run_id in using.executions.started if (using.ledger.run(run_id) or {}).get("status") == "done"
    }
    kept = [one.facts for number in (0, 1) for one in using.records.all(f"REQUEST#w-{number}")]
    assert {facts["status"] for facts in kept if facts["run_id"] in decided} <= {"done"}
    assert len(running(using)) <= 2


def test_whoever_looks_at_the_queue_changes_nothing() -> None:
    using = waiting_for_haiku(2, at_once=1)
    trigger.run(LOOK, using)
    for run_id in running(using):
        decide(using, run_id)
    requests = Requests(using.records)
    requests.settle(using.ledger, using.executions, now=using.clock.now(), remember=lambda _: None)

    with mock.patch.object(MemoryRecords, "drop", side_effect=AssertionError("nobody may")):
        queue = requests.queue()

    assert [one.status for one in queue] == ["waiting"]


class DiedError(Exception):
    """The function was ended from outside."""


@bounded(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    crashes=st.lists(st.integers(1, 40), max_size=4),
    at_once=st.integers(1, 3),
)
def test_whatever_dies_comes_twice_or_in_another_order_each_migration_is_started_once(
    seed: int, crashes: list[int], at_once: int
) -> None:
    random, left = Random(seed), iter(crashes)  # noqa: S311 - a test
    using = waiting_for_haiku(4, at_once=at_once)
    fuse = [next(left, 10_000)]

    def dying(call: Any) -> Any:
        def step(*arguments: Any, **named: Any) -> Any:
            fuse[0] -= 1
            if fuse[0] == 0:
                fuse[0] = next(left, 10_000)
                if random.random() < 0.5:
                    call(*arguments, **named)  # it was done, and nobody heard
                raise DiedError
            return call(*arguments, **named)

        return step

    events: list[Any] = [{"detail-type": "Model Released"}] * 2
    with (
        mock.patch.object(MemoryRecords, "keep", dying(MemoryRecords.keep)),
        mock.patch.object(MemoryRecords, "drop", dying(MemoryRecords.drop)),
        mock.patch.object(MemoryExecutions, "start", dying(MemoryExecutions.start)),
    ):
        for _ in range(60):
            event = random.choice([LOOK, *events])
            try:
                trigger.run(event, using)
            except DiedError:
                continue
            assert len(running(using)) <= at_once
            if running(using) and random.random() < 0.6:
                events.append(decide(using, random.choice(sorted(running(using)))))

    started = [each["workload"] for each in using.executions.started.values()]
    assert sorted(started) == [f"w-{number}" for number in range(4)]
    assert running(using) == set() or len(running(using)) <= at_once
    for run_id in running(using):
        decide(using, run_id)
    trigger.run(LOOK, using)
    assert Requests(using.records).queue() == []
    slots = using.records.find("SLOTS", "SLOTS")
    assert slots is not None
    assert slots.facts["holders"] == {}
