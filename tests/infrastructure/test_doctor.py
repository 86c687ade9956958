import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.registry import LIST, facts_of
from local.account.doctor import Examined, examine
from local.account.stack import NoStackError
from tests.fakes.workloads import in_force
from tests.infrastructure.accounts import ACCOUNT, REGION, Calls, refusal, slim
from tests.infrastructure.deploying import deployable
from tests.infrastructure.templates import Template

NOW = datetime(2026, 11, 1, tzinfo=UTC)

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def examined(template: Template, calls: Calls) -> Callable[..., Examined]:
    """Deploy something small and look at it."""
    assert calls.answers
    code = template["Metadata"]["Brainswap"]["code_sha256"]

    def run(
        change: Change = lambda _: None,
        *,
        local_code: str | None = code,
        then: Callable[[dict[str, str]], None] = lambda _: None,
    ) -> Examined:
        made = deployable(template)
        slim(made)
        change(made)
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(StackName="Brainswap", TemplateBody=json.dumps(made))
        outputs = cloudformation.describe_stacks(StackName="Brainswap")["Stacks"][0].get("Outputs", [])
        then({each["OutputKey"]: each["OutputValue"] for each in outputs})
        calls.made.clear()
        examined = examine("Brainswap", local_code=local_code)
        assert calls.changing == []
        return examined

    return run


def _abouts(examined: Examined) -> list[tuple[str, str]]:
    return [(finding.weight, finding.about) for finding in examined.findings]


def test_a_stack_that_is_well_is_called_well(examined: Callable[..., Examined]) -> None:
    found = examined()

    assert found.findings == ()
    lines = list(found.lines())
    assert lines[0] == f"Brainswap in {REGION}: CREATE_COMPLETE"
    assert lines[-1] == "All is well."


def test_other_code_than_that_of_the_folder_is_told(examined: Callable[..., Examined]) -> None:
    assert _abouts(examined(local_code="0" * 64)) == [("warns", "code")]


def test_code_that_cannot_be_compared_is_not_called_the_same(examined: Callable[..., Examined]) -> None:
    assert _abouts(examined(local_code=None)) == [("unknown", "code")]


def test_settings_that_are_not_those_of_the_folder_are_told(examined: Callable[..., Examined]) -> None:
    def change(template: dict[str, Any]) -> None:
        template["Metadata"]["Brainswap"]["settings"]["log-level"] = "DEBUG"

    (finding,) = examined(change).findings

    assert 'log-level is "DEBUG" in the account' in finding.wrong


def test_what_could_not_be_delivered_is_told(examined: Callable[..., Examined], calls: Calls) -> None:
    calls.answers["sqs.GetQueueAttributes"] = {"Attributes": {"ApproximateNumberOfMessages": "3"}}

    def change(template: dict[str, Any]) -> None:
        template["Resources"]["Undelivered"] = {"Type": "AWS::SQS::Queue"}

    (finding,) = examined(change).findings

    assert "3 messages could not be delivered (Brainswap-Undelivered-" in finding.wrong
    assert "docs/operate.md" in finding.remedy


def test_an_alarm_that_goes_off_is_told_in_its_own_words(examined: Callable[..., Examined], calls: Calls) -> None:
    alarm = {
        "ResourceType": "AWS::CloudWatch::Alarm",
        "PhysicalResourceId": "Brainswap-Failed",
        "LogicalResourceId": "F",
    }
    calls.answers["cloudformation.ListStackResources"] = {"StackResourceSummaries": [alarm]}
    calls.answers["cloudwatch.DescribeAlarms"] = {
        "MetricAlarms": [
            {"AlarmName": "Brainswap-Failed", "AlarmDescription": "A migration failed.", "StateValue": "ALARM"},
            {"AlarmName": "Brainswap-Other", "AlarmDescription": "Something else.", "StateValue": "OK"},
        ]
    }

    (finding,) = examined().findings

    assert (finding.about, finding.wrong) == ("alarm", "A migration failed.")


def test_a_run_that_failed_last_is_told_with_how_to_go_on(examined: Callable[..., Examined], calls: Calls) -> None:
    calls.answers["stepfunctions.ListExecutions"] = {
        "executions": [
            {"name": "support-2", "status": "FAILED", "startDate": NOW},
            {"name": "support-1", "status": "SUCCEEDED", "startDate": NOW},
        ]
    }

    def change(template: dict[str, Any]) -> None:
        arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Migration"
        template["Outputs"]["StateMachineArn"] = {"Value": arn}

    found = examined(change)

    assert [(run.run_id, run.status) for run in found.runs] == [("support-2", "FAILED"), ("support-1", "SUCCEEDED")]
    (finding,) = found.findings
    assert "brainswap redrive support-2" in finding.remedy


def test_a_model_of_a_registered_workload_that_may_not_be_asked_is_told(
    examined: Callable[..., Examined], calls: Calls
) -> None:
    listed = {"modelArn": "arn:aws:bedrock:r::foundation-model/a.b", "modelId": "a.b", "modelName": "b"}
    calls.answers["bedrock.ListFoundationModels"] = {"modelSummaries": [{**listed, "providerName": "A"}]}
    calls.answers["bedrock.ListInferenceProfiles"] = {"inferenceProfileSummaries": []}
    calls.answers["bedrock.GetFoundationModelAvailability"] = {
        "agreementAvailability": {"status": "NOT_AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE",
    }
    tokens = {"Quotas": [{"QuotaName": "On-demand InvokeModel tokens per minute for A b", "Value": 1000.0}]}
    calls.answers["service-quotas.ListServiceQuotas"] = tokens
    calls.answers["service-quotas.ListAWSDefaultServiceQuotas"] = tokens

    def register(stack: dict[str, str]) -> None:
        records = DynamoRecords(boto3.client("dynamodb"), stack["LedgerTableName"])
        records.keep(LIST, "w", facts_of(in_force("w", asked=("a.b",))), over=None)

    (finding,) = examined(then=register).findings

    assert (finding.weight, finding.about) == ("warns", "a.b")
    assert "Accept the model's terms" in finding.remedy


def test_what_may_not_be_looked_at_is_not_called_well(examined: Callable[..., Examined], calls: Calls) -> None:
    calls.answers["lambda.GetAccountSettings"] = refusal("GetAccountSettings", "AccessDeniedException")
    calls.answers["cloudformation.GetTemplate"] = refusal("GetTemplate", "AccessDenied")

    found = examined()

    assert _abouts(found) == [("unknown", "template"), ("unknown", "Lambda")]
    assert "All is well." not in list(found.lines())


@pytest.mark.usefixtures("calls")
def test_where_there_is_no_stack_the_remedy_deploys_one() -> None:
    with pytest.raises(NoStackError, match="brainswap deploy"):
        examine("Brainswap", local_code=None)
