"""Records of roll-outs: the same contract for DynamoDB and for the fake. And reports of outcomes, by CloudWatch."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainswap.adapters.cloudwatch_outcomes import MOST_POINTS, CloudWatchOutcomes, _period_s
from brainswap.adapters.dynamodb_rollouts import DynamoRollouts
from brainswap.client.outcomes import Group, Outcome, Outcomes
from brainswap.client.sending import to_cloudwatch
from brainswap.core.errors import StorageUnavailableError
from brainswap.core.rollout.analysis import Counted
from brainswap.core.rollout.analysis import Outcomes as Measured
from brainswap.rollout.ports import RolloutRecords, Variant
from local.cloud import LEDGER
from tests.fakes.rollouts import MemoryRollouts

RUNNING = frozenset({"running"})


@pytest.fixture(params=["dynamodb", "memory"])
def records(request: pytest.FixtureRequest) -> Iterator[RolloutRecords]:
    if request.param == "memory":
        yield MemoryRollouts()
        return
    request.getfixturevalue("aws")
    yield DynamoRollouts(boto3.client("dynamodb"), LEDGER)


@pytest.fixture
def workload() -> str:
    return f"w-{secrets.token_hex(4)}"


def test_who_comes_first_has_the_workload(records: RolloutRecords, workload: str) -> None:
    first = records.claim(workload, "run-1", {"percent": 0, "versions": {}, "baseline": None})
    second = records.claim(workload, "run-2", {"percent": 7})

    record = records.current(workload) or {}
    assert (first, second) == (True, False)
    assert (record["run_id"], record["status"], record["percent"], record["baseline"]) == ("run-1", "running", 0, None)


def test_claiming_again_goes_on_with_ones_own(records: RolloutRecords, workload: str) -> None:
    records.claim(workload, "run-1", {"percent": 0})

    assert records.claim(workload, "run-1", {"percent": 0})


@pytest.mark.parametrize(
    ("status", "another", "ones_own"),
    [("rolling_back", False, False), ("rolled_back", True, False), ("completed", True, False), ("failed", True, False)],
)
def test_a_record_that_ended_makes_room_for_another_run_and_never_for_its_own(
    records: RolloutRecords, workload: str, status: str, *, another: bool, ones_own: bool
) -> None:
    records.claim(workload, "run-1", {"percent": 0})
    records.note(workload, "run-1", {"status": status}, expecting=RUNNING)

    assert records.claim(workload, "run-1", {"percent": 0}) is ones_own
    assert records.claim(workload, "run-2", {"percent": 0}) is another


def test_facts_are_noted_while_the_status_is_as_expected(records: RolloutRecords, workload: str) -> None:
    records.claim(workload, "run-1", {"percent": 0})

    noted = records.note(
        workload, "run-1", {"percent": 10, "baseline": {"errors": [9, 1]}}, expecting=frozenset({"x", "running"})
    )
    not_expected = records.note(workload, "run-1", {"percent": 50}, expecting=frozenset({"completed"}))
    not_his = records.note(workload, "run-2", {"percent": 50}, expecting=RUNNING)

    record = records.current(workload) or {}
    assert (noted, not_expected, not_his) == (True, False, False)
    assert record["percent"] == 10
    assert {name: list(map(int, pair)) for name, pair in record["baseline"].items()} == {"errors": [9, 1]}


def test_nothing_is_known_of_a_workload_that_never_moved(records: RolloutRecords, workload: str) -> None:
    assert records.current(workload) is None
    assert not records.note(workload, "run-1", {"percent": 1}, expecting=RUNNING)


# Outcomes


def reported(workload: str, step: str, variant: str, *outcomes: Outcome) -> None:
    """Send outcomes as the client does."""
    made = Outcomes()
    for outcome in outcomes:
        made.record(Group(workload, variant, step), outcome, 1000)
    to_cloudwatch(lambda: boto3.client("cloudwatch"))(made.take())


def read(workload: str, step: str) -> Mapping[Variant, Measured]:
    now = datetime.now(UTC)
    reports = CloudWatchOutcomes(boto3.client("cloudwatch"))
    return reports.outcomes(workload, step, since=now - timedelta(minutes=5), until=now)


@pytest.mark.usefixtures("aws")
def test_what_clients_send_is_read_by_variant_and_step(workload: str) -> None:
    bad = Outcome(ok=False, latency_ms=2000, format_ok=False)
    reported(workload, "run-1/1", "target", bad, *[Outcome(ok=True, latency_ms=10)] * 3)
    reported(workload, "run-1/1", "target", Outcome(ok=True))
    reported(workload, "run-1/1", "source", Outcome(ok=True))
    reported(workload, "run-1/2", "target", *[bad] * 9)

    told = read(workload, "run-1/1")

    assert told["source"] == {"errors": Counted(of=1, hits=0), "throttles": Counted(of=1, hits=0)}
    assert told["target"] == {
        "errors": Counted(of=5, hits=1),
        "throttles": Counted(of=5, hits=0),
        "format_failures": Counted(of=1, hits=1),
        "slow": Counted(of=4, hits=1),
    }


@pytest.mark.usefixtures("aws")
def test_of_what_nobody_reports_nothing_is_known(workload: str) -> None:
    assert read(workload, "run-1/1") == {"source": {}, "target": {}}


@dataclass
class Pages:
    """CloudWatch's client, whose answer of some metrics is not whole."""

    status: str

    def get_paginator(self, _: str) -> "Pages":
        return self

    def paginate(self, **asked: Any) -> Iterator[Any]:
        first, *others = ({"Id": one["Id"], "Values": [9.0]} for one in asked["MetricDataQueries"])
        whole = [{**one, "StatusCode": "Complete"} for one in others]
        yield {"MetricDataResults": [{**first, "StatusCode": self.status}, *whole]}


@pytest.mark.parametrize("status", ["InternalError", "Forbidden"])
def test_a_part_of_what_was_reported_does_not_pass_for_the_whole(status: str) -> None:
    now = datetime.now(UTC)

    with pytest.raises(StorageUnavailableError, match=status):
        CloudWatchOutcomes(Pages(status)).outcomes("w", "run-1/1", since=now, until=now)


@given(minutes=st.integers(0, 13 * 24 * 60), second=st.integers(0, 59))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_step_of_any_length_is_read_in_few_points(minutes: int, second: int) -> None:
    began = datetime(2026, 11, 1, 12, 0, second, tzinfo=UTC)

    period_s = _period_s(began, began + timedelta(minutes=minutes))

    assert period_s % 60 == 0
    assert minutes * 60 / period_s <= MOST_POINTS + 1
