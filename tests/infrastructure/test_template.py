import importlib.util
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from brainswap.adapters import embedded_metrics
from brainswap.report.model import Verdict
from infrastructure.catalog import FUNCTIONS, Function, Grant
from infrastructure.event_patterns import BUCKET as BUCKET_OF_PATTERNS
from infrastructure.event_patterns import LEGACY_ALARM, EventRule, filled, scheduled
from infrastructure.event_patterns import MACHINE as MACHINE_OF_PATTERNS
from infrastructure.substitutions import states_of, substitution_names
from tests.infrastructure.templates import Synthesise, Template, listed, of_type, permissions, text_of

BUCKET = "AWS::S3::Bucket"
TABLE = "AWS::DynamoDB::Table"
FUNCTION = "AWS::Lambda::Function"
LAYER = "AWS::Lambda::LayerVersion"
LOG_GROUP = "AWS::Logs::LogGroup"
MACHINE = "AWS::StepFunctions::StateMachine"
REFERRING = {"AWS::Lambda::Permission", "AWS::Lambda::EventInvokeConfig"}  # to a function, by its name
ROLE = "AWS::IAM::Role"
RULE = "AWS::Events::Rule"

MACHINES = {"migration": "WorkflowMigration", "rollout": "RolloutMachine"}
"""What the template calls them."""

ROUTES = {
    "BRAINSWAP_ROUTES_APPLICATION": "${RoutesApplication}",
    "BRAINSWAP_ROUTES_ENVIRONMENT": "${RoutesEnvironment}",
    "BRAINSWAP_ROUTES_STRATEGY": "${RoutesStrategy}",
}
LOGS = {"migration": "WorkflowLogs", "rollout": "RolloutLogs"}

UNDELIVERED = "${TriggersUndelivered.Arn}"

INVOKED_LATER = [row for row in FUNCTIONS if row.events or row.every]

each_machine = pytest.mark.parametrize("machine", MACHINES)
each_function = pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.state)
"""Runs a test for every row of the catalogue."""


# Storage


def test_the_bucket_is_encrypted_versioned_and_closed(template: Template) -> None:
    bucket = of_type(template, BUCKET)["StorageBucket"]

    encryption = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert [rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in encryption] == ["AES256"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert bucket["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_a_bucket_has_no_object_lock_unless_asked(template: Template) -> None:
    assert "ObjectLockEnabled" not in of_type(template, BUCKET)["StorageBucket"]


def test_with_a_number_of_days_reports_are_locked_and_only_report_may_do_it(with_options: Template) -> None:
    template = with_options

    bucket = of_type(template, BUCKET)["StorageBucket"]
    told = {
        name: function["Environment"]["Variables"].get("BRAINSWAP_RETENTION")
        for name, function in of_type(template, FUNCTION).items()
    }
    allowed = {
        (role, resource)
        for role in of_type(template, ROLE)
        for action, resource in permissions(template, role)
        if action == "s3:PutObjectRetention"
    }
    assert bucket["ObjectLockEnabled"] is True
    assert "ObjectLockConfiguration" not in bucket, "only what people sign is locked"
    assert {name: value for name, value in told.items() if value} == {"FunctionsReport": "COMPLIANCE 365"}
    final = ("report.*", "decision.json")
    assert allowed == {("FunctionsReportRole", f"${{StorageBucket.Arn}}/runs/*/{name}") for name in final}


def test_the_bucket_refuses_whoever_comes_without_tls(template: Template) -> None:
    (policy,) = of_type(template, "AWS::S3::BucketPolicy").values()

    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == {"AWS": "*"}
    assert statement["Action"] == "s3:*"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert list(map(text_of, statement["Resource"])) == ["${StorageBucket.Arn}", "${StorageBucket.Arn}/*"]


def test_the_bucket_forgets_what_nobody_will_read_again_and_nothing_else(template: Template) -> None:
    rules = of_type(template, BUCKET)["StorageBucket"]["LifecycleConfiguration"]["Rules"]

    enabled = {"Status": "Enabled"}
    assert rules == [
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 30}, "ExpiredObjectDeleteMarker": True, **enabled},
        {"Prefix": "map-runs/", "ExpirationInDays": 30, **enabled},
        {"Prefix": "answers/", "ExpirationInDays": 90 + 30, **enabled},
        {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}, **enabled},
    ]


