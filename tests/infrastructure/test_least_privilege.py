from collections.abc import Mapping

import pytest

from infrastructure.catalog import FUNCTIONS, Function, Grant
from infrastructure.substitutions import states_of
from tests.infrastructure.conftest import SCORING
from tests.infrastructure.templates import Template, listed, of_type, permissions, statements, text_of

BUCKET = "${StorageBucket.Arn}"
LEDGER = "${StorageLedger.Arn}"
ANSWERS = "${StorageAnswers.Arn}"

Permissions = frozenset[tuple[str, str]]


def _on(resource: str, *actions: str) -> Permissions:
    return frozenset((action, resource) for action in actions)


MODELS = (
    "arn:${AWS::Partition}:bedrock:*::foundation-model/*",
    "arn:${AWS::Partition}:bedrock:*:${AWS::AccountId}:inference-profile/*",
    "arn:${AWS::Partition}:bedrock:*:${AWS::AccountId}:application-inference-profile/*",
)

GUARDRAILS = "arn:${AWS::Partition}:bedrock:*:${AWS::AccountId}:guardrail/*"
PROMPT_JOBS = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:advanced-prompt-optimization-job/*"
JOBS = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:model-invocation-job/*"

APPCONFIG = "arn:${AWS::Partition}:appconfig:${AWS::Region}:${AWS::AccountId}"
ROUTES = f"{APPCONFIG}:application/${{RoutesApplication}}"
PRODUCTION = f"{ROUTES}/environment/${{RoutesEnvironment}}"

EXPECTED: Mapping[Grant, Permissions] = {
    Grant.READ_WORKLOADS: _on(f"{BUCKET}/workloads/*", "s3:GetObject") | _on(BUCKET, "s3:ListBucket"),
    Grant.READ_ATTACHMENTS: frozenset(),
    Grant.READ_RUNS: _on(f"{BUCKET}/runs/*", "s3:GetObject") | _on(BUCKET, "s3:ListBucket"),
    Grant.READ_REPORTS: _on(BUCKET, "s3:ListBucket").union(
        *(
            _on(f"{BUCKET}/runs/*/{name}", "s3:GetObject")
            for name in ("report.*", "decision.json", "junit.xml", "cases.jsonl")
        )
    ),
    Grant.WRITE_RUNS: _on(f"{BUCKET}/runs/*", "s3:PutObject", "s3:AbortMultipartUpload"),
    Grant.RETAIN_REPORTS: frozenset(),  # until the settings say for how long
    Grant.READ_HISTORY: _on(f"{BUCKET}/history/*", "s3:GetObject") | _on(BUCKET, "s3:ListBucket"),
    Grant.WRITE_HISTORY: _on(f"{BUCKET}/history/*", "s3:PutObject", "s3:AbortMultipartUpload"),
    Grant.WRITE_LEDGER: _on(LEDGER, "dynamodb:UpdateItem"),
    Grant.READ_LEDGER: _on(LEDGER, "dynamodb:GetItem"),
    Grant.READ_ANSWERS: _on(ANSWERS, "dynamodb:BatchGetItem") | _on(f"{BUCKET}/answers/*", "s3:GetObject"),
    Grant.WRITE_ANSWERS: _on(ANSWERS, "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem")
    | _on(f"{BUCKET}/answers/*", "s3:PutObject"),
    Grant.INVOKE_MODELS: frozenset().union(
        *(_on(model, "bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream") for model in MODELS)
    ),
    Grant.APPLY_GUARDRAILS: _on(GUARDRAILS, "bedrock:ApplyGuardrail"),
    Grant.CHECK_HARM: _on("*", "bedrock:InvokeGuardrailChecks"),
    Grant.CALL_FUNCTIONS: frozenset(),  # until the settings name some
    Grant.READ_CATALOGUE: _on(
        "*",
        "bedrock:ListFoundationModels",
        "bedrock:ListInferenceProfiles",
        "bedrock:GetInferenceProfile",
    ),
    Grant.READ_ACCESS: _on("*", "bedrock:GetFoundationModelAvailability"),
    Grant.READ_TERMS: _on("*", "bedrock:GetAccountDataRetention"),
    Grant.READ_PRICES: _on("*", "bedrock:ListFoundationModelAgreementOffers", "pricing:GetProducts"),
    Grant.READ_QUOTAS: _on("*", "servicequotas:ListServiceQuotas", "servicequotas:ListAWSDefaultServiceQuotas"),
    Grant.READ_PROFILES: _on(f"{BUCKET}/profiles/*", "s3:GetObject") | _on(BUCKET, "s3:ListBucket"),
    Grant.WRITE_PROFILES: _on(f"{BUCKET}/profiles/*", "s3:PutObject", "s3:AbortMultipartUpload"),
    Grant.READ_KEYS: _on(
        "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:brainswap/*",
        "secretsmanager:GetSecretValue",
    ),
    Grant.CREATE_BATCHES: _on("${BatchRole.Arn}", "iam:PassRole").union(
        *(_on(place, "bedrock:CreateModelInvocationJob") for place in (*MODELS, JOBS))
    ),
    Grant.LOOK_AT_BATCHES: _on(JOBS, "bedrock:GetModelInvocationJob"),
    Grant.STOP_BATCHES: _on(JOBS, "bedrock:StopModelInvocationJob"),
    Grant.OPTIMISE_PROMPTS: _on("*", "bedrock:OptimizePrompt"),
    Grant.RUN_PROMPT_JOBS: _on(
        PROMPT_JOBS,
        "bedrock:CreateAdvancedPromptOptimizationJob",
        "bedrock:GetAdvancedPromptOptimizationJob",
    ),
    Grant.STOP_PROMPT_JOBS: _on(PROMPT_JOBS, "bedrock:StopAdvancedPromptOptimizationJob"),
    Grant.HAVE_JOBS_CALL_FUNCTIONS: frozenset(),  # until the settings name some
    Grant.TELL_TASKS: _on("${WorkflowMigration}", "states:SendTaskSuccess"),
    Grant.START_MIGRATIONS: _on("${WorkflowMigration}", "states:StartExecution")
    | _on(
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${WorkflowMigration.Name}:*",
        "states:DescribeExecution",
    ),
    Grant.KEEP_RECORDS: _on(LEDGER, "dynamodb:GetItem", "dynamodb:PutItem"),
    Grant.LIST_RECORDS: _on(LEDGER, "dynamodb:Query"),
    Grant.DROP_RECORDS: _on(LEDGER, "dynamodb:DeleteItem"),
    Grant.DEPLOY_ROUTES: _on(
        ROUTES,
        "appconfig:ListConfigurationProfiles",
        "appconfig:CreateConfigurationProfile",
        "appconfig:CreateHostedConfigurationVersion",
        "appconfig:ListDeployments",
        "appconfig:StopDeployment",
        "appconfig:StartDeployment",
    ).union(
        _on(
            f"{ROUTES}/configurationprofile/*",
            "appconfig:CreateHostedConfigurationVersion",
            "appconfig:StartDeployment",
        ),
        _on(PRODUCTION, "appconfig:ListDeployments", "appconfig:StopDeployment", "appconfig:StartDeployment"),
        _on(f"{PRODUCTION}/deployment/*", "appconfig:StopDeployment", "appconfig:StartDeployment"),
        _on(f"{APPCONFIG}:deploymentstrategy/${{RoutesStrategy}}", "appconfig:StartDeployment"),
    ),
    Grant.LOOK_AT_ROUTES: _on(ROUTES, "appconfig:ListDeployments") | _on(PRODUCTION, "appconfig:ListDeployments"),
    Grant.READ_OUTCOMES: _on("*", "cloudwatch:GetMetricData"),
    Grant.READ_PUBLISHED: _on(f"{BUCKET}/published/*", "s3:GetObject") | _on(BUCKET, "s3:ListBucket"),
    Grant.WRITE_PUBLISHED: _on(f"{BUCKET}/published/*", "s3:PutObject", "s3:AbortMultipartUpload"),
    Grant.READ_SAMPLES: _on(f"{BUCKET}/samples/*", "s3:GetObject") | _on(BUCKET, "s3:ListBucket"),
    Grant.START_ROLLOUTS: _on("${RolloutMachine}", "states:StartExecution"),
    Grant.ANNOUNCE: _on("${AnnouncementsBus.Arn}", "events:PutEvents"),
    Grant.SEND_MESSAGES: _on("${AnnouncementsReports}", "sns:Publish"),
}

