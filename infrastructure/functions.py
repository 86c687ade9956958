"""The functions of the catalogue, each with a role and a log group of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infrastructure import packaging
from infrastructure.catalog import FUNCTIONS, Function, Grant
from infrastructure.log_groups import log_group
from infrastructure.settings import Settings
from infrastructure.storage import LONG_ANSWERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What functions may be granted a right to.

    Attributes:
        model_regions: regions or patterns as ``us-*``, in which models may be called.
    """

    bucket: s3.IBucket
    ledger: dynamodb.ITable
    answers: dynamodb.ITable
    bus: events.IEventBus
    model_regions: tuple[str, ...]


class Functions(Construct):
    """Every row of the catalogue; ``by_state`` finds a function by the state that invokes it."""

    def __init__(self, scope: Construct, construct_id: str, *, resources: Resources, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        layers = packaging.layers(self)
        environment = {
            "BRAINSWAP_BUCKET": resources.bucket.bucket_name,
            "BRAINSWAP_LEDGER_TABLE": resources.ledger.table_name,
            "BRAINSWAP_ANSWER_TABLE": resources.answers.table_name,
            "BRAINSWAP_ANSWER_TTL_DAYS": str(settings.answer_ttl_days),
            "BRAINSWAP_BUS": resources.bus.event_bus_name,
            "POWERTOOLS_SERVICE_NAME": "brainswap",
            "POWERTOOLS_LOG_LEVEL": settings.log_level,
        }
        self.by_state: Mapping[str, lambda_.Function] = {
            row.state: self._function(row, layers, environment, settings) for row in FUNCTIONS
        }
        for row in FUNCTIONS:
            for grant in sorted(row.grants):
                GRANTS[grant](self.by_state[row.state], resources)

    def _function(
        self,
        row: Function,
        layers: Mapping[str, lambda_.LayerVersion],
        environment: Mapping[str, str],
        settings: Settings,
    ) -> lambda_.Function:
        group = log_group(self, f"{row.state}Logs", settings)
        # A role that is passed in gets no managed policy; the right to write its own log is all that it starts with.
        role = iam.Role(self, f"{row.state}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        group.grant_write(role)
        return lambda_.Function(
            self,
            row.state,
            runtime=packaging.RUNTIME,
            architecture=packaging.ARCHITECTURE,
            handler=row.handler,
            code=packaging.code(),
            layers=[layers[name] for name in row.layers],
            memory_size=row.memory_mb,
            timeout=cdk.Duration.seconds(row.timeout_s),
            ephemeral_storage_size=cdk.Size.mebibytes(row.scratch_mb),
            role=role,
            log_group=group,
            tracing=lambda_.Tracing.ACTIVE,
            environment=environment,
        )


# The constructs' own grants for buckets hold wildcard actions, and those for tables more than the adapters call.


def _read_objects(prefix: str) -> Callable[[lambda_.Function, Resources], None]:
    def grant(function: lambda_.Function, resources: Resources) -> None:
        _allow(function, ["s3:GetObject"], [resources.bucket.arn_for_objects(f"{prefix}*")])
        # Without it S3 answers 403 where nothing is, and a missing file could not be told from a forbidden one.
        _allow(function, ["s3:ListBucket"], [resources.bucket.bucket_arn])

    return grant


def _write_objects(prefix: str) -> Callable[[lambda_.Function, Resources], None]:
    def grant(function: lambda_.Function, resources: Resources) -> None:
        actions = ["s3:PutObject", "s3:AbortMultipartUpload"]
        _allow(function, actions, [resources.bucket.arn_for_objects(f"{prefix}*")])

    return grant


def _write_ledger(function: lambda_.Function, resources: Resources) -> None:
    resources.ledger.grant(function, "dynamodb:UpdateItem")


def _read_answers(function: lambda_.Function, resources: Resources) -> None:
    resources.answers.grant(function, "dynamodb:BatchGetItem")
    _allow(function, ["s3:GetObject"], [resources.bucket.arn_for_objects(f"{LONG_ANSWERS}*")])


def _write_answers(function: lambda_.Function, resources: Resources) -> None:
    resources.answers.grant(function, "dynamodb:PutItem")
    _allow(function, ["s3:PutObject"], [resources.bucket.arn_for_objects(f"{LONG_ANSWERS}*")])


def _invoke_models(function: lambda_.Function, resources: Resources) -> None:
    # The kinds stand open because a workload names its models after the stack is deployed; regions bound them.
    _allow(
        function,
        ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
        [
            f"arn:{cdk.Aws.PARTITION}:bedrock:{region}:{account}:{kind}/*"
            for region in resources.model_regions
            for account, kind in (
                ("", "foundation-model"),
                (cdk.Aws.ACCOUNT_ID, "inference-profile"),
                (cdk.Aws.ACCOUNT_ID, "application-inference-profile"),
            )
        ],
    )


def _read_catalogue(function: lambda_.Function, _resources: Resources) -> None:
    # Bedrock knows no resource for these (service authorisation reference), and the catalogue is public anyway.
    actions = ["ListFoundationModels", "ListInferenceProfiles", "GetInferenceProfile", "GetFoundationModelAvailability"]
    _allow(function, [f"bedrock:{action}" for action in actions], ["*"])


def _announce(function: lambda_.Function, resources: Resources) -> None:
    resources.bus.grant_put_events_to(function)


def _allow(function: lambda_.Function, actions: list[str], resource_arns: list[str]) -> None:
    iam.Grant.add_to_principal(grantee=function, actions=actions, resource_arns=resource_arns).assert_success()


GRANTS: Mapping[Grant, Callable[[lambda_.Function, Resources], None]] = {
    Grant.READ_WORKLOADS: _read_objects("workloads/"),
    Grant.READ_RUNS: _read_objects("runs/"),
    Grant.WRITE_RUNS: _write_objects("runs/"),
    Grant.WRITE_LEDGER: _write_ledger,
    Grant.READ_ANSWERS: _read_answers,
    Grant.WRITE_ANSWERS: _write_answers,
    Grant.INVOKE_MODELS: _invoke_models,
    Grant.READ_CATALOGUE: _read_catalogue,
    Grant.ANNOUNCE: _announce,
}
