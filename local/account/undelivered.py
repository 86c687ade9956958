"""What ``brainswap redrive --undelivered`` does: events that reached no function are handed to it once more.

EventBridge and its Scheduler leave the event as it was and name the target in an attribute; Lambda leaves a record with
the event in it (user guides of the three, looked up in November 2026). Events of AWS itself can be put on no bus again.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.account.stack import Stack, speaking

QUEUE = "TriggersUndelivered"
"""How the queue's logical id begins."""

AT_ONCE = 10  # messages that SQS gives with one answer at the most
_UNSEEN_S = 120  # for which nobody else gets what is being delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Redelivered:
    """What became of the queue.

    Attributes:
        delivered: by the name of the function, how many events it was handed.
        left: messages that name no function of the stack, and stay in the queue.
    """

    delivered: Mapping[str, int]
    left: int

    @property
    def document(self) -> dict[str, Any]:
        return {"delivered": dict(self.delivered), "left": self.left}

    def lines(self) -> Iterator[str]:
        """The result for people."""
        if not self.delivered and not self.left:
            yield "Nothing is undelivered."
        for name, count in sorted(self.delivered.items()):
            yield f"{name}: {count} delivered. What fails again comes back into the queue."
        if self.left:
            yield f"{self.left} in the queue name no function of the stack, and stay there."


def deliver_again(stack: Stack, *, now: Callable[[], float] = time.time) -> Redelivered:
    """Hand every event in the queue to the function that it was for, and take it out of the queue then.

    Each function knows what it has done already. What comes into the queue meanwhile stays, for it may be what has just
    failed again.

    Args:
        stack: whose queue it is.
        now: seconds since 1970.

    Raises:
        NoStackError: the account cannot be spoken to, or refuses.
    """
    with speaking():
        queues, functions = _resources(stack)
        sqs, invoke = stack.client("sqs"), stack.client("lambda").invoke
        began_ms = now() * 1000
        delivered: dict[str, int] = {}
        left = 0
        for queue in queues:
            for message in _messages(sqs, queue, began_ms):
                name, event = _told(message)
                if name is None or name not in functions:
                    left += 1
                    continue
                invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event).encode())
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                delivered[name] = delivered.get(name, 0) + 1
    return Redelivered(delivered=delivered, left=left)


def _resources(stack: Stack) -> tuple[list[str], frozenset[str]]:
    """The queue's address, and the names of all functions: what a message names is somebody's word."""
    pages = stack.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack.name)
    resources = [each for page in pages for each in page["StackResourceSummaries"]]
    queues = [
        each["PhysicalResourceId"]
        for each in resources
        if each["ResourceType"] == "AWS::SQS::Queue" and each["LogicalResourceId"].startswith(QUEUE)
    ]
    functions = {each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::Lambda::Function"}
    return queues, frozenset(functions)


def _messages(sqs: Any, queue: str, before_ms: float) -> Iterator[Mapping[str, Any]]:
    """Each once, those that were there before."""
    seen: set[str] = set()
    while True:
        received = sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=AT_ONCE,
            MessageAttributeNames=["All"],
            AttributeNames=["SentTimestamp"],
            VisibilityTimeout=_UNSEEN_S,
            WaitTimeSeconds=1,  # without waiting, SQS asks a part of its machines only
        )
        fresh = [
            message
            for message in received.get("Messages", ())
            if message["MessageId"] not in seen and float(message["Attributes"]["SentTimestamp"]) <= before_ms
        ]
        if not fresh:
            return
        seen.update(message["MessageId"] for message in fresh)
        yield from fresh


def _told(message: Mapping[str, Any]) -> tuple[str | None, Any]:
    """The name of the function that a message is for, as far as it says, and the event."""
    try:
        body = json.loads(message["Body"])
    except ValueError:
        return None, None
    match message.get("MessageAttributes", {}), body:
        case {"TARGET_ARN": {"StringValue": str(arn)}}, event:
            return _name_in(arn), event
        case _, {"requestContext": {"functionArn": str(arn)}, "requestPayload": event}:
            return _name_in(arn), event
    return None, None


def _name_in(function_arn: str) -> str | None:
    """``name`` of ``arn:aws:lambda:region:account:function:name``, which a version may follow."""
    parts = function_arn.split(":")
    return parts[6] if len(parts) > 6 and parts[5] == "function" else None  # noqa: PLR2004 - as above
