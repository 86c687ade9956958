"""Events reach functions in the local cloud as they do in the account."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

import boto3
import pytest

from brainswap.handlers import resume
from infrastructure import catalog
from infrastructure.catalog import Function
from infrastructure.event_patterns import EventRule, own
from local import cloud as clouds
from local import events as delivering
from local.cloud import BUS, Cloud, local_cloud
from local.events import Delivery, events_delivered

ROW = next(row for row in catalog.FUNCTIONS if row.state == "Resume")
UPLOADED = EventRule(
    name="Uploaded",
    bus="account",
    pattern={"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["${Bucket}"]}}},
)


def _listening() -> Function:
    """The row with rules of a test besides its own."""
    return Function(
        state=ROW.state,
        memory_mb=ROW.memory_mb,
        timeout_s=ROW.timeout_s,
        layers=ROW.layers,
        grants=ROW.grants,
        by_events=True,
        events=(*ROW.events, own("Decided", "Migration Decided"), UPLOADED),
    )


@pytest.fixture
def told() -> list[Mapping[str, Any]]:
    """The events that reached the handler."""
    return []


@pytest.fixture
def cloud(told: list[Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A cloud with one function that listens, whose handler only takes down what it hears."""
    rows = (_listening(),)
    monkeypatch.setattr(delivering, "FUNCTIONS", rows)
    monkeypatch.setattr(clouds, "FUNCTIONS", rows)
    monkeypatch.setattr(clouds, "definition", lambda *_: json.dumps(_MACHINE))
    monkeypatch.setattr(resume, "lambda_handler", lambda event, _context: told.append(event))
    with local_cloud(realm="test", events=True) as made:
        yield made


_MACHINE = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}


def test_what_a_handler_puts_on_the_bus_reaches_the_row_that_listens(
    cloud: Cloud, told: list[Mapping[str, Any]]
) -> None:
    cloud.using.events.publish("Migration Decided", {"workload": "w", "verdict": "hold"})
    cloud.using.events.publish("Something Else", {"workload": "w"})
    _delivery(cloud).wait()

    (event,) = told
    assert event["detail-type"] == "Migration Decided"
    assert event["detail"] == {
        "workload": "w",
        "verdict": "hold",
        "message": "Migration Decided: w · verdict hold",
    }
    assert event["time"].endswith("Z")


def test_a_file_in_the_bucket_reaches_who_listens_to_files(cloud: Cloud, told: list[Mapping[str, Any]]) -> None:
    cloud.using.artifacts.write("workloads/w/1/workload.yaml", b"version: 1", "application/yaml")
    _delivery(cloud).wait()

    (event,) = told
    assert event["detail"]["object"]["key"] == "workloads/w/1/workload.yaml"


def test_an_event_of_a_service_reaches_who_listens_to_its_machine_alone(
    cloud: Cloud, told: list[Mapping[str, Any]]
) -> None:
    for machine in (cloud.machine_arn, "arn:aws:states:us-east-1:123456789012:stateMachine:other"):
        detail = {"status": "FAILED", "stateMachineArn": machine}
        _delivery(cloud).tell(
            {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}
        )
    _delivery(cloud).wait()

    assert [event["detail"]["stateMachineArn"] for event in told] == [cloud.machine_arn]


def test_a_schedule_hands_over_who_it_is_for(cloud: Cloud, told: list[Mapping[str, Any]]) -> None:
    _delivery(cloud).invoke("Resume")
    _delivery(cloud).wait()

    assert told == [{"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": {"function": "Resume"}}]


def test_an_event_that_a_handler_fails_on_is_tried_three_times_and_then_told(cloud: Cloud) -> None:
    handler = mock.Mock(side_effect=ValueError("no"))
    with mock.patch.object(resume, "lambda_handler", handler):
        cloud.using.events.publish("Migration Decided", {"workload": "w"})
        _delivery(cloud).wait()

    assert handler.call_count == 3
    (arrived,) = _delivery(cloud).arrived
    assert arrived.function == "Resume"
    assert arrived.error is not None
    assert "ValueError" in arrived.error


def test_events_come_as_often_and_as_late_as_they_are_let(told: list[Mapping[str, Any]], cloud: Cloud) -> None:
    _delivery(cloud).delays = iter([(0.1,), (0.0, 0.2)]).__next__
    cloud.using.events.publish("Migration Decided", {"workload": "first"})
    cloud.using.events.publish("Migration Decided", {"workload": "second"})
    _delivery(cloud).wait()

    assert [event["detail"]["workload"] for event in told] == ["second", "first", "second"]


def test_what_one_hand_leads_to_arrives_though_the_others_are_done(told: list[Mapping[str, Any]], cloud: Cloud) -> None:
    def leads_to_more(event: Mapping[str, Any], _context: object) -> None:
        told.append(event)
        if event["detail"]["workload"] == "first":
            time.sleep(0.1)
            cloud.using.events.publish("Migration Decided", {"workload": "second"})

    with (
        mock.patch.object(resume, "lambda_handler", leads_to_more),
        events_delivered("us-east-1", hands=3),
    ):
        cloud.using.events.publish("Migration Decided", {"workload": "first"})

    assert [event["detail"]["workload"] for event in told] == ["first", "second"]


def test_nothing_is_delivered_where_nobody_asks_for_it() -> None:
    with local_cloud(realm="test") as quiet:
        quiet.using.events.publish("Migration Decided", {"workload": "w"})

        assert quiet.delivery is None
        assert boto3.client("events").list_rules(EventBusName=BUS)["Rules"] == []


def _delivery(cloud: Cloud) -> Delivery:
    assert cloud.delivery is not None
    return cloud.delivery
