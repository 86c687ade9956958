"""Batch inference: the role that Bedrock's jobs work with, and the events that tell how they and runs end."""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infrastructure.catalog import FUNCTIONS, Grant
from infrastructure.event_patterns import JOB_ENDED, RUN_BROKE_OFF

RECORDS = "runs/*/batch/*/in/*"
RESULTS = "runs/*/batch/*/out/*"
"""Keys of what jobs read and of what they write."""


def model_arns(regions: Sequence[str]) -> list[str]:
    """Every model and inference profile in these regions, which may be patterns."""
    return [
        f"arn:{cdk.Aws.PARTITION}:bedrock:{region}:{account}:{kind}/*"
        for region in regions
        for account, kind in (
            ("", "foundation-model"),
            (cdk.Aws.ACCOUNT_ID, "inference-profile"),
            (cdk.Aws.ACCOUNT_ID, "application-inference-profile"),
        )
    ]


def job_arns() -> str:
    """Every batch job of the account in the stack's region."""
    return f"arn:{cdk.Aws.PARTITION}:bedrock:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:model-invocation-job/*"


class BatchRole(Construct):
    """What a batch job may do: read its records, ask models, write its results."""

    def __init__(
        self, scope: Construct, construct_id: str, *, bucket: s3.IBucket, model_regions: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "bedrock.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID},
                    "ArnLike": {"aws:SourceArn": job_arns()},
                },
            ),
        )
        _allow(self.role, ["s3:GetObject"], [bucket.arn_for_objects(RECORDS)])
        _allow(self.role, ["s3:PutObject"], [bucket.arn_for_objects(RESULTS)])
        _allow(
            self.role,
            ["s3:ListBucket"],
            [bucket.bucket_arn],
            conditions={"StringLike": {"s3:prefix": ["runs/*/batch/*"]}},
        )
        _allow(self.role, ["bedrock:InvokeModel"], model_arns(model_regions))


class BatchEvents(Construct):
    """Who is told when a batch job has ended, and when a run that has jobs broke off."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Mapping[str, lambda_.Function],
        machine: sfn.StateMachine,
    ) -> None:
        super().__init__(scope, construct_id)
        undelivered = sqs.Queue(
            self,
            "Undelivered",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        target = targets.LambdaFunction(
            functions["Resume"],
            dead_letter_queue=undelivered,
            max_event_age=cdk.Duration.hours(6),
            retry_attempts=10,
        )
        for name, pattern in {
            "JobEnded": _pattern(JOB_ENDED),
            "RunBrokeOff": _pattern(RUN_BROKE_OFF, stateMachineArn=[machine.state_machine_arn]),
        }.items():
            events.Rule(self, name, event_pattern=pattern, targets=[target])
        # In a policy of its own: the machine waits for the functions, which wait for their roles' first policies.
        tellers = [functions[row.state].role for row in FUNCTIONS if Grant.TELL_TASKS in row.grants]
        for number, role in enumerate(role for role in tellers if role is not None):
            policy = iam.Policy(self, f"TellTasks{number}", roles=[role])
            _allow(policy, ["states:SendTaskSuccess"], [machine.state_machine_arn])


def _pattern(told: Mapping[str, Sequence[str]], **detail: Sequence[str]) -> events.EventPattern:
    return events.EventPattern(
        source=list(told["source"]),
        detail_type=list(told["detail-type"]),
        detail={"status": list(told["status"]), **detail},
    )


def _allow(grantee: iam.IGrantable, actions: list[str], resource_arns: list[str], **more: Any) -> None:
    iam.Grant.add_to_principal(grantee=grantee, actions=actions, resource_arns=resource_arns, **more).assert_success()
