"""The paces of models: the same contract for DynamoDB, for SQLite and for the fake."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainswap.adapters.dynamodb_paces import FORGOTTEN_AFTER_S, DynamoPaces
from brainswap.adapters.sqlite_state import SqliteState
from brainswap.ports import Pace, Paces
from local.atomic_tables import atomic_tables
from local.cloud import LEDGER
from tests.fakes.clocks import SteppedClock
from tests.fakes.workers import MemoryPaces


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture(params=["dynamodb", "sqlite", "memory"])
def paces(request: pytest.FixtureRequest, tmp_path: Path, clock: SteppedClock) -> Iterator[Paces]:
    if request.param == "memory":
        yield MemoryPaces(clock=clock)
    elif request.param == "sqlite":
        state = SqliteState(tmp_path / "state.sqlite", clock=clock)
        yield state.paces
        state.close()
    else:
        request.getfixturevalue("aws")
        with atomic_tables():
            yield DynamoPaces(boto3.client("dynamodb"), LEDGER, clock=clock)


@pytest.fixture
def model() -> str:
    return f"eu.maker.model-{secrets.token_hex(4)}:0"


def test_a_model_that_nobody_has_asked_has_no_pace(paces: Paces, model: str) -> None:
    pace = paces.beat(model, "one", 4, 10)

    assert pace == Pace(rate=None, period_s=1.0, version=0, changed_at=0.0, held_until=0.0, in_flight=4)


def test_workers_of_the_moment_are_counted_together(paces: Paces, model: str, clock: SteppedClock) -> None:
    paces.beat(model, "source/1/a", 4, 10)
    clock.seconds += 5
    paces.beat(model, "target-1/2/b", 8, 10)
    paces.beat(model, "source/1/a", 3, 1)

    together = paces.beat(model, "c", 1, 10)
    clock.seconds += 1
    later = paces.beat(model, "c", 1, 10)

    assert (together.in_flight, later.in_flight) == (12, 9)


def test_a_worker_that_left_counts_no_more(paces: Paces, model: str) -> None:
    paces.beat(model, "one", 4, 10)
    paces.beat(model, "two", 8, 10)

    paces.leave(model, "one")
    paces.leave(model, "nobody")

    assert paces.beat(model, "two", 8, 10).in_flight == 8


def test_workers_of_another_model_do_not_count(paces: Paces, model: str) -> None:
    paces.beat(f"{model}-other", "one", 4, 10)

    assert paces.beat(model, "two", 8, 10).in_flight == 8


def test_who_changes_the_pace_first_decides(paces: Paces, model: str, clock: SteppedClock) -> None:
    paces.beat(model, "one", 4, 10)
    first = paces.change(model, 0, rate=1000.5, period_s=2.5, held_until=clock.seconds + 3)
    clock.seconds += 1

    second = paces.change(model, 0, rate=7.0, period_s=1.0, held_until=clock.seconds)

    changed_at = clock.seconds - 1
    assert first == Pace(
        rate=1000.5, period_s=2.5, version=1, changed_at=changed_at, held_until=changed_at + 3, in_flight=4
    )
    assert second == first == paces.beat(model, "one", 4, 10)


def test_each_change_of_the_version_that_stands_makes_a_new_one(paces: Paces, model: str, clock: SteppedClock) -> None:
    paces.change(model, 0, rate=100.0, period_s=1.0, held_until=0.0)
    clock.seconds += 1
    paces.change(model, 1, rate=80.0, period_s=1.0, held_until=0.0)

    pace = paces.change(model, 2, rate=None, period_s=1.0, held_until=5.0)

    assert (pace.rate, pace.version, pace.changed_at, pace.held_until) == (None, 3, clock.seconds, 5.0)


def test_a_change_of_a_version_that_never_was_changes_nothing(paces: Paces, model: str) -> None:
    pace = paces.change(model, 3, rate=100.0, period_s=1.0, held_until=0.0)

    assert (pace.rate, pace.version) == (None, 0)


def test_of_changes_side_by_side_one_stands(paces: Paces, model: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        seen = list(
            threads.map(
                lambda rate: paces.change(model, 0, rate=float(rate), period_s=1.0, held_until=0.0), range(1, 9)
            )
        )

    assert {pace.version for pace in seen} == {1}
    assert len({pace.rate for pace in seen}) == 1


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rate=st.floats(min_value=1e-9, max_value=1e12),
    held_until=st.floats(min_value=0, max_value=1e11),
)
def test_numbers_come_back_to_the_last_bit(paces: Paces, rate: float, held_until: float) -> None:
    pace = paces.change(secrets.token_hex(8), 0, rate=rate, period_s=1.0, held_until=held_until)

    assert (pace.rate, pace.held_until) == (rate, held_until)


def test_a_file_keeps_the_pace_and_forgets_the_workers(tmp_path: Path, model: str) -> None:
    first = SqliteState(tmp_path / "state.sqlite")
    first.paces.beat(model, "one", 4, 1000)
    first.paces.change(model, 0, rate=50.0, period_s=1.0, held_until=7.0)
    first.close()

    second = SqliteState(tmp_path / "state.sqlite")

    pace = second.paces.beat(model, "two", 8, 10)
    assert (pace.rate, pace.version, pace.held_until, pace.in_flight) == (50.0, 1, 7.0, 8)
    second.close()


@pytest.mark.usefixtures("aws")
def test_workers_that_died_do_not_stay_in_the_item(model: str, clock: SteppedClock) -> None:
    client = boto3.client("dynamodb")
    paces = DynamoPaces(client, LEDGER, clock=clock)
    for number in range(3):
        paces.beat(model, f"died-{number}", 1, 10)
    clock.seconds += 10 + FORGOTTEN_AFTER_S

    paces.beat(model, "lives", 1, 10)

    item = client.get_item(TableName=LEDGER, Key={"pk": {"S": f"PACE#{model}"}, "sk": {"S": "PACE"}})["Item"]
    assert {name for name in item if name.startswith("worker:")} == {"worker:lives"}
