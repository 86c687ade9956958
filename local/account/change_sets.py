"""A change of a stack: proposed, looked at, carried out, and followed to its end."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore.exceptions import ClientError

from brainswap.core.wording import printable
from local.account.assembly import Assembly

Say = Callable[[str], None]
Pause = Callable[[float], None]

LOOK_S = 3.0
_LONG = 500

# CloudFormation's states of a stack (StackStatus of its API reference).
NOTHING_THERE = frozenset({"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"})
GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})
_DONE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"})

STATEFUL = frozenset(
    {
        "AWS::AppConfig::Application",
        "AWS::AppConfig::Environment",
        "AWS::Cognito::UserPool",
        "AWS::DynamoDB::Table",
        "AWS::Events::EventBus",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::StepFunctions::StateMachine",
    }
)
"""What people rely on to stay what it is: data, and what they subscribed to."""


class DeploymentFailedError(Exception):
    """The account said no on the way; the message has its reasons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack that is there, as far as it matters here."""

    stack_id: str
    name: str
    status: str
    description: str
    reason: str = ""
    protected: bool = False
    outputs: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_there(self) -> bool:
        return self.status not in NOTHING_THERE

    @property
    def is_changing(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of one resource; ``replaced`` also where CloudFormation cannot tell before."""

    action: Literal["Add", "Modify", "Remove", "Import", "Dynamic"]
    logical_id: str
    kind: str
    replaced: bool = False

    @property
    def loses_state(self) -> bool:
        return self.kind in STATEFUL and (self.replaced or self.action == "Remove")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change set that has been made and not carried out."""

    stack_id: str
    change_set_id: str
    changes: tuple[Change, ...]

    def lines(self) -> Iterator[str]:
        """For people: counts, and by name whatever is replaced or removed."""
        counts = {
            word: sum(1 for change in self.changes if change.action == action)
            for action, word in (("Add", "added"), ("Modify", "changed"), ("Remove", "removed"))
        }
        yield "Resources: " + ", ".join(f"{count} {word}" for word, count in counts.items()) + "."
        for change in self.changes:
            if change.replaced or change.action == "Remove":
                done = "removed" if change.action == "Remove" else "replaced"
                yield f"  {done}: {change.kind} {change.logical_id}"


def find_stack(client: Any, name: str) -> Stack | None:
    """By name, or by id where it may have been deleted.

    Raises:
        ClientError: whoever asks may not look at it.
    """
    try:
        described = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # what CloudFormation says of a name without a stack
            return None
        raise
    return Stack(
        stack_id=described["StackId"],
        name=described["StackName"],
        status=described["StackStatus"],
        description=described.get("Description", ""),
        reason=described.get("StackStatusReason", ""),
        protected=described.get("EnableTerminationProtection", False),
        outputs={each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", ())},
        tags={each["Key"]: each["Value"] for each in described.get("Tags", ())},
    )


def is_up_to_date(client: Any, stack: Stack, assembly: Assembly) -> bool:
    """Whether the stack has this very template and these tags; the hashes of code and layers are in the template."""
    if stack.status not in GOOD:
        return False
    template = client.get_template(StackName=stack.stack_id, TemplateStage="Original")["TemplateBody"]
    return bool(template == assembly.template) and dict(stack.tags) == dict(assembly.tags)


def propose(client: Any, assembly: Assembly, *, exists: bool, name: str, pause: Pause = time.sleep) -> Proposal:
    """Make a change set and wait until CloudFormation has worked out what it does.

    Args:
        client: of CloudFormation.
        assembly: whose template has been uploaded.
        exists: the stack is changed, and not created.
        name: of the change set, new.
        pause: waits so many seconds.

    Raises:
        DeploymentFailedError: CloudFormation refuses the template.
    """
    with_role = {"RoleARN": assembly.execution_role} if assembly.execution_role else {}
    made = client.create_change_set(
        StackName=assembly.stack_name,
        ChangeSetName=name,
        ChangeSetType="UPDATE" if exists else "CREATE",
        TemplateURL=assembly.template_url,
        Capabilities=["CAPABILITY_IAM"],
        Tags=[{"Key": key, "Value": value} for key, value in assembly.tags.items()],
        **with_role,
    )
    while True:
        described = client.describe_change_set(ChangeSetName=made["Id"], StackName=made["StackId"])
        if described["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
            break
        pause(LOOK_S)
    if described["Status"] != "CREATE_COMPLETE":
        raise DeploymentFailedError(
            f"CloudFormation refuses the change: {printable(described.get('StatusReason', 'without a reason'), _LONG)}"
        )
    changes = [_change(each["ResourceChange"]) for each in described.get("Changes", ()) if "ResourceChange" in each]
    while "NextToken" in described:
        described = client.describe_change_set(
            ChangeSetName=made["Id"], StackName=made["StackId"], NextToken=described["NextToken"]
        )
        changes += [_change(each["ResourceChange"]) for each in described["Changes"] if "ResourceChange" in each]
    return Proposal(stack_id=made["StackId"], change_set_id=made["Id"], changes=tuple(changes))


def withdraw(client: Any, proposal: Proposal) -> None:
    """Delete a change set that nobody wants; a stack that was not there before goes as well."""
    client.delete_change_set(ChangeSetName=proposal.change_set_id, StackName=proposal.stack_id)
    stack = find_stack(client, proposal.stack_id)
    if stack is not None and stack.status == "REVIEW_IN_PROGRESS":
        client.delete_stack(StackName=proposal.stack_id)


def carry_out(client: Any, proposal: Proposal) -> None:
    """Begin with the change; what is newly made goes again if that fails, also what would otherwise be retained."""
    client.execute_change_set(
        ChangeSetName=proposal.change_set_id, StackName=proposal.stack_id, RetainExceptOnCreate=True
    )


def last_event(client: Any, stack_id: str) -> str | None:
    """The id of the stack's newest event, from which `follow` goes on."""
    events = client.describe_stack_events(StackName=stack_id)["StackEvents"]
    return events[0]["EventId"] if events else None


