"""The state machine of a migration, with a role that may do what its states do."""

import json
from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infrastructure.log_groups import log_group
from infrastructure.reasons import (
    HISTORY_IS_KEPT,
    NO_RESOURCE,
    OWN_EXECUTIONS,
    OWN_FILES,
    acknowledge,
    acknowledge_wildcards,
    allow,
)
from infrastructure.settings import Settings
from infrastructure.storage import MAP_RUNS, Storage
from infrastructure.substitutions import BUCKET, LEDGER_TABLE, PARTITION, function_placeholder, states_of

DEFINITION = Path(__file__).resolve().parent.parent / "state_machines" / "migration.asl.json"


class Workflow(Construct):
    """The machine, its role and its log."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Mapping[str, lambda_.Function],
        storage: Storage,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        role = machine_role(self)
        self.machine = sfn.StateMachine(
            self,
            "Migration",
            definition_body=sfn.DefinitionBody.from_string(definition_of(DEFINITION)),
            definition_substitutions={
                PARTITION: cdk.Aws.PARTITION,
                BUCKET: storage.bucket.bucket_name,
                LEDGER_TABLE: storage.ledger.table_name,
                **{
                    function_placeholder(row.state): functions[row.state].function_arn for row in states_of("migration")
                },
            },
            state_machine_type=sfn.StateMachineType.STANDARD,
            role=role,
            logs=sfn.LogOptions(
                destination=log_group(self, "Logs", settings), level=sfn.LogLevel.ERROR, include_execution_data=False
            ),
            tracing_enabled=True,
        )
        acknowledge(self.machine, ["SF1"], HISTORY_IS_KEPT)
        acknowledge_wildcards(role, ["*"], NO_RESOURCE)  # delivery of logs and traces, which the construct grants
        invoked = [functions[row.state].function_arn for row in states_of("migration")]
        allow(role, ["lambda:InvokeFunction"], invoked)
        storage.ledger.grant(role, "dynamodb:UpdateItem")
        allow(role, ["s3:GetObject"], [storage.bucket.arn_for_objects("runs/*")], because=OWN_FILES)
        # What a ResultWriter needs, and reading it back when a map run is redriven.
        allow(
            role,
            ["s3:GetObject", "s3:PutObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"],
            [storage.bucket.arn_for_objects(f"{MAP_RUNS}*")],
            because=OWN_FILES,
        )
        self._allow_map_runs(role)

    def _allow_map_runs(self, role: iam.Role) -> None:
        """Let the machine run itself as the children of a Distributed Map.

        In a policy of its own: the machine waits for its role's first policy, and this one names the machine.
        """
        policy = iam.Policy(self, "MapRuns", roles=[role])
        stack = cdk.Stack.of(self)
        executions, children = (
            stack.format_arn(
                service="states",
                resource="execution",
                resource_name=f"{self.machine.state_machine_name}{of_map_runs}:*",
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            )
            for of_map_runs in ("", "/*")
        )
        self.machine.grant_start_execution(policy)
        allow(policy, ["states:DescribeExecution", "states:StopExecution"], [executions], because=OWN_EXECUTIONS)
        allow(policy, ["states:RedriveExecution"], [children], because=OWN_EXECUTIONS)


def machine_role(scope: Construct) -> iam.Role:
    """A role for executions of this account alone."""
    ours = {"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}}
    return iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com", conditions=ours))


def definition_of(file: Path) -> str:
    """The file without its white space, which would count towards the limits of templates."""
    return json.dumps(json.loads(file.read_text(encoding="utf-8")), separators=(",", ":"))
