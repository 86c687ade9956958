"""The functions of the catalogue, each with a role and a log group of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from infrastructure import packaging
from infrastructure.batches import job_arns, model_arns
from infrastructure.catalog import FUNCTIONS, PORTAL, Function, Grant
from infrastructure.log_groups import log_group
from infrastructure.reasons import (
    ANY_VERSION,
    LATER_JOBS,
    LATER_ROUTES,
    MODELS_OF_WORKLOADS,
    NO_RESOURCE,
    OWN_FILES,
    acknowledge,
    acknowledge_wildcards,
    allow,
)
from infrastructure.rollout import Routes
from infrastructure.settings import Settings
from infrastructure.storage import LONG_ANSWERS, SAMPLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What functions may be granted a right to.

    Attributes:
        attachment_buckets: names of those whose objects cases may name.
        model_regions: regions or patterns as ``us-*``, in which models may be called.
        scoring_functions: ARNs of customers' functions that scorers may invoke.
        retains_reports: reports are written so that they cannot be deleted for a while.
    """

    bucket: s3.IBucket
    ledger: dynamodb.ITable
    answers: dynamodb.ITable
    bus: events.IEventBus
    topic: sns.ITopic
    batch_role: iam.IRole
    attachment_buckets: tuple[str, ...]
    model_regions: tuple[str, ...]
    scoring_functions: tuple[str, ...]
    retains_reports: bool
    routes: Routes