def test_the_machine_writes_where_the_bucket_forgets(template: Template) -> None:
    machine = of_type(template, MACHINE)[MACHINES["migration"]]

    evaluate = json.loads(machine["DefinitionString"])["States"]["Evaluate"]

    assert evaluate["ResultWriter"]["Parameters"]["Prefix"] + "/" == "map-runs/"


@pytest.mark.parametrize("name", ["StorageLedger", "StorageAnswers"])
def test_a_table_is_encrypted_recoverable_and_paid_by_request(template: Template, name: str) -> None:
    table = of_type(template, TABLE)[name]

    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_tables_have_the_keys_that_the_adapters_use(template: Template) -> None:
    tables = of_type(template, TABLE)

    keys = {name: [key["AttributeName"] for key in table["KeySchema"]] for name, table in tables.items()}
    kinds = {kind["AttributeType"] for table in tables.values() for kind in table["AttributeDefinitions"]}
    assert keys == {"StorageLedger": ["pk", "sk"], "StorageAnswers": ["pk"]}
    assert kinds == {"S"}


def test_only_answers_expire(template: Template) -> None:
    tables = of_type(template, TABLE)

    assert tables["StorageAnswers"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert "TimeToLiveSpecification" not in tables["StorageLedger"]


# What stays when the stack goes


def test_by_default_data_outlives_the_stack(template: Template) -> None:
    policies = _deletion_policies(template)

    assert policies == {BUCKET: {"Retain"}, TABLE: {"Retain"}, LOG_GROUP: {"Retain"}}
    assert all(table["DeletionProtectionEnabled"] for table in of_type(template, TABLE).values())


def test_on_demand_data_goes_with_the_stack(synthesised: Synthesise) -> None:
    template = synthesised({"brainswap:removal-policy": "destroy"})

    assert _deletion_policies(template) == {BUCKET: {"Delete"}, TABLE: {"Delete"}, LOG_GROUP: {"Delete"}}
    assert not any(table["DeletionProtectionEnabled"] for table in of_type(template, TABLE).values())


def _deletion_policies(template: Template) -> Mapping[str, set[str]]:
    return {
        kind: {
            resource[policy]
            for resource in template["Resources"].values()
            if resource["Type"] == kind
            for policy in ("DeletionPolicy", "UpdateReplacePolicy")
        }
        for kind in (BUCKET, TABLE, LOG_GROUP)
    }


# Logs


def test_every_log_group_forgets(template: Template) -> None:
    groups = of_type(template, LOG_GROUP)

    assert len(groups) == len(FUNCTIONS) + len(MACHINES)
    assert {group.get("RetentionInDays") for group in groups.values()} == {90}


def test_the_settings_say_when_logs_forget(synthesised: Synthesise) -> None:
    template = synthesised({"brainswap:log-retention-days": "7"})

    assert {group["RetentionInDays"] for group in of_type(template, LOG_GROUP).values()} == {7}


@each_function
def test_a_function_writes_into_a_log_group_of_its_own(template: Template, row: Function) -> None:
    function = of_type(template, FUNCTION)[f"Functions{row.state}"]

    assert text_of(function["LoggingConfig"]["LogGroup"]) == f"${{Functions{row.state}Logs}}"
    assert f"Functions{row.state}Logs" in of_type(template, LOG_GROUP)


@each_machine
def test_a_machine_logs_errors_without_what_was_processed(template: Template, machine: str) -> None:
    logging = of_type(template, MACHINE)[MACHINES[machine]]["LoggingConfiguration"]

    assert logging["Level"] == "ERROR"
    assert logging["IncludeExecutionData"] is False
    (destination,) = logging["Destinations"]
    assert text_of(destination["CloudWatchLogsLogGroup"]["LogGroupArn"]) == f"${{{LOGS[machine]}.Arn}}"


# Functions


def test_every_row_of_the_catalogue_is_a_function_and_nothing_else_is(template: Template) -> None:
    assert set(of_type(template, FUNCTION)) == {f"Functions{row.state}" for row in FUNCTIONS}


@each_function
def test_a_function_is_as_the_catalogue_says(template: Template, row: Function) -> None:
    function = of_type(template, FUNCTION)[f"Functions{row.state}"]

    assert function["Handler"] == row.handler
    assert function["MemorySize"] == row.memory_mb
    assert function["Timeout"] == row.timeout_s
    assert list(map(text_of, function["Layers"])) == [f"${{Functions{name.capitalize()}Layer}}" for name in row.layers]


@each_function
def test_a_function_runs_on_arm_with_a_current_python_and_is_traced(template: Template, row: Function) -> None:
    function = of_type(template, FUNCTION)[f"Functions{row.state}"]

    assert function["Architectures"] == ["arm64"]
    assert function["Runtime"] == "python3.13"
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert "ReservedConcurrentExecutions" not in function


def test_layers_are_for_the_functions_that_load_them(template: Template) -> None:
    for layer in of_type(template, LAYER).values():
        assert layer["CompatibleArchitectures"] == ["arm64"]
        assert layer["CompatibleRuntimes"] == ["python3.13"]


@each_function
def test_a_function_knows_its_surroundings(template: Template, row: Function) -> None:
    variables = of_type(template, FUNCTION)[f"Functions{row.state}"]["Environment"]["Variables"]

    assert {name: text_of(value) for name, value in variables.items()} == {
        "BRAINSWAP_BUCKET": "${StorageBucket}",
        "BRAINSWAP_LEDGER_TABLE": "${StorageLedger}",
        "BRAINSWAP_ANSWER_TABLE": "${StorageAnswers}",
        "BRAINSWAP_ANSWER_TTL_DAYS": "90",
        "BRAINSWAP_BUS": "${AnnouncementsBus}",
        "BRAINSWAP_TOPIC": "${AnnouncementsReports}",
        "BRAINSWAP_BATCH_ROLE": "${BatchRole.Arn}",
        "BRAINSWAP_SCORING_FUNCTIONS": "",
        "BRAINSWAP_METRICS_OF": "${AWS::StackName}",
        "BRAINSWAP_WATCH_REGIONS": "",
        "BRAINSWAP_MIGRATIONS_AT_ONCE": "5",
        "POWERTOOLS_SERVICE_NAME": "brainswap",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
        **({"BRAINSWAP_MACHINE": "${WorkflowMigration}"} if Grant.START_MIGRATIONS in row.grants else {}),
        **(ROUTES if {Grant.DEPLOY_ROUTES, Grant.LOOK_AT_ROUTES} & row.grants else {}),
        **({"BRAINSWAP_ROLLOUT_MACHINE": "${RolloutMachine}"} if Grant.START_ROLLOUTS in row.grants else {}),
    }


@each_function
def test_a_row_names_a_handler_that_exists(row: Function) -> None:
    assert importlib.util.find_spec(row.module) is not None


# The machine


def test_there_are_no_machines_but_those(template: Template) -> None:
    assert set(of_type(template, MACHINE)) == set(MACHINES.values())


@each_machine
def test_a_machine_is_durable_and_traced(template: Template, machine: str) -> None:
    made = of_type(template, MACHINE)[MACHINES[machine]]

    assert made["StateMachineType"] == "STANDARD"
    assert made["TracingConfiguration"] == {"Enabled": True}


@each_machine
def test_a_machine_gets_exactly_the_substitutions_that_are_announced(template: Template, machine: str) -> None:
    made = of_type(template, MACHINE)[MACHINES[machine]]

    substitutions = {name: text_of(value) for name, value in made["DefinitionSubstitutions"].items()}

    bucket = {"Bucket": "${StorageBucket}"} if machine == "migration" else {}
    assert set(substitutions) == substitution_names(machine)
    assert substitutions == {
        "Partition": "${AWS::Partition}",
        "LedgerTable": "${StorageLedger}",
        **bucket,
        **{f"{row.state}FunctionArn": f"${{Functions{row.state}.Arn}}" for row in states_of(machine)},
    }


# Routes


def test_deployments_of_routes_reach_everybody_at_once_and_bake_nothing(template: Template) -> None:
    (strategy,) = of_type(template, "AWS::AppConfig::DeploymentStrategy").values()

    assert (strategy["DeploymentDurationInMinutes"], strategy["FinalBakeTimeInMinutes"]) == (0, 0)
    assert (strategy["GrowthFactor"], strategy["GrowthType"]) == (100, "LINEAR")


def test_applications_find_the_routes_by_the_name_of_the_stack(template: Template) -> None:
    (application,) = of_type(template, "AWS::AppConfig::Application").values()
    (environment,) = of_type(template, "AWS::AppConfig::Environment").values()

    kept = {
        resource["DeletionPolicy"]
        for resource in template["Resources"].values()
        if resource["Type"] in {"AWS::AppConfig::Application", "AWS::AppConfig::Environment"}
    }
    assert kept == {"Retain"}  # who reads them does not notice that the stack is gone
    assert (application["Name"], environment["Name"]) == ("Brainswap", "production")
    assert text_of(environment["ApplicationId"]) == "${RoutesApplication}"


# Events


RULES = [(row, rule) for row in FUNCTIONS for rule in row.events]
BUSES = {"account": None, "stack": "${AnnouncementsBus}"}

each_rule = pytest.mark.parametrize(("row", "rule"), RULES, ids=[f"{row.state}{rule.name}" for row, rule in RULES])
"""Runs a test for every rule of the catalogue."""


@each_rule
def test_events_reach_the_function_of_their_row(template: Template, row: Function, rule: EventRule) -> None:
    made = of_type(template, RULE)[f"Triggers{row.state}{rule.name}"]

    assert made["State"] == "ENABLED"
    assert (text_of(made["EventBusName"]) if "EventBusName" in made else None) == BUSES[rule.bus]
    places = {
        BUCKET_OF_PATTERNS: "${StorageBucket}",
        MACHINE_OF_PATTERNS: "${WorkflowMigration}",
    }
    assert _with_texts(made["EventPattern"]) == filled(rule.pattern, places)
    (target,) = made["Targets"]
    assert text_of(target["Arn"]) == f"${{Functions{row.state}.Arn}}"
    assert text_of(target["DeadLetterConfig"]["Arn"]) == UNDELIVERED
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 6 * 3600, "MaximumRetryAttempts": 10}


