import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from local.account.destroying import Destroyed, Options, destroy
from local.account.stored import BATCH, FOUND, Stored, delete_stored, empty_bucket, find_stored
from local.account.talking import CannotDeployError
from tests.infrastructure.accounts import ACCOUNT, REGION, Calls, Heard, refusal, slim
from tests.infrastructure.deploying import deployable
from tests.infrastructure.templates import Template

NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Deployed:
    """A stack with a report of which there are two versions and a deleted one, and a record."""

    def __init__(
        self,
        template: Template,
        *,
        removal_policy: str = "retain",
        description: str | None = None,
        locked_days: int = 0,
    ) -> None:
        made = deployable(template)
        slim(made)
        made["Metadata"]["Brainswap"]["settings"]["object-lock-days"] = locked_days
        made["Metadata"]["Brainswap"]["settings"]["removal-policy"] = removal_policy
        made["Description"] = description or made["Description"]
        if removal_policy == "destroy":
            for resource in made["Resources"].values():
                resource["DeletionPolicy"] = "Delete"
                resource.get("Properties", {}).pop("DeletionProtectionEnabled", None)
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(StackName="Brainswap", TemplateBody=json.dumps(made))
        (stack,) = cloudformation.describe_stacks(StackName="Brainswap")["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        self.bucket, self.ledger = outputs["BucketName"], outputs["LedgerTableName"]
        s3 = boto3.client("s3")
        for body in (b"old", b"new"):
            s3.put_object(Bucket=self.bucket, Key="runs/r/report.json", Body=body)
        s3.put_object(Bucket=self.bucket, Key="runs/r/gone.json", Body=b"{}")
        s3.delete_object(Bucket=self.bucket, Key="runs/r/gone.json")

    @property
    def has_stack(self) -> bool:
        listed = boto3.client("cloudformation").list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"]
        return "Brainswap" in [each["StackName"] for each in listed]

    @property
    def has_data(self) -> bool:
        return self.bucket in [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]]

    @property
    def tables(self) -> list[str]:
        return boto3.client("dynamodb").list_tables()["TableNames"]


@pytest.fixture
def deployed(template: Template, calls: Calls) -> Deployed:
    assert calls.answers

    return Deployed(template)


def _destroy(heard: Heard, **options: Any) -> Destroyed:
    return destroy("Brainswap", Options(**options), heard.talk)


def test_a_stack_goes_and_its_data_stays(deployed: Deployed) -> None:
    heard = Heard()

    done = _destroy(heard)

    assert done.data == "kept"
    assert done.stored.buckets == (deployed.bucket,)
    assert not deployed.has_stack
    assert deployed.has_data
    assert deployed.ledger in deployed.tables
    assert deployed.bucket in "\n".join(done.lines())
    assert heard.questions == ["Delete the stack Brainswap?"]


def test_data_goes_with_all_its_versions_once_its_bucket_is_named(deployed: Deployed) -> None:
    heard = Heard(writes=deployed.bucket)

    done = _destroy(heard, delete_data=True)

    assert done.data == "deleted"
    assert not deployed.has_stack
    assert not deployed.has_data
    assert deployed.tables == []
    assert deployed.bucket in heard.questions[0]


@pytest.mark.parametrize("written", ["", "yes", "another-bucket"])
def test_without_the_name_of_the_bucket_nothing_goes(deployed: Deployed, written: str) -> None:
    with pytest.raises(CannotDeployError, match="Nothing was changed"):
        _destroy(Heard(writes=written), delete_data=True)

    assert deployed.has_stack
    assert deployed.has_data


def test_the_name_may_be_said_with_the_command(deployed: Deployed) -> None:
    heard = Heard(agrees=False)

    _destroy(heard, delete_data=True, bucket=deployed.bucket)

    assert not deployed.has_data
    assert heard.questions == []


def test_who_says_no_keeps_the_stack(deployed: Deployed, calls: Calls) -> None:
    calls.made.clear()

    with pytest.raises(CannotDeployError):
        _destroy(Heard(agrees=False))

    assert deployed.has_stack
    assert calls.changing == []


def test_nothing_goes_while_a_run_is_under_way(deployed: Deployed, calls: Calls) -> None:
    _with_a_machine(calls)

    with pytest.raises(CannotDeployError, match=r"1 runs are under way \(support-1\).*--stop-runs"):
        _destroy(Heard())

    assert deployed.has_stack


