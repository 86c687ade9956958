"""Which events concern the stack; imports no CDK."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

BUCKET = "${Bucket}"
MACHINE = "${StateMachine}"
ROLLOUT_MACHINE = "${RolloutMachine}"
"""Stand in a pattern for the name of the stack's bucket, and for the ARNs of its machines."""

LEGACY_ALARM = "ObservabilityLegacyModelUsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """Events that invoke a function.

    Attributes:
        name: of the rule; one among those of the function.
        bus: the stack's own, or the account's, on which AWS's services tell what happens.
        pattern: as EventBridge reads it, with `BUCKET`, `MACHINE` and `ROLLOUT_MACHINE` in the place of what only the
            stack knows.
    """

    name: str
    bus: Literal["stack", "account"]
    pattern: Mapping[str, Any]


JOB_ENDED = EventRule(
    name="JobEnded",
    bus="account",
    pattern={
        "source": ["aws.bedrock"],
        "detail-type": ["Batch Inference Job State Change"],
        "detail": {"status": ["Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired"]},
    },
)
"""A batch inference job has ended, whoever started it."""

RUN_BROKE_OFF = EventRule(
    name="RunBrokeOff",
    bus="account",
    pattern={
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": ["FAILED", "TIMED_OUT", "ABORTED"], "stateMachineArn": [MACHINE]},
    },
)
"""An execution ended without a verdict."""

ROLLOUT_BROKE_OFF = EventRule(
    name="RolloutBrokeOff",
    bus="account",
    pattern={
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": ["FAILED", "TIMED_OUT", "ABORTED"], "stateMachineArn": [ROLLOUT_MACHINE]},
    },
)
"""A machine that moves traffic ended before its end; nobody watches the traffic any more."""

DECLARATION_UPLOADED = EventRule(
    name="DeclarationUploaded",
    bus="account",
    pattern={
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [BUCKET]}, "object": {"key": [{"wildcard": "workloads/*/workload.yaml"}]}},
    },
)
"""The last file of a version of a workload is there."""

HEALTH_OF_BEDROCK = EventRule(
    name="HealthOfBedrock",
    bus="account",
    pattern={"source": ["aws.health"], "detail-type": ["AWS Health Event"], "detail": {"service": ["BEDROCK"]}},
)
"""AWS says something of Bedrock, such as that a model goes; only a reason to look."""

LEGACY_MODEL_USED = EventRule(
    name="LegacyModelUsed",
    bus="account",
    pattern={
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        # CloudFormation names an alarm after the stack and what it is called there.
        "detail": {"alarmName": [{"wildcard": f"*{LEGACY_ALARM}*"}], "state": {"value": ["ALARM"]}},
    },
)
"""Somebody in the account calls a model that goes; only a reason to look."""

TRIGGERING = EventRule(
    name="Triggering",
    bus="stack",
    pattern={
        "source": ["brainswap"],
        "detail-type": [
            "Model Released",
            "Model Became Legacy",
            "End Of Life Dated",
            "Price Changed",
            "Workload Registered",
            "Migration Decided",
            "Migration Failed",
        ],
    },
)
"""What the stack's own functions tell that may ask for a migration, or end one."""

MIGRATION_REQUESTED = EventRule(
    name="MigrationRequested", bus="stack", pattern={"detail-type": ["Migration Requested"]}
)
"""Somebody asks for a migration, whoever may put events on the bus."""


def own(name: str, *kinds: str) -> EventRule:
    """Events of these kinds that the stack's functions, or people, put on its own bus."""
    return EventRule(name=name, bus="stack", pattern={"detail-type": list(kinds)})


def filled(pattern: Any, values: Mapping[str, str]) -> Any:
    """The pattern with a value for every placeholder, such as `BUCKET`, that ``values`` holds."""
    match pattern:
        case str():
            return values.get(pattern, pattern)
        case dict():
            return {key: filled(value, values) for key, value in pattern.items()}
        case list():
            return [filled(value, values) for value in pattern]
        case _:
            return pattern


def scheduled(state: str) -> Mapping[str, Any]:
    """What a schedule hands to the function that it invokes: formed as an event."""
    return {"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": {"function": state}}
