"""Which verdicts still hold, as the index of a workload's runs says it: seen by the triggers, told once, never lost."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from brainswap.ageing import GROUP, tell_index
from brainswap.core.errors import StorageUnavailableError
from brainswap.core.watching.listing import Known, KnownPrice
from brainswap.handlers import trigger
from brainswap.publishing import holdings_key, index_key, index_page_key, publish, show_holdings
from brainswap.registry import Registry, facts_of
from brainswap.report.index.history import Holding, Holdings
from brainswap.snapshots import group_of
from tests.fakes.fleets import REGION, MovingClock, decide, fleet
from tests.fakes.listings import model
from tests.fakes.memory import MemoryDependencies
from tests.fakes.reports import report
from tests.fakes.stores import MemoryArtifacts
from tests.fakes.workloads import NOON, TARGET, in_force
from tests.handlers.test_publishing import OneAtATime, stepping

WORKLOAD = "support-triage"
LOOK: dict[str, Any] = {"detail-type": "Scheduled Event"}
REQUESTED = {"id": "1", "detail-type": "Migration Requested", "detail": {"workload": WORKLOAD}}


class Written(MemoryArtifacts):
    """Files that count how often one is written."""

    writes: int = 0

    def write(self, key: str, data: bytes, content_type: str, *, final: bool = False) -> None:
        self.writes += 1
        super().write(key, data, content_type, final=final)


@pytest.fixture
def using() -> MemoryDependencies:
    """A workload whose only verdict is two days after its registration, in an index."""
    made = fleet([in_force(WORKLOAD)])
    made.artifacts = Written()
    priced(made, "0.06")
    trigger.run(REQUESTED, made)
    (run_id,) = made.executions.started
    publish(report(run_id=run_id, workload=WORKLOAD), made.artifacts)
    trigger.run(decide(made, run_id), made)
    return made


def priced(using: MemoryDependencies, dollars: str) -> None:
    """What the target costs from now on."""
    price = KnownPrice(input=dollars, output="0.24", source="a list", date="2026-11-01")
    known = Known(seen=model(TARGET), first_seen=NOON, released_at=None, prices=(price,))
    kept = using.records.find(group_of(REGION), TARGET)
    assert using.records.keep(group_of(REGION), TARGET, facts_of(known), over=kept.revision if kept else None)


def later(using: MemoryDependencies, **by: float) -> datetime:
    assert isinstance(using.clock, MovingClock)
    using.clock.time += timedelta(**by)
    return using.clock.time


def changed(using: MemoryDependencies, **facts: Any) -> Mapping[str, Any]:
    """Have another version come into force; the event that tells of it."""
    newer = in_force(WORKLOAD, **facts)
    registration = Registry(using.records).version(WORKLOAD, "v1")
    assert registration is not None
    now = using.clock.now()
    Registry(using.records).register(replace(registration, version="v2", whole_at=now, upload="2", facts=newer.facts))
    return {"detail-type": "Workload Registered", "detail": {"workload": WORKLOAD}}


def told(using: MemoryDependencies) -> Mapping[str, Any]:
    index = json.loads(using.artifacts.read(index_key(WORKLOAD)))
    (found,) = index["verdicts"]
    assert index["verdicts_unknown"] is None
    assert isinstance(found, dict)
    return found


def page(using: MemoryDependencies) -> str:
    return using.artifacts.read(index_page_key(WORKLOAD)).decode()


def test_a_new_verdict_holds_and_says_until_when_at_the_most(using: MemoryDependencies) -> None:
    found = told(using)

    decided_at = NOON + timedelta(days=2)
    assert found["stale"] == []
    assert datetime.fromisoformat(found["seen_at"]) == decided_at
    assert datetime.fromisoformat(found["too_old_at"]) == decided_at + timedelta(days=180)
    assert "The newest verdict holds, as seen since 3 November 2026, 12:00 UTC" in page(using)
    assert "It is too old from 2 May 2027, 12:00 UTC on." in page(using)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"cases_sha256": "c2"}, "the cases changed"),
        ({"prompt_sha256": "p2"}, "the prompt changed"),
        ({"scorers_sha256": "s2"}, "the scorers changed"),
        ({"gates_sha256": "g2"}, "the gates changed"),
    ],
)
def test_another_version_makes_the_verdict_stale_at_once(
    using: MemoryDependencies, facts: dict[str, Any], reason: str
) -> None:
    now = later(using, hours=3)

    trigger.run(changed(using, **facts), using)

    assert (told(using)["stale"], datetime.fromisoformat(told(using)["seen_at"])) == ([reason], now)
    assert f"The newest verdict is stale, as seen since 3 November 2026, 15:00 UTC: {reason}." in page(using)


def test_another_price_is_seen_by_the_next_look_and_so_is_its_way_back(using: MemoryDependencies) -> None:
    priced(using, "0.08")
    trigger.run(LOOK, using)
    dearer = told(using)["stale"]

    priced(using, "0.06")
    trigger.run(LOOK, using)

    assert dearer == [f"the price of {TARGET} changed"]
    assert told(using)["stale"] == []


def test_age_alone_makes_a_verdict_stale(using: MemoryDependencies) -> None:
    later(using, days=181)

    trigger.run(LOOK, using)

    assert told(using)["stale"] == ["it is older than 180 days"]


def test_a_look_that_finds_the_same_writes_nothing(using: MemoryDependencies) -> None:
    assert isinstance(using.artifacts, Written)
    before = (using.artifacts.writes, told(using)["seen_at"])
    later(using, days=1)

    trigger.run(LOOK, using)

    assert (using.artifacts.writes, told(using)["seen_at"]) == before


@pytest.mark.parametrize("at", [0, 1, 2])
def test_whoever_dies_while_writing_leaves_it_to_the_next_look(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    write, count = using.artifacts.write, iter(range(10))

    def dies(key: str, data: bytes, content_type: str, *, final: bool = False) -> None:
        if next(count) == at:
            raise StorageUnavailableError(key)
        write(key, data, content_type, final=final)

    event = changed(using, cases_sha256="c2")
    with monkeypatch.context() as patch:
        patch.setattr(using.artifacts, "write", dies)
        with pytest.raises(StorageUnavailableError):
            trigger.run(event, using)

    trigger.run(LOOK, using)

    assert told(using)["stale"] == ["the cases changed"]


def test_whoever_writes_what_others_know_better_writes_again(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    models: dict[str, Known] = {}
    old, new = in_force(WORKLOAD, gates_sha256="g9"), in_force(WORKLOAD, cases_sha256="c2")
    write, now = using.artifacts.write, using.clock.now()
    monkeypatch.setattr(using.artifacts, "write", write)

    def overtaken(key: str, data: bytes, content_type: str, *, final: bool = False) -> None:
        monkeypatch.setattr(using.artifacts, "write", write)
        tell_index([new], models, using.records, using.artifacts, now)
        write(key, data, content_type, final=final)

    monkeypatch.setattr(using.artifacts, "write", overtaken)
    tell_index([old], models, using.records, using.artifacts, now)

    record = using.records.find(GROUP, WORKLOAD)
    assert record is not None
    assert record.facts["shown"] is True
    assert told(using)["stale"] == record.facts["verdicts"][0]["stale"]


def test_what_nobody_has_looked_at_is_unknown_with_a_reason() -> None:
    artifacts = MemoryArtifacts()

    publish(report(workload=WORKLOAD), artifacts)

    index = json.loads(artifacts.read(index_key(WORKLOAD)))
    assert index["verdicts"] == []
    assert index["verdicts_unknown"].startswith("the triggers have not looked")
    assert "Whether the newest verdict still holds is not known" in artifacts.read(index_page_key(WORKLOAD)).decode()


def test_a_file_of_verdicts_that_is_none_costs_no_run_its_place() -> None:
    artifacts = MemoryArtifacts()
    artifacts.files[holdings_key(WORKLOAD)] = b"\xff{"

    publish(report(workload=WORKLOAD), artifacts)

    index = json.loads(artifacts.read(index_key(WORKLOAD)))
    assert (len(index["runs"]), index["verdicts"]) == (1, [])


def test_verdicts_of_runs_without_an_index_make_none() -> None:
    artifacts = MemoryArtifacts()

    show_holdings(WORKLOAD, Holdings(verdicts=[]), artifacts)

    assert set(artifacts.files) == {holdings_key(WORKLOAD)}


def test_a_run_that_overwrites_what_was_told_meanwhile_tells_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    artifacts = MemoryArtifacts()
    publish(report(run_id="first", workload=WORKLOAD), artifacts)
    holding = Holding(run_id="first", stale=["the cases changed"], seen_at=NOON, too_old_at=NOON)
    write = artifacts.write

    def overtaken(key: str, data: bytes, content_type: str, *, final: bool = False) -> None:
        if key == index_key(WORKLOAD):
            monkeypatch.setattr(artifacts, "write", write)
            show_holdings(WORKLOAD, Holdings(verdicts=[holding]), artifacts)
        write(key, data, content_type, final=final)

    monkeypatch.setattr(artifacts, "write", overtaken)
    publish(report(run_id="second", workload=WORKLOAD), artifacts)

    index = json.loads(artifacts.read(index_key(WORKLOAD)))
    assert {each["entry"]["run_id"] for each in index["runs"]} == {"first", "second"}
    assert [each["stale"] for each in index["verdicts"]] == [["the cases changed"]]


@bounded(max_examples=30)  # each makes three threads, and there are as few steps to change places
@given(order=st.lists(st.integers(0, 5), max_size=60))
def test_runs_that_end_while_verdicts_are_told_lose_neither(order: list[int]) -> None:
    artifacts = OneAtATime()
    publish(report(run_id="first", workload=WORKLOAD), artifacts)
    holding = Holding(run_id="first", stale=["the cases changed"], seen_at=NOON, too_old_at=NOON)
    tasks = {
        "telling": lambda: show_holdings(WORKLOAD, Holdings(verdicts=[holding]), artifacts),
        "second": lambda: publish(report(run_id="second", workload=WORKLOAD), artifacts),
        "third": lambda: publish(report(run_id="third", workload=WORKLOAD), artifacts),
    }

    stepping(artifacts, tasks, iter(order))

    index = json.loads(artifacts.read(index_key(WORKLOAD)))
    assert {each["entry"]["run_id"] for each in index["runs"]} == {"first", "second", "third"}
    assert [each["stale"] for each in index["verdicts"]] == [["the cases changed"]]