def test_runs_are_stopped_where_that_is_said_but_not_before_somebody_agrees(deployed: Deployed, calls: Calls) -> None:
    _with_a_machine(calls)
    calls.made.clear()

    with pytest.raises(CannotDeployError):
        _destroy(Heard(agrees=False), stop_runs=True)
    assert "stepfunctions.StopExecution" not in calls.made
    _with_a_machine(calls)
    _destroy(Heard(), stop_runs=True)

    assert "stepfunctions.StopExecution" in calls.made
    assert not deployed.has_stack


def _with_a_machine(calls: Calls) -> None:
    """The stack has one, with an execution under way."""
    told = boto3.client("cloudformation").describe_stacks(StackName="Brainswap")
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Migration"
    told["Stacks"][0]["Outputs"].append({"OutputKey": "StateMachineArn", "OutputValue": arn})
    execution = {"executionArn": f"{arn}:support-1", "name": "support-1", "status": "RUNNING", "startDate": NOW}
    calls.answers["stepfunctions.ListExecutions"] = {"executions": [execution]}
    calls.answers["stepfunctions.StopExecution"] = {"stopDate": NOW}
    calls.once["cloudformation.DescribeStacks"] = [told]


def test_a_stack_whose_machine_went_before_its_deletion_failed_can_be_taken_away(
    deployed: Deployed, calls: Calls
) -> None:
    _with_a_machine(calls)
    calls.answers["stepfunctions.ListExecutions"] = refusal("ListExecutions", "StateMachineDoesNotExist")

    _destroy(Heard())

    assert not deployed.has_stack


def test_a_table_that_is_going_already_does_not_stop_what_is_left_from_going(calls: Calls) -> None:
    tables = ("going", "unprotected", "protected")
    states = [
        {"TableStatus": "DELETING"},
        {"TableStatus": "ACTIVE", "DeletionProtectionEnabled": False},
        {"TableStatus": "ACTIVE", "DeletionProtectionEnabled": True},
        {"TableStatus": "ACTIVE", "DeletionProtectionEnabled": False},  # as the waiter sees it
    ]
    calls.once["dynamodb.DescribeTable"] = [{"Table": state} for state in states]
    asked: list[tuple[str, Any]] = []
    for operation in ("UpdateTable", "DeleteTable"):
        calls.answers[f"dynamodb.{operation}"] = {"TableDescription": {}}
        calls.hearers[f"dynamodb.{operation}"] = lambda given, of=operation: asked.append((of, given["TableName"]))  # type: ignore[misc]

    client_of: Any = boto3.client
    delete_stored(client_of, Stored(buckets=(), tables=tables, log_groups=()), lambda _: None)

    assert asked == [("DeleteTable", "unprotected"), ("UpdateTable", "protected"), ("DeleteTable", "protected")]


def test_people_of_the_portal_and_routes_of_applications_are_named_and_go_with_the_data(calls: Calls) -> None:
    client_of: Any = boto3.client
    kinds = {"AWS::Cognito::UserPool": "eu-central-1_people", "AWS::AppConfig::Application": "app1234"}
    calls.answers |= {
        "cloudformation.ListStackResources": {
            "StackResourceSummaries": [
                {"ResourceType": kind, "PhysicalResourceId": name} for kind, name in kinds.items()
            ]
        },
        "cognito-idp.DescribeUserPool": {"UserPool": {"DeletionProtection": "ACTIVE"}},
        "appconfig.GetApplication": {"Id": "app1234"},
        "appconfig.ListConfigurationProfiles": {"Items": [{"Id": "prof123"}]},
        "appconfig.ListHostedConfigurationVersions": {"Items": [{"VersionNumber": 2}, {"VersionNumber": 1}]},
        "appconfig.ListEnvironments": {"Items": [{"Id": "env1234"}]},
    }
    changes = ["cognito-idp.UpdateUserPool", "cognito-idp.DeleteUserPool", "appconfig.DeleteHostedConfigurationVersion"]
    changes += [f"appconfig.Delete{what}" for what in ("ConfigurationProfile", "Environment", "Application")]
    calls.answers |= {name: {"ResponseMetadata": {}} for name in changes}

    stored = find_stored(client_of, "Brainswap")
    delete_stored(client_of, stored, lambda _: None)

    assert [line.split()[-1] for line in stored.lines()] == ["eu-central-1_people", "app1234"]
    assert calls.changing == [
        "cognito-idp.UpdateUserPool",
        "cognito-idp.DeleteUserPool",
        "appconfig.DeleteHostedConfigurationVersion",
        "appconfig.DeleteHostedConfigurationVersion",
        "appconfig.DeleteConfigurationProfile",
        "appconfig.DeleteEnvironment",
        "appconfig.DeleteApplication",
    ]