def test_calls_to_models_that_go_raise_the_alarm_that_the_rule_listens_to(template: Template) -> None:
    alarm = of_type(template, ALARMS)[LEGACY_ALARM]

    (metric,) = alarm["Metrics"]
    assert metric["Expression"] == 'SELECT SUM(LegacyModelInvocations) FROM SCHEMA("AWS/Bedrock", ModelId)'
    assert alarm["Threshold"] == 1


def test_no_rule_is_there_that_is_in_no_row(template: Template) -> None:
    assert set(of_type(template, RULE)) == {f"Triggers{row.state}{rule.name}" for row, rule in RULES}


def test_schedules_are_those_of_the_rows(template: Template) -> None:
    made = of_type(template, "AWS::Scheduler::Schedule")

    assert {name: it["ScheduleExpression"] for name, it in made.items()} == {
        f"Triggers{row.state}Schedule": row.every for row in FUNCTIONS if row.every
    }
    for name, schedule in made.items():
        state = name.removeprefix("Triggers").removesuffix("Schedule")
        target = schedule["Target"]
        assert text_of(target["Arn"]) == f"${{Functions{state}.Arn}}"
        assert json.loads(target["Input"]) == scheduled(state)
        assert text_of(target["DeadLetterConfig"]["Arn"]) == UNDELIVERED
        assert schedule["FlexibleTimeWindow"]["Mode"] == "FLEXIBLE"


