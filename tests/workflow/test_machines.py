"""Machines as moto reads them."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.antlr.runtime.ASLParser import ASLParser
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from local.cloud import mocked_aws
from local.machines import REMEMBERED

ROLE = "arn:aws:iam::123456789012:role/machine"
PATIENCE_S = 60


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[None]]:
    """Grows by one each time that a machine's text is read; meanwhile there is a cloud."""
    seen: list[None] = []
    read = ASLParser.state_machine

    def counted(parser: ASLParser) -> Any:
        seen.append(None)
        return read(parser)  # type: ignore[no-untyped-call]  # generated, without types

    monkeypatch.setattr(ASLParser, "state_machine", counted)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mocked_aws(real_bedrock=False, own_credentials=False):
        yield seen


def doubling(about: str) -> str:
    """A machine that gives every item of its input twice; its text is that of no other."""
    twice = {"Type": "Pass", "Parameters": {"twice.$": "States.Array($.item, $.item)"}, "End": True}
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"item.$": "$$.Map.Item.Value"},
        "ItemProcessor": {"StartAt": "Twice", "States": {"Twice": twice}},
        "End": True,
    }
    return json.dumps({"Comment": about, "StartAt": "Each", "States": {"Each": each}})


def made(name: str, text: str) -> str:
    return boto3.client("stepfunctions").create_state_machine(name=name, roleArn=ROLE, definition=text)[
        "stateMachineArn"
    ]


def ended(machine: str, items: list[int]) -> Any:
    """What an execution leaves."""
    return left_by(started(machine, f"of-{len(items)}", {"items": items}))


def started(machine: str, name: str, given: Any) -> str:
    return boto3.client("stepfunctions").start_execution(
        stateMachineArn=machine, name=f"{machine.rpartition(':')[2]}-{name}", input=json.dumps(given)
    )["executionArn"]


def left_by(execution: str) -> Any:
    states = boto3.client("stepfunctions")
    until = time.monotonic() + PATIENCE_S
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < until, "the execution hangs"
        time.sleep(0.01)
    return json.loads(found["output"])


def test_a_text_is_read_once_and_each_execution_begins_anew(readings: list[None]) -> None:
    machine, same = made("one", doubling("read once")), made("same", doubling("read once"))

    assert ended(machine, [1, 2]) == [{"twice": [1, 1]}, {"twice": [2, 2]}]
    assert ended(machine, [3]) == [{"twice": [3, 3]}]
    assert ended(same, []) == []
    assert len(readings) == 1


def test_a_text_with_a_mistake_is_refused_each_time(readings: list[None]) -> None:
    for name in ("one", "two"):
        with pytest.raises(ClientError, match="ASLParserException"):
            made(name, doubling("wrong").replace('"StartAt": "Each"', '"StartAt": 7'))

    assert len(readings) == 2


def test_of_many_texts_the_oldest_is_read_again(readings: list[None]) -> None:
    for number in range(REMEMBERED + 1):
        made(f"number-{number}", doubling(f"number {number}"))

    made("last", doubling(f"number {REMEMBERED}"))
    assert len(readings) == REMEMBERED + 1
    made("first", doubling("number 0"))
    assert len(readings) == REMEMBERED + 2


@pytest.mark.usefixtures("readings")
def test_a_task_is_told_to_go_on_while_another_execution_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = boto3.client("sqs").create_queue(QueueName="tokens")["QueueUrl"]
    asking = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"},
        "End": True,
    }
    other, waits = (
        made("other", doubling("begins slowly")),
        made("waits", json.dumps({"StartAt": "Ask", "States": {"Ask": asking}})),
    )
    waiting = started(waits, "for-a-word", {})
    (message,) = boto3.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    held, surroundings = threading.Event(), ExecutionWorker._get_evaluation_environment

    def slowly(worker: ExecutionWorker) -> Any:
        assert held.wait(PATIENCE_S)
        return surroundings(worker)

    monkeypatch.setattr(ExecutionWorker, "_get_evaluation_environment", slowly)
    beginning = started(other, "slowly", {"items": [1]})

    try:
        boto3.client("stepfunctions").send_task_success(taskToken=message["Body"], output='{"said": "go on"}')
    finally:
        held.set()

    assert (left_by(waiting), left_by(beginning)) == ({"said": "go on"}, [{"twice": [1, 1]}])