class Functions(Construct):
    """Every row of the catalogue; ``by_state`` finds a function by the state that invokes it."""

    def __init__(self, scope: Construct, construct_id: str, *, resources: Resources, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        layers = packaging.layers(self)
        self._code = packaging.code()  # one for all: what it is made of is read once
        environment = {
            "BRAINSWAP_BUCKET": resources.bucket.bucket_name,
            "BRAINSWAP_LEDGER_TABLE": resources.ledger.table_name,
            "BRAINSWAP_ANSWER_TABLE": resources.answers.table_name,
            "BRAINSWAP_ANSWER_TTL_DAYS": str(settings.answer_ttl_days),
            "BRAINSWAP_BUS": resources.bus.event_bus_name,
            "BRAINSWAP_TOPIC": resources.topic.topic_arn,
            "BRAINSWAP_BATCH_ROLE": resources.batch_role.role_arn,
            "BRAINSWAP_SCORING_FUNCTIONS": ",".join(settings.scoring_functions),
            "BRAINSWAP_WATCH_REGIONS": ",".join(settings.watch_regions),
            "BRAINSWAP_MIGRATIONS_AT_ONCE": str(settings.migrations_at_once),
            "BRAINSWAP_METRICS_OF": cdk.Aws.STACK_NAME,
            "POWERTOOLS_SERVICE_NAME": "brainswap",
            "POWERTOOLS_LOG_LEVEL": settings.log_level,
            "PYDANTIC_DISABLE_PLUGINS": "__all__",  # there are none, and looking for them delays every start
        }
        rows = (*FUNCTIONS, PORTAL) if settings.portal else FUNCTIONS
        self.by_state: Mapping[str, lambda_.Function] = {
            row.state: self._function(row, layers, environment, settings, _routes(row, resources)) for row in rows
        }
        for row in rows:
            for grant in sorted(row.grants - GRANTED_WITH_THE_MACHINE):
                GRANTS[grant](self.by_state[row.state], resources)

    def _function(
        self,
        row: Function,
        layers: Mapping[str, lambda_.LayerVersion],
        environment: Mapping[str, str],
        settings: Settings,
        routes: Mapping[str, str],
    ) -> lambda_.Function:
        group = log_group(self, f"{row.state}Logs", settings)
        # A role that is passed in gets no managed policy; the right to write its own log is all that it starts with.
        role = iam.Role(self, f"{row.state}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        group.grant_write(role)
        acknowledge_wildcards(role, ["*"], NO_RESOURCE)  # traces, which the construct grants
        function = lambda_.Function(
            self,
            row.state,
            runtime=packaging.RUNTIME,
            architecture=packaging.ARCHITECTURE,
            handler=row.handler,
            code=self._code,
            layers=[layers[name] for name in row.layers],
            memory_size=row.memory_mb,
            timeout=cdk.Duration.seconds(row.timeout_s),
            ephemeral_storage_size=cdk.Size.mebibytes(row.scratch_mb),
            role=role,
            log_group=group,
            tracing=lambda_.Tracing.ACTIVE,
            environment={**environment, **_endpoints(row, settings), **_retention(row, settings), **routes},
        )
        acknowledge(
            function,
            ["L1"],
            "Bytecode and layers are built for this version of Python, and a new one is taken with its compiler.",
        )
        return function


def _endpoints(row: Function, settings: Settings) -> dict[str, str]:
    """Where models are that are not on Bedrock, for those who may read a key to them."""
    if settings.openai_base_url is None or Grant.READ_KEYS not in row.grants:
        return {}
    return {"OPENAI_BASE_URL": settings.openai_base_url}


def _routes(row: Function, resources: Resources) -> dict[str, str]:
    """Where routes are, for those who deploy them or look at them."""
    return resources.routes.environment if {Grant.DEPLOY_ROUTES, Grant.LOOK_AT_ROUTES} & row.grants else {}


def _retention(row: Function, settings: Settings) -> dict[str, str]:
    """For how long what people sign is kept, for whoever writes it."""
    if settings.retention is None or Grant.RETAIN_REPORTS not in row.grants:
        return {}
    return {"BRAINSWAP_RETENTION": settings.retention}


# The constructs' own grants for buckets hold wildcard actions, and those for tables more than the adapters call.


def _read_objects(prefix: str) -> Callable[[lambda_.Function, Resources], None]:
    def grant(function: lambda_.Function, resources: Resources) -> None:
        allow(function, ["s3:GetObject"], [resources.bucket.arn_for_objects(f"{prefix}*")], because=OWN_FILES)
        # Without it S3 answers 403 where nothing is, and a missing file could not be told from a forbidden one.
        allow(function, ["s3:ListBucket"], [resources.bucket.bucket_arn])

    return grant


def _read_reports(function: lambda_.Function, resources: Resources) -> None:
    names = ("report.*", "decision.json", "junit.xml", "cases.jsonl")
    allow(
        function,
        ["s3:GetObject"],
        [resources.bucket.arn_for_objects(f"runs/*/{name}") for name in names],
        because=OWN_FILES,
    )
    allow(function, ["s3:ListBucket"], [resources.bucket.bucket_arn])


def _read_attachments(function: lambda_.Function, resources: Resources) -> None:
    for name in resources.attachment_buckets:
        allow(
            function,
            ["s3:GetObject"],
            [f"arn:{cdk.Aws.PARTITION}:s3:::{name}/*"],
            because="The buckets of attachments that the settings name, to be read.",
        )


def _write_objects(prefix: str) -> Callable[[lambda_.Function, Resources], None]:
    def grant(function: lambda_.Function, resources: Resources) -> None:
        actions = ["s3:PutObject", "s3:AbortMultipartUpload"]
        allow(function, actions, [resources.bucket.arn_for_objects(f"{prefix}*")], because=OWN_FILES)

    return grant


def _retain_reports(function: lambda_.Function, resources: Resources) -> None:
    if resources.retains_reports:
        final = ("runs/*/report.*", "runs/*/decision.json")
        allow(
            function,
            ["s3:PutObjectRetention"],
            [resources.bucket.arn_for_objects(name) for name in final],
            because=OWN_FILES,
        )


def _write_ledger(function: lambda_.Function, resources: Resources) -> None:
    resources.ledger.grant(function, "dynamodb:UpdateItem")


def _read_ledger(function: lambda_.Function, resources: Resources) -> None:
    resources.ledger.grant(function, "dynamodb:GetItem")


def _keep_records(function: lambda_.Function, resources: Resources) -> None:
    resources.ledger.grant(function, "dynamodb:GetItem", "dynamodb:PutItem")


def _list_records(function: lambda_.Function, resources: Resources) -> None:
    resources.ledger.grant(function, "dynamodb:Query")


def _drop_records(function: lambda_.Function, resources: Resources) -> None:
    resources.ledger.grant(function, "dynamodb:DeleteItem")


def _read_answers(function: lambda_.Function, resources: Resources) -> None:
    resources.answers.grant(function, "dynamodb:BatchGetItem")
    allow(function, ["s3:GetObject"], [resources.bucket.arn_for_objects(f"{LONG_ANSWERS}*")], because=OWN_FILES)


def _write_answers(function: lambda_.Function, resources: Resources) -> None:
    resources.answers.grant(function, "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem")
    allow(function, ["s3:PutObject"], [resources.bucket.arn_for_objects(f"{LONG_ANSWERS}*")], because=OWN_FILES)


def _invoke_models(function: lambda_.Function, resources: Resources) -> None:
    # The kinds stand open because a workload names its models after the stack is deployed; regions bound them.
    actions = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    allow(function, actions, model_arns(resources.model_regions), because=MODELS_OF_WORKLOADS)


def _apply_guardrails(function: lambda_.Function, resources: Resources) -> None:
    guardrails = [
        f"arn:{cdk.Aws.PARTITION}:bedrock:{region}:{cdk.Aws.ACCOUNT_ID}:guardrail/*"
        for region in resources.model_regions
    ]
    allow(function, ["bedrock:ApplyGuardrail"], guardrails, because=MODELS_OF_WORKLOADS)


def _check_harm(function: lambda_.Function, _resources: Resources) -> None:
    allow(function, ["bedrock:InvokeGuardrailChecks"], ["*"], because=NO_RESOURCE)  # which belong to no guardrail


def _call_functions(function: lambda_.Function, resources: Resources) -> None:
    if resources.scoring_functions:
        allow(function, ["lambda:InvokeFunction"], resources.scoring_functions, because=ANY_VERSION)


def _create_batches(function: lambda_.Function, resources: Resources) -> None:
    create = ["bedrock:CreateModelInvocationJob"]
    allow(function, create, model_arns(resources.model_regions), because=MODELS_OF_WORKLOADS)
    allow(function, create, [job_arns()], because=LATER_JOBS)
    allow(
        function,
        ["iam:PassRole"],
        [resources.batch_role.role_arn],
        conditions={"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}},
    )


def _look_at_batches(function: lambda_.Function, _resources: Resources) -> None:
    allow(function, ["bedrock:GetModelInvocationJob"], [job_arns()], because=LATER_JOBS)


def _stop_batches(function: lambda_.Function, _resources: Resources) -> None:
    allow(function, ["bedrock:StopModelInvocationJob"], [job_arns()], because=LATER_JOBS)


def _prompt_jobs() -> str:
    """Every job of Advanced Prompt Optimization of the account in the stack's region."""
    region, account = cdk.Aws.REGION, cdk.Aws.ACCOUNT_ID
    return f"arn:{cdk.Aws.PARTITION}:bedrock:{region}:{account}:advanced-prompt-optimization-job/*"


def _optimise_prompts(function: lambda_.Function, _resources: Resources) -> None:
    allow(function, ["bedrock:OptimizePrompt"], ["*"], because=NO_RESOURCE)  # as in Amazon's own policy for it


def _run_prompt_jobs(function: lambda_.Function, _resources: Resources) -> None:
    # A job has no role: it asks models, reads the record and writes its results with the rights of this function.
    actions = ["bedrock:CreateAdvancedPromptOptimizationJob", "bedrock:GetAdvancedPromptOptimizationJob"]
    allow(function, actions, [_prompt_jobs()], because=LATER_JOBS)


def _stop_prompt_jobs(function: lambda_.Function, _resources: Resources) -> None:
    allow(function, ["bedrock:StopAdvancedPromptOptimizationJob"], [_prompt_jobs()], because=LATER_JOBS)


def _have_jobs_call_functions(function: lambda_.Function, resources: Resources) -> None:
    if resources.scoring_functions:
        actions = ["lambda:InvokeFunction", "lambda:GetFunction"]  # the optimiser reads the code that scores
        allow(function, actions, resources.scoring_functions, because=ANY_VERSION)


def _read_catalogue(function: lambda_.Function, _resources: Resources) -> None:
    # Bedrock knows no resource for these (service authorisation reference), and the catalogue is public anyway.
    actions = ["ListFoundationModels", "ListInferenceProfiles", "GetInferenceProfile"]
    allow(function, [f"bedrock:{action}" for action in actions], ["*"], because=NO_RESOURCE)


def _read_access(function: lambda_.Function, _resources: Resources) -> None:
    allow(function, ["bedrock:GetFoundationModelAvailability"], ["*"], because=NO_RESOURCE)


def _read_terms(function: lambda_.Function, _resources: Resources) -> None:
    allow(function, ["bedrock:GetAccountDataRetention"], ["*"], because=NO_RESOURCE)


def _read_prices(function: lambda_.Function, _resources: Resources) -> None:
    allow(function, ["bedrock:ListFoundationModelAgreementOffers", "pricing:GetProducts"], ["*"], because=NO_RESOURCE)


def _read_quotas(function: lambda_.Function, _resources: Resources) -> None:
    allow(
        function,
        ["servicequotas:ListServiceQuotas", "servicequotas:ListAWSDefaultServiceQuotas"],
        ["*"],
        because=NO_RESOURCE,
    )


def _read_keys(function: lambda_.Function, _resources: Resources) -> None:
    place = f"arn:{cdk.Aws.PARTITION}:secretsmanager:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}"
    allow(
        function,
        ["secretsmanager:GetSecretValue"],
        [f"{place}:secret:brainswap/*"],
        because="Keys that workloads name, under the one prefix that is for them.",
    )


def _deploy_routes(function: lambda_.Function, resources: Resources) -> None:
    # AppConfig asks for a right to everything that an action is about (service authorisation reference).
    routes = resources.routes
    inside = [routes.application_arn, routes.environment_arn]
    profiles = [routes.application_arn, routes.profiles_arn]
    allow(
        function,
        ["appconfig:ListConfigurationProfiles", "appconfig:CreateConfigurationProfile"],
        [routes.application_arn],
    )
    allow(function, ["appconfig:CreateHostedConfigurationVersion"], profiles, because=LATER_ROUTES)
    _look_at_routes(function, resources)
    allow(function, ["appconfig:StopDeployment"], [*inside, routes.deployments_arn], because=LATER_ROUTES)
    started = [*inside, routes.profiles_arn, routes.deployments_arn, routes.strategy_arn]
    allow(function, ["appconfig:StartDeployment"], started, because=LATER_ROUTES)


def _look_at_routes(function: lambda_.Function, resources: Resources) -> None:
    routes = resources.routes
    allow(function, ["appconfig:ListDeployments"], [routes.application_arn, routes.environment_arn])


def _read_outcomes(function: lambda_.Function, _resources: Resources) -> None:
    allow(
        function, ["cloudwatch:GetMetricData"], ["*"], because=NO_RESOURCE
    )  # CloudWatch knows no resource for reading metrics


def _announce(function: lambda_.Function, resources: Resources) -> None:
    resources.bus.grant_put_events_to(function)


def _send_messages(function: lambda_.Function, resources: Resources) -> None:
    allow(function, ["sns:Publish"], [resources.topic.topic_arn])


GRANTED_WITH_THE_MACHINE = frozenset({Grant.TELL_TASKS, Grant.START_ROLLOUTS, Grant.START_MIGRATIONS})
GRANTS: Mapping[Grant, Callable[[lambda_.Function, Resources], None]] = {
    Grant.READ_WORKLOADS: _read_objects("workloads/"),
    Grant.READ_ATTACHMENTS: _read_attachments,
    Grant.READ_RUNS: _read_objects("runs/"),
    Grant.READ_REPORTS: _read_reports,
    Grant.WRITE_RUNS: _write_objects("runs/"),
    Grant.RETAIN_REPORTS: _retain_reports,
    Grant.READ_HISTORY: _read_objects("history/"),
    Grant.WRITE_HISTORY: _write_objects("history/"),
    Grant.WRITE_LEDGER: _write_ledger,
    Grant.READ_LEDGER: _read_ledger,
    Grant.READ_ANSWERS: _read_answers,
    Grant.WRITE_ANSWERS: _write_answers,
    Grant.INVOKE_MODELS: _invoke_models,
    Grant.APPLY_GUARDRAILS: _apply_guardrails,
    Grant.CHECK_HARM: _check_harm,
    Grant.CALL_FUNCTIONS: _call_functions,
    Grant.READ_CATALOGUE: _read_catalogue,
    Grant.READ_ACCESS: _read_access,
    Grant.READ_TERMS: _read_terms,
    Grant.READ_PRICES: _read_prices,
    Grant.READ_QUOTAS: _read_quotas,
    Grant.READ_PROFILES: _read_objects("profiles/"),
    Grant.WRITE_PROFILES: _write_objects("profiles/"),
    Grant.READ_KEYS: _read_keys,
    Grant.CREATE_BATCHES: _create_batches,
    Grant.LOOK_AT_BATCHES: _look_at_batches,
    Grant.STOP_BATCHES: _stop_batches,
    Grant.OPTIMISE_PROMPTS: _optimise_prompts,
    Grant.RUN_PROMPT_JOBS: _run_prompt_jobs,
    Grant.STOP_PROMPT_JOBS: _stop_prompt_jobs,
    Grant.HAVE_JOBS_CALL_FUNCTIONS: _have_jobs_call_functions,
    Grant.KEEP_RECORDS: _keep_records,
    Grant.LIST_RECORDS: _list_records,
    Grant.DROP_RECORDS: _drop_records,
    Grant.DEPLOY_ROUTES: _deploy_routes,
    Grant.LOOK_AT_ROUTES: _look_at_routes,
    Grant.READ_OUTCOMES: _read_outcomes,
    Grant.READ_PUBLISHED: _read_objects("published/"),
    Grant.WRITE_PUBLISHED: _write_objects("published/"),
    Grant.READ_SAMPLES: _read_objects(SAMPLES),
    Grant.ANNOUNCE: _announce,
    Grant.SEND_MESSAGES: _send_messages,
}