@pytest.mark.parametrize("row", INVOKED_LATER, ids=lambda row: row.state)
def test_an_event_that_a_function_fails_on_is_tried_again_and_then_kept(template: Template, row: Function) -> None:
    made = of_type(template, "AWS::Lambda::EventInvokeConfig")[f"Triggers{row.state}Invocation"]

    assert text_of(made["FunctionName"]) == f"${{Functions{row.state}}}"
    assert made["MaximumRetryAttempts"] == 2
    assert text_of(made["DestinationConfig"]["OnFailure"]["Destination"]) == UNDELIVERED


@each_machine
def test_a_row_with_events_or_a_schedule_is_no_state(template: Template, machine: str) -> None:
    definition = of_type(template, MACHINE)[MACHINES[machine]]["DefinitionString"]

    for row in INVOKED_LATER:
        assert row.by_events
        assert f"{row.state}FunctionArn" not in definition


def test_events_that_could_not_be_delivered_are_kept_encrypted(template: Template) -> None:
    (queue,) = of_type(template, "AWS::SQS::Queue").values()

    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def _with_texts(pattern: Any) -> Any:
    """A pattern with its references written as `text_of` does."""
    match pattern:
        case {"Ref": str()} | {"Fn::GetAtt": list()}:
            return text_of(pattern)
        case dict():
            return {key: _with_texts(value) for key, value in pattern.items()}
        case list():
            return [_with_texts(value) for value in pattern]
        case _:
            return pattern


