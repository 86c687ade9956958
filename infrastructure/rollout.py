"""Moving traffic: where routes are told to applications, the machine that changes them, and who may read them."""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_appconfig as appconfig
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infrastructure.catalog import FUNCTIONS, Grant
from infrastructure.encryption import USES
from infrastructure.log_groups import log_group
from infrastructure.reasons import (
    HISTORY_IS_KEPT,
    LATER_ROUTES,
    NO_RESOURCE,
    OWN_FILES,
    acknowledge,
    acknowledge_wildcards,
    allow,
)
from infrastructure.settings import Settings
from infrastructure.storage import SAMPLES
from infrastructure.substitutions import LEDGER_TABLE, PARTITION, function_placeholder, states_of
from infrastructure.workflow import definition_of, machine_role

DEFINITION = Path(__file__).resolve().parent.parent / "state_machines" / "rollout.asl.json"
ENVIRONMENT = "production"
NAMESPACE = "Brainswap"


class Routes(Construct):
    """An application of AppConfig with one environment; workloads get their configurations when traffic first moves.

    Deployments reach all clients at once, and bake nothing: the document says itself how far the traffic has moved, and
    a deployment that bakes would have to be broken off before the next one, or before the way back.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket: s3.IBucket,
        ledger: dynamodb.ITable,
        key_arn: str | None,
    ) -> None:
        super().__init__(scope, construct_id)
        # Named, because applications have to find them.
        stack = cdk.Stack.of(self)
        application = appconfig.CfnApplication(self, "Application", name=stack.stack_name)
        environment = appconfig.CfnEnvironment(self, "Environment", application_id=application.ref, name=ENVIRONMENT)
        # AppConfig deletes no application that holds configurations, and those who read them shall not notice.
        for each in (application, environment):
            each.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        strategy = appconfig.CfnDeploymentStrategy(
            self,
            "Strategy",
            name=f"{stack.stack_name}-at-once",
            deployment_duration_in_minutes=0,
            final_bake_time_in_minutes=0,
            growth_factor=100,
            growth_type="LINEAR",
            replicate_to="NONE",
        )
        place = f"arn:{cdk.Aws.PARTITION}:appconfig:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}"
        self.application_arn = f"{place}:application/{application.ref}"
        self.profiles_arn = f"{self.application_arn}/configurationprofile/*"
        self.environment_arn = f"{self.application_arn}/environment/{environment.ref}"
        self.deployments_arn = f"{self.environment_arn}/deployment/*"
        self.strategy_arn = f"{place}:deploymentstrategy/{strategy.ref}"
        self.environment = {
            "BRAINSWAP_ROUTES_APPLICATION": application.ref,
            "BRAINSWAP_ROUTES_ENVIRONMENT": environment.ref,
            "BRAINSWAP_ROUTES_STRATEGY": strategy.ref,
        }
        self.readers = self._readers(bucket, ledger, key_arn)

    def _readers(self, bucket: s3.IBucket, ledger: dynamodb.ITable, key_arn: str | None) -> iam.CfnManagedPolicy:
        """What an application that uses the client needs; nothing of the stack holds it."""
        configurations, versions = f"{self.environment_arn}/configuration/*", bucket.arn_for_objects("published/*")
        samples = bucket.arn_for_objects(f"{SAMPLES}*")
        document = iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    actions=["appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration"],
                    resources=[configurations],
                ),
                iam.PolicyStatement(actions=["s3:GetObject"], resources=[versions]),
                # What a roll-out with a judge samples; nobody can read it, list it or write anywhere else.
                iam.PolicyStatement(actions=["s3:PutObject"], resources=[samples]),
                iam.PolicyStatement(
                    actions=["cloudwatch:PutMetricData"],
                    resources=["*"],
                    conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
                ),
                iam.PolicyStatement(  # to count together what the shadows of roll-outs ask, and nothing else
                    actions=["dynamodb:UpdateItem"],
                    resources=[ledger.table_arn],
                    conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["SHADOW#*"]}},
                ),
            ]
        )
        if key_arn is not None:
            document.add_statements(iam.PolicyStatement(actions=list(USES), resources=[key_arn]))
        policy = iam.CfnManagedPolicy(
            self,
            "Readers",
            description="Read routes and published versions of Brainswap, and report what became of requests.",
            policy_document=document,
        )
        acknowledge_wildcards(policy, [configurations], LATER_ROUTES)
        acknowledge_wildcards(policy, [versions, samples], OWN_FILES)
        acknowledge_wildcards(policy, ["*"], NO_RESOURCE)
        return policy


class Rollout(Construct):
    """The machine that moves traffic, its role and its log."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Mapping[str, lambda_.Function],
        ledger: dynamodb.ITable,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        role = machine_role(self)
        invoked = {row.state: functions[row.state].function_arn for row in states_of("rollout")}
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            definition_body=sfn.DefinitionBody.from_string(definition_of(DEFINITION)),
            definition_substitutions={
                PARTITION: cdk.Aws.PARTITION,
                LEDGER_TABLE: ledger.table_name,
                **{function_placeholder(state): arn for state, arn in invoked.items()},
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
        allow(role, ["lambda:InvokeFunction"], list(invoked.values()))
        ledger.grant(role, "dynamodb:UpdateItem")
        for row in FUNCTIONS:
            if Grant.START_ROLLOUTS in row.grants:
                function = functions[row.state]
                function.add_environment("BRAINSWAP_ROLLOUT_MACHINE", self.machine.state_machine_arn)
                self.machine.grant_start_execution(function)