def test_what_the_template_keeps_is_what_is_found_and_can_be_deleted(with_options: Template) -> None:
    kept = {
        each["Type"] for each in with_options["Resources"].values() if each.get("DeletionPolicy", "Delete") != "Delete"
    }

    assert kept - {"AWS::AppConfig::Environment"} <= FOUND  # an environment goes with its application


def test_data_that_would_go_with_the_stack_is_not_called_kept(template: Template, calls: Calls) -> None:
    deployed = Deployed(template, removal_policy="destroy")
    calls.made.clear()

    with pytest.raises(CannotDeployError, match=r"removal-policy=retain.*--delete-data"):
        _destroy(Heard())

    assert deployed.has_stack
    assert calls.changing == []


def test_a_stack_that_takes_its_data_along_goes_with_it(template: Template, calls: Calls) -> None:
    assert calls.answers
    deployed = Deployed(template, removal_policy="destroy")

    done = _destroy(Heard(writes=deployed.bucket), delete_data=True)

    assert done.data == "deleted"
    assert not deployed.has_stack
    assert not deployed.has_data


def test_data_that_is_locked_is_not_promised_to_go(template: Template, calls: Calls) -> None:
    deployed = Deployed(template, locked_days=365)
    calls.made.clear()

    with pytest.raises(CannotDeployError, match="locked for 365 days"):
        _destroy(Heard(writes=deployed.bucket), delete_data=True)

    assert deployed.has_stack
    assert calls.changing == []


def test_somebody_elses_stack_is_left_alone(template: Template, calls: Calls) -> None:
    assert calls.answers
    deployed = Deployed(template, description="Our billing.")

    with pytest.raises(CannotDeployError, match="somebody else's stack: Our billing"):
        _destroy(Heard())

    assert deployed.has_stack


def test_data_that_was_kept_can_be_deleted_later(deployed: Deployed, calls: Calls) -> None:
    listed = boto3.client("cloudformation").list_stack_resources(StackName="Brainswap")
    _destroy(Heard())
    # moto forgets with a stack which of its resources stayed; CloudFormation lists them for ninety days.
    calls.answers["cloudformation.ListStackResources"] = {"StackResourceSummaries": listed["StackResourceSummaries"]}

    done = _destroy(Heard(writes=deployed.bucket), delete_data=True)

    assert done.data == "deleted"
    assert not deployed.has_data
    assert deployed.tables == []


def test_where_nothing_is_there_is_nothing_to_destroy(calls: Calls) -> None:
    assert calls.answers

    with pytest.raises(CannotDeployError, match=f"no stack Brainswap in {REGION}"):
        _destroy(Heard())
    with pytest.raises(CannotDeployError, match="none that left data"):
        _destroy(Heard(), delete_data=True)


def test_a_bucket_is_emptied_a_thousand_versions_at_a_time() -> None:
    pages = [_page(BATCH), _page(BATCH), _page(7)]
    s3 = _PagedS3(pages)

    deleted = empty_bucket(s3, "b", lambda _: None)

    assert deleted == 2 * BATCH + 7
    assert s3.batches == [BATCH, BATCH, 7]


def _page(count: int) -> Mapping[str, Any]:
    """Of which the last is the mark of a deletion, which holds a bucket as well."""
    versions = [{"Key": f"k{number}", "VersionId": "1"} for number in range(count)]
    return {"Versions": versions[:-1], "DeleteMarkers": versions[-1:]}


class _PagedS3:
    """S3 with so many versions that writing them would take longer than deleting them."""

    def __init__(self, pages: list[Mapping[str, Any]]) -> None:
        self._pages = pages
        self.batches: list[int] = []

    def get_paginator(self, _name: str) -> "_PagedS3":
        return self

    def paginate(self, **_asked: Any) -> list[Mapping[str, Any]]:
        return self._pages

    def delete_objects(self, *, Bucket: str, Delete: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N803 - S3's own
        assert Bucket == "b"
        self.batches.append(len(Delete["Objects"]))
        return {}