TRACE = _on("*", "xray:PutTraceSegments", "xray:PutTelemetryRecords")

EVERY_MACHINE = frozenset().union(
    TRACE,
    _on("*", "xray:GetSamplingRules", "xray:GetSamplingTargets"),
    _on(
        "*",
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    ),
)


def _invoking(machine: str) -> Permissions:
    return frozenset().union(
        *(_on(f"${{Functions{row.state}.Arn}}", "lambda:InvokeFunction") for row in states_of(machine))
    )


ROLLOUT_ROLE = _invoking("rollout") | _on(LEDGER, "dynamodb:UpdateItem") | EVERY_MACHINE

MACHINE_ROLE = frozenset().union(
    _invoking("migration"),
    EVERY_MACHINE,
    _on(LEDGER, "dynamodb:UpdateItem"),
    _on(f"{BUCKET}/runs/*", "s3:GetObject"),
    _on(
        f"{BUCKET}/map-runs/*",
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListMultipartUploadParts",
        "s3:AbortMultipartUpload",
    ),
    _on("${WorkflowMigration}", "states:StartExecution"),
    _on(
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${WorkflowMigration.Name}:*",
        "states:DescribeExecution",
        "states:StopExecution",
    ),
    _on(
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${WorkflowMigration.Name}/*:*",
        "states:RedriveExecution",
    ),
)

NO_RESOURCE = "the service knows no resource for this action"
ANYWHERE: Mapping[str, str] = {
    "cloudwatch:GetMetricData": NO_RESOURCE,
    "bedrock:InvokeGuardrailChecks": "the checks belong to no guardrail",
    "bedrock:OptimizePrompt": "as in Amazon's own policy for it; it reads nothing and rewrites a text",
    "bedrock:ListFoundationModels": NO_RESOURCE,
    "bedrock:ListInferenceProfiles": NO_RESOURCE,
    "bedrock:GetInferenceProfile": "the profiles that a workload names are known only when it runs; reading is all",
    "bedrock:GetFoundationModelAvailability": NO_RESOURCE,
    "bedrock:GetAccountDataRetention": NO_RESOURCE,
    "bedrock:ListFoundationModelAgreementOffers": NO_RESOURCE,
    "pricing:GetProducts": NO_RESOURCE,
    "servicequotas:ListServiceQuotas": NO_RESOURCE,
    "servicequotas:ListAWSDefaultServiceQuotas": NO_RESOURCE,
    "xray:PutTraceSegments": NO_RESOURCE,
    "xray:PutTelemetryRecords": NO_RESOURCE,
    "xray:GetSamplingRules": NO_RESOURCE,
    "xray:GetSamplingTargets": NO_RESOURCE,
    "logs:CreateLogDelivery": NO_RESOURCE,
    "logs:GetLogDelivery": NO_RESOURCE,
    "logs:UpdateLogDelivery": NO_RESOURCE,
    "logs:DeleteLogDelivery": NO_RESOURCE,
    "logs:ListLogDeliveries": NO_RESOURCE,
    "logs:PutResourcePolicy": NO_RESOURCE,
    "logs:DescribeResourcePolicies": NO_RESOURCE,
    "logs:DescribeLogGroups": "vended logs ask for it without naming a group",
}
"""Why an action is allowed on every resource."""


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.state)
def test_a_function_may_do_what_its_row_grants_and_no_more(template: Template, row: Function) -> None:
    own_log = _on(f"${{Functions{row.state}Logs.Arn}}", "logs:CreateLogStream", "logs:PutLogEvents")
    granted = own_log.union(TRACE, *(EXPECTED[grant] for grant in row.grants))
    if row.events or row.every:
        granted |= _on("${TriggersUndelivered.Arn}", "sqs:SendMessage")

    assert permissions(template, f"Functions{row.state}Role") == granted


def test_the_machine_may_do_what_its_states_do_and_no_more(template: Template) -> None:
    assert permissions(template, "WorkflowRole") == MACHINE_ROLE
    assert permissions(template, "RolloutRole") == ROLLOUT_ROLE


def test_applications_may_read_routes_and_versions_report_outcomes_and_hand_over_samples_and_no_more(
    template: Template,
) -> None:
    (policy,) = of_type(template, "AWS::IAM::ManagedPolicy").values()

    said = policy["PolicyDocument"]["Statement"]
    allowed = {
        (action, text_of(resource))
        for it in said
        for action in listed(it["Action"])
        for resource in listed(it["Resource"])
    }
    assert allowed == _on(
        f"{PRODUCTION}/configuration/*", "appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration"
    ).union(
        _on(f"{BUCKET}/published/*", "s3:GetObject"),
        _on(f"{BUCKET}/samples/*", "s3:PutObject"),
        _on("*", "cloudwatch:PutMetricData"),
        _on(LEDGER, "dynamodb:UpdateItem"),
    )
    assert [it["Condition"] for it in said if "Condition" in it] == [
        {"StringEquals": {"cloudwatch:namespace": "Brainswap"}},
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["SHADOW#*"]}},
    ]


def test_every_grant_of_the_catalogue_is_expected_of_somebody() -> None:
    assert set(EXPECTED) == set(Grant)


def test_every_function_has_a_role_of_its_own(template: Template) -> None:
    roles = {name: text_of(it["Role"]) for name, it in of_type(template, "AWS::Lambda::Function").items()}

    assert roles == {f"Functions{row.state}": f"${{Functions{row.state}Role.Arn}}" for row in FUNCTIONS}
    assert set(of_type(template, "AWS::IAM::Role")) == {
        *(f"{name}Role" for name in roles),
        "WorkflowRole",
        "RolloutRole",
        "BatchRole",
        "TriggersScheduleRole",
    }


def test_a_role_is_assumed_by_its_service_alone(template: Template) -> None:
    for name, role in of_type(template, "AWS::IAM::Role").items():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        service = {
            "WorkflowRole": "states.amazonaws.com",
            "RolloutRole": "states.amazonaws.com",
            "BatchRole": "bedrock.amazonaws.com",
            "TriggersScheduleRole": "scheduler.amazonaws.com",
        }
        assert statement["Principal"] == {"Service": service.get(name, "lambda.amazonaws.com")}


def test_schedules_invoke_the_functions_that_have_one_and_nothing_else(template: Template) -> None:
    functions = {row.state for row in FUNCTIONS if row.every}

    assert permissions(template, "TriggersScheduleRole") == _on("${TriggersUndelivered.Arn}", "sqs:SendMessage").union(
        *(_on(f"${{Functions{state}.Arn}}", "lambda:InvokeFunction") for state in functions)
    )


def test_a_batch_job_of_another_account_cannot_work_with_the_role_of_ours(template: Template) -> None:
    (statement,) = of_type(template, "AWS::IAM::Role")["BatchRole"]["AssumeRolePolicyDocument"]["Statement"]

    conditions = {
        kind: {name: text_of(value) for name, value in it.items()} for kind, it in statement["Condition"].items()
    }
    assert conditions == {
        "StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"},
        "ArnLike": {"aws:SourceArn": JOBS},
    }


def test_a_batch_job_reads_records_writes_results_asks_models_and_nothing_else(template: Template) -> None:
    assert permissions(template, "BatchRole") == frozenset().union(
        _on(f"{BUCKET}/runs/*/batch/*/in/*", "s3:GetObject"),
        _on(f"{BUCKET}/runs/*/batch/*/out/*", "s3:PutObject"),
        _on(BUCKET, "s3:ListBucket"),
        *(_on(model, "bedrock:InvokeModel") for model in MODELS),
    )


def test_the_role_of_batch_jobs_is_passed_to_bedrock_alone(template: Template) -> None:
    passing = [it for it in statements(template, "FunctionsSubmitRole") if "iam:PassRole" in listed(it["Action"])]

    assert [it["Condition"] for it in passing] == [{"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}}]


def test_a_role_has_its_rights_from_policies_that_no_other_role_has(template: Template) -> None:
    for role in of_type(template, "AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role
        assert "Policies" not in role
    for policy in of_type(template, "AWS::IAM::Policy").values():
        assert len(policy["Roles"]) == 1


def test_no_right_stands_for_actions_that_are_not_written_down(template: Template) -> None:
    assert not [action for action, _ in _all_permissions(template) if "*" in action]


def test_a_right_to_everything_of_a_kind_has_a_reason(template: Template) -> None:
    assert {action for action, resource in _all_permissions(template) if resource == "*"} == set(ANYWHERE)


def test_keys_are_read_by_those_alone_who_ask_models() -> None:
    readers = {row.state for row in FUNCTIONS if Grant.READ_KEYS in row.grants}

    assert readers == {row.state for row in FUNCTIONS if Grant.INVOKE_MODELS in row.grants}


def test_functions_that_score_are_invoked_by_judge_and_prompt_jobs_alone_and_only_those_that_are_named(
    with_settings: Template,
) -> None:
    roles = [name for name in of_type(with_settings, "AWS::IAM::Role") if name.startswith("Functions")]
    invoking = {
        (role, resource)
        for role in roles
        for action, resource in permissions(with_settings, role)
        if action == "lambda:InvokeFunction"
    }
    assert invoking == {(f"Functions{state}Role", arn) for state in ("Judge", "Rewrite") for arn in SCORING}
    functions = of_type(with_settings, "AWS::Lambda::Function").values()
    assert {it["Environment"]["Variables"]["BRAINSWAP_SCORING_FUNCTIONS"] for it in functions} == {",".join(SCORING)}


def test_every_policy_only_allows(template: Template) -> None:
    for policy in of_type(template, "AWS::IAM::Policy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            assert not {"NotAction", "NotResource"} & set(statement)


def _all_permissions(template: Template) -> set[tuple[str, str]]:
    return {
        (action, text_of(resource))
        for policy in of_type(template, "AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
