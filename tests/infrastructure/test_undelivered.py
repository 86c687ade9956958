"""Events that reached no function, handed to it again. moto keeps the queue; functions and the stack are told here."""

import json
import time
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from local.account.stack import NoStackError, Stack
from local.account.undelivered import QUEUE, Redelivered, deliver_again
from tests.infrastructure.accounts import ACCOUNT, REGION, Calls, refusal
from tests.infrastructure.templates import Template

REGISTER, TRIGGER = "Brainswap-FunctionsRegister-X", "Brainswap-FunctionsTrigger-Y"
UPLOADED: Mapping[str, Any] = {"source": "aws.s3", "detail": {"object": {"key": "workloads/w/v1/workload.yaml"}}}
LOOK: Mapping[str, Any] = {"source": "aws.scheduler"}


def arn(function: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"


class Queue:
    """The queue of a stack with two functions, and what was handed to them."""

    def __init__(self, calls: Calls) -> None:
        self._sqs = boto3.client("sqs")
        self.url = self._sqs.create_queue(QueueName="undelivered")["QueueUrl"]
        self._other = self._sqs.create_queue(QueueName="another")["QueueUrl"]
        self.handed: list[tuple[str, str, Any]] = []
        resources = [
            (f"{QUEUE}4F", "AWS::SQS::Queue", self.url),
            ("WebhooksUndelivered4F", "AWS::SQS::Queue", self._other),
            ("FunctionsRegister1A", "AWS::Lambda::Function", REGISTER),
            ("FunctionsTrigger2B", "AWS::Lambda::Function", TRIGGER),
        ]
        calls.answers["cloudformation.ListStackResources"] = {
            "StackResourceSummaries": [
                {"LogicalResourceId": logical, "ResourceType": kind, "PhysicalResourceId": name}
                for logical, kind, name in resources
            ]
        }
        calls.answers["lambda.Invoke"] = {"StatusCode": 202}
        calls.hearers["lambda.Invoke"] = lambda asked: self.handed.append(
            (asked["FunctionName"], asked["InvocationType"], json.loads(asked["Payload"]))
        )

    def put(self, body: str, **attributes: str) -> None:
        self._sqs.send_message(
            QueueUrl=self.url,
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )

    @property
    def waiting(self) -> int:
        """Messages, those that somebody is looking at included."""
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told: Mapping[str, str] = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(map(int, told.values()))

    def deliver(self, *, at: float | None = None) -> Redelivered:
        stack = Stack(name="Brainswap", region=REGION, session=boto3.Session(region_name=REGION), outputs={})
        return deliver_again(stack, now=lambda: time.time() + 60 if at is None else at)


@pytest.fixture
def queue(calls: Calls) -> Queue:
    return Queue(calls)


def test_each_event_is_handed_to_the_function_that_it_was_for_and_leaves_the_queue(queue: Queue) -> None:
    queue.put(json.dumps(UPLOADED), RULE_ARN="arn:rule", TARGET_ARN=arn(REGISTER), ERROR_CODE="TOO_MANY_REQUESTS")
    queue.put(json.dumps(LOOK), SCHEDULE_ARN="arn:schedule", TARGET_ARN=arn(TRIGGER))
    failed = {"functionArn": f"{arn(REGISTER)}:$LATEST", "condition": "RetriesExhausted"}
    queue.put(json.dumps({"version": "1.0", "requestContext": failed, "requestPayload": UPLOADED}))

    done = queue.deliver()

    expected = [(REGISTER, "Event", UPLOADED), (REGISTER, "Event", UPLOADED), (TRIGGER, "Event", LOOK)]
    assert sorted(queue.handed, key=str) == sorted(expected, key=str)
    assert done.document == {"delivered": {REGISTER: 2, TRIGGER: 1}, "left": 0}
    assert queue.waiting == 0


def test_what_names_no_function_of_the_stack_invokes_nothing_and_stays(queue: Queue) -> None:
    queue.put("{}", TARGET_ARN=arn("somebody-elses"))
    queue.put("{}", TARGET_ARN="nonsense")
    queue.put("{}")
    queue.put("no JSON", TARGET_ARN=arn(REGISTER))
    queue.put(json.dumps({"requestContext": {"functionArn": arn("somebody-elses")}, "requestPayload": {}}))

    done = queue.deliver()

    assert (queue.handed, queue.waiting, done.left) == ([], 5, 5)
    assert "stay there" in "\n".join(done.lines())


def test_what_comes_back_meanwhile_is_not_handed_over_for_ever(queue: Queue) -> None:
    queue.put(json.dumps(LOOK), TARGET_ARN=arn(TRIGGER))

    done = queue.deliver(at=time.time() - 60)

    assert (queue.handed, queue.waiting, done.document) == ([], 1, {"delivered": {}, "left": 0})


def test_an_event_whose_function_refuses_it_stays(queue: Queue, calls: Calls) -> None:
    queue.put(json.dumps(LOOK), TARGET_ARN=arn(TRIGGER))
    calls.answers["lambda.Invoke"] = refusal("Invoke", "AccessDeniedException")

    with pytest.raises(NoStackError, match="refuses Invoke"):
        queue.deliver()

    assert queue.waiting == 1


def test_the_queue_of_the_template_is_found_by_its_name(template: Template) -> None:
    queues = [name for name, each in template["Resources"].items() if each["Type"] == "AWS::SQS::Queue"]

    assert [name.startswith(QUEUE) for name in queues] == [True]