def follow(client: Any, stack_id: str, say: Say, *, since: str | None, pause: Pause = time.sleep) -> Stack:
    """Tell what happens to a stack until nothing happens any more.

    Args:
        client: of CloudFormation.
        stack_id: its id, by which it is found also when it has been deleted.
        say: hears of each event.
        since: the id of the last event that is old news.
        pause: waits so many seconds.

    Raises:
        DeploymentFailedError: it ended otherwise than it was meant to; with the first reasons.
    """
    failures: list[str] = []
    while True:
        stack = find_stack(client, stack_id)
        for event in reversed(list(_events_after(client, stack_id, since))):
            since = event["EventId"]
            status, logical_id = event["ResourceStatus"], event["LogicalResourceId"]
            reason = printable(event.get("ResourceStatusReason", ""), _LONG)
            say(f"{status:<28} {event.get('ResourceType', '')} {logical_id}")
            if status.endswith("_FAILED"):
                failures.append(f"{logical_id}: {reason or status}")
        if stack is None:
            raise DeploymentFailedError("the stack is gone while it was being looked at")
        if not stack.is_changing:
            break
        pause(LOOK_S)
    if stack.status not in _DONE:
        reasons = failures[:1] or [printable(stack.reason, _LONG) or "CloudFormation gives no reason"]
        raise DeploymentFailedError(f"The stack {stack.name} is {stack.status}. {reasons[0]}")
    return stack


def _events_after(client: Any, stack_id: str, since: str | None) -> Iterator[dict[str, Any]]:
    """Newest first."""
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        for event in page["StackEvents"]:
            if event["EventId"] == since:
                return
            yield event


def _change(told: Mapping[str, Any]) -> Change:
    return Change(
        action=told["Action"],
        logical_id=told["LogicalResourceId"],
        kind=told["ResourceType"],
        replaced=told.get("Replacement", "False") != "False",
    )