# The stack


def test_an_outsider_finds_what_he_needs(template: Template) -> None:
    outputs = {name: text_of(output["Value"]) for name, output in template["Outputs"].items()}

    assert outputs == {
        "BucketName": "${StorageBucket}",
        "LedgerTableName": "${StorageLedger}",
        "BusName": "${AnnouncementsBus}",
        "TopicArn": "${AnnouncementsReports}",
        "StateMachineArn": "${WorkflowMigration}",
        "RolloutMachineArn": "${RolloutMachine}",
        "RoutesApplicationId": "${RoutesApplication}",
        "RoutesEnvironmentId": "${RoutesEnvironment}",
        "RoutesStrategyId": "${RoutesStrategy}",
        "RouteReadersPolicyArn": "${RoutesReaders}",
    }


def test_nothing_is_named_by_hand(template: Template) -> None:
    names = {"BucketName", "TableName", "FunctionName", "RoleName", "LogGroupName", "StateMachineName", "AlarmName"}

    named = [
        key
        for key, resource in template["Resources"].items()
        if names & set(resource.get("Properties", {})) and resource["Type"] not in REFERRING
    ]

    assert not named


def test_no_arn_is_bound_to_a_partition_an_account_or_a_region(template: Template) -> None:
    text = json.dumps(template)

    assert "arn:aws" not in text
    assert "Fn::FindInMap" not in text


ALARMS = "AWS::CloudWatch::Alarm"


def test_nobody_is_written_to_unless_asked(template: Template) -> None:
    for alarm in of_type(template, ALARMS).values():
        assert "AlarmActions" not in alarm
    assert not of_type(template, "AWS::SNS::Subscription")


def test_every_alarm_is_told_to_the_address_of_the_settings(synthesised: Synthesise) -> None:
    template = synthesised({"brainswap:alarm-email": "models@example.com"})

    (subscription,) = of_type(template, "AWS::SNS::Subscription").values()
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "models@example.com")
    for alarm in of_type(template, ALARMS).values():
        assert list(map(text_of, alarm["AlarmActions"])) == ["${ObservabilityAlarms}"]


@pytest.mark.parametrize(
    ("name", "metrics", "threshold"),
    [
        ("FailedMigrations", {"ExecutionsFailed", "ExecutionsTimedOut"}, 1),
        ("BrokenRollouts", {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}, 1),
        ("UndeliveredEvents", {"ApproximateNumberOfMessagesVisible"}, 1),
        ("UntoldVerdict", {"Errors"}, 1),
        ("SpendNearBudget", {"SpendOfBudget"}, 90),
        ("ThrottledFunctions", {"Throttles"}, 1),
        ("ThrottledModels", {"InvocationThrottles"}, 100),
    ],
)
def test_an_alarm_watches_what_its_name_says(
    template: Template, name: str, metrics: set[str], threshold: float
) -> None:
    alarm = of_type(template, ALARMS)[f"Observability{name}"]

    assert _watched_metrics(alarm) == metrics
    assert alarm["Threshold"] == threshold
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["TreatMissingData"] == "notBreaching"


