"""Batch inference: the role that Bedrock's jobs work with, and who may wake the tasks that wait for them."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infrastructure.catalog import FUNCTIONS, PORTAL, Grant
from infrastructure.reasons import MODELS_OF_WORKLOADS, OWN_FILES, allow

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
        allow(self.role, ["s3:GetObject"], [bucket.arn_for_objects(RECORDS)], because=OWN_FILES)
        allow(self.role, ["s3:PutObject"], [bucket.arn_for_objects(RESULTS)], because=OWN_FILES)
        allow(
            self.role,
            ["s3:ListBucket"],
            [bucket.bucket_arn],
            conditions={"StringLike": {"s3:prefix": ["runs/*/batch/*"]}},
        )
        allow(self.role, ["bedrock:InvokeModel"], model_arns(model_regions), because=MODELS_OF_WORKLOADS)


class TaskTellers(Construct):
    """Who may tell waiting tasks of the machine to go on."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Mapping[str, lambda_.Function],
        machine: sfn.StateMachine,
    ) -> None:
        super().__init__(scope, construct_id)
        # In a policy of its own: the machine waits for the functions, which wait for their roles' first policies.
        rows = [row for row in (*FUNCTIONS, PORTAL) if row.state in functions]
        tellers = [functions[row.state].role for row in rows if Grant.TELL_TASKS in row.grants]
        for number, role in enumerate(role for role in tellers if role is not None):
            policy = iam.Policy(self, f"Role{number}", roles=[role])
            allow(policy, ["states:SendTaskSuccess"], [machine.state_machine_arn])