def test_the_alarm_for_rollouts_watches_their_machine(template: Template) -> None:
    alarm = of_type(template, ALARMS)["ObservabilityBrokenRollouts"]

    metrics = [each["MetricStat"]["Metric"] for each in alarm["Metrics"] if "MetricStat" in each]
    watched = {text_of(dimension["Value"]) for each in metrics for dimension in each["Dimensions"]}

    assert watched == {"${RolloutMachine}"}


def test_every_alarm_has_its_part_in_the_runbook(template: Template, with_options: Template) -> None:
    runbook = (Path(__file__).resolve().parents[2] / "docs" / "operate.md").read_text("utf-8")

    for alarm in {**of_type(template, ALARMS), **of_type(with_options, ALARMS)}.values():
        assert f"### {alarm['AlarmDescription']}\n" in runbook


def test_figures_of_the_functions_are_looked_for_where_they_are_put(template: Template) -> None:
    alarm = of_type(template, ALARMS)["ObservabilitySpendNearBudget"]

    (metric,) = (each["MetricStat"]["Metric"] for each in alarm["Metrics"])
    assert metric["Namespace"] == embedded_metrics.NAMESPACE
    (dimension,) = metric["Dimensions"]
    assert (dimension["Name"], text_of(dimension["Value"])) == (embedded_metrics.STACK, "${AWS::StackName}")


def test_the_dashboard_shows_every_verdict_and_every_function(template: Template) -> None:
    (dashboard,) = of_type(template, "AWS::CloudWatch::Dashboard").values()

    body = json.dumps(dashboard["DashboardBody"])

    assert all(f'\\"Verdict\\",\\"{verdict}\\"' in body for verdict in get_args(Verdict))
    assert all(f'\\"label\\":\\"{row.state}\\"' in body for row in FUNCTIONS)


def test_the_end_of_a_run_is_told_to_the_address_of_the_settings(synthesised: Synthesise) -> None:
    template = synthesised({"brainswap:report-email": "owners@example.com"})

    (subscription,) = of_type(template, "AWS::SNS::Subscription").values()
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "owners@example.com")
    assert text_of(subscription["TopicArn"]) == "${AnnouncementsReports}"


def _watched_metrics(alarm: Mapping[str, Any]) -> set[str]:
    if "MetricName" in alarm:
        return {alarm["MetricName"]}
    return {metric["MetricStat"]["Metric"]["MetricName"] for metric in alarm["Metrics"] if "MetricStat" in metric}


def test_models_may_be_called_only_in_the_regions_of_the_settings(synthesised: Synthesise) -> None:
    template = synthesised({"brainswap:model-regions": "eu-*,us-east-1"})

    resources = {
        text_of(resource)
        for policy in of_type(template, "AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "bedrock:InvokeModel" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }

    assert set(re.findall(r":bedrock:([^:]*):", " ".join(resources))) == {"eu-*", "us-east-1"}
    assert len(resources) == 6


def test_only_who_validates_workloads_may_read_the_buckets_that_cases_may_name_files_of(
    synthesised: Synthesise,
) -> None:
    template = synthesised({"brainswap:attachment-buckets": "documents,scans"})

    readers = {
        name
        for name, policy in of_type(template, "AWS::IAM::Policy").items()
        for statement in policy["PolicyDocument"]["Statement"]
        for resource in listed(statement["Resource"])
        if text_of(resource) in {f"arn:${{AWS::Partition}}:s3:::{bucket}/*" for bucket in ("documents", "scans")}
    }

    assert readers == {"FunctionsPrepareRoleDefaultPolicy", "FunctionsRegisterRoleDefaultPolicy"}
