import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.cloudformation.models import Stack as MotoStack
from moto.cloudformation.models import cloudformation_backends

from infrastructure.settings import Settings
from local.account.assembly import Place, read_assembly
from local.account.change_sets import STATEFUL, DeploymentFailedError, find_stack, follow
from local.account.deploying import Deployed, Options, deploy
from local.account.talking import CannotDeployError
from tests.infrastructure.accounts import (
    ACCOUNT,
    BOOTSTRAP_BUCKET,
    REGION,
    Calls,
    Heard,
    bootstrap,
    for_moto,
    refusal,
    slim,
    wanted,
)
from tests.infrastructure.templates import Template, readable

Deploy = Callable[..., Deployed]
TINY = json.dumps({"Description": "Brainswap: tiny.", "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})


@pytest.fixture
def deployed(assembly_folder: Path, calls: Calls) -> Deploy:
    """Deploy what was synthesised with nothing set."""
    assert calls.answers

    def run(
        heard: Heard, *settings: str, change: Callable[[dict[str, Any]], None] | None = slim, **options: bool
    ) -> Deployed:
        def synthesise(folder: str, _context: Mapping[str, Any]) -> str:
            for_moto(assembly_folder, Path(folder), change)
            return "Brainswap"

        return deploy(wanted(*settings), Options(**options), heard.talk, synthesise)

    return run


def test_a_new_stack_is_deployed_with_everything_it_refers_to(deployed: Deploy) -> None:
    heard = Heard()

    done = deployed(heard, change=None)

    assert done.changed
    assert done.stack is not None
    assert done.stack.status == "CREATE_COMPLETE"
    assert done.stack.outputs["BucketName"] in [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]]
    assert heard.questions == ["Create Brainswap?"]
    assert "Resources: " in heard.text
    assert "CREATE_COMPLETE" in heard.text
    keys = {each["Key"] for each in boto3.client("s3").list_objects_v2(Bucket=BOOTSTRAP_BUCKET)["Contents"]}
    functions = boto3.client("lambda").list_functions()["Functions"]
    assert functions
    assert len([key for key in keys if key.endswith(".zip")]) == 4  # three layers and the code


def test_code_goes_into_no_bucket_of_another_account_whatever_it_is_called(deployed: Deploy, calls: Calls) -> None:
    owners: list[Any] = []
    for operation in ("HeadObject", "PutObject"):
        calls.hearers[f"s3.{operation}"] = lambda asked: owners.append((asked["Bucket"], asked["ExpectedBucketOwner"]))

    deployed(Heard())

    assert owners
    assert set(owners) == {(BOOTSTRAP_BUCKET, ACCOUNT)}


def test_a_bucket_of_another_account_ends_the_deployment(deployed: Deploy, calls: Calls) -> None:
    calls.answers["s3.HeadObject"] = refusal("HeadObject", "403", "Forbidden")

    with pytest.raises(DeploymentFailedError, match=f"{BOOTSTRAP_BUCKET} is closed to you, or another account's"):
        deployed(Heard())

    assert "cloudformation.CreateChangeSet" not in calls.made


def test_what_is_deployed_already_is_left_alone(deployed: Deploy, calls: Calls) -> None:
    deployed(Heard())
    calls.made.clear()

    again = deployed(Heard(agrees=False))

    assert not again.changed
    assert calls.changing == []


def test_an_upgrade_keeps_what_was_stored(deployed: Deploy) -> None:
    before = deployed(Heard()).stack
    assert before is not None
    s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
    s3.put_object(Bucket=before.outputs["BucketName"], Key="runs/r/report.json", Body=b"{}")
    item: Any = {"pk": {"S": "RUN#r"}, "sk": {"S": "RUN"}}
    dynamodb.put_item(TableName=before.outputs["LedgerTableName"], Item=item)

    after = deployed(Heard(), change=_with_another_topic).stack

    assert after is not None
    assert after.status == "UPDATE_COMPLETE"
    assert {after.outputs[name] for name in KEPT} == {before.outputs[name] for name in KEPT}
    assert s3.get_object(Bucket=after.outputs["BucketName"], Key="runs/r/report.json")["Body"].read() == b"{}"
    assert dynamodb.get_item(TableName=after.outputs["LedgerTableName"], Key=item)["Item"] == item
    assert len(boto3.client("sns").list_topics()["Topics"]) == 2


KEPT = ("BucketName", "LedgerTableName", "BusName")  # moto makes a topic anew at each update of its stack


def _with_another_topic(template: dict[str, Any]) -> None:
    slim(template)
    template["Resources"]["Another"] = {"Type": "AWS::SNS::Topic"}


def test_what_people_rely_on_has_the_logical_ids_that_it_always_had(template: Template) -> None:
    # Whoever changes one of these makes every upgrade replace it, and the data in it is left behind.
    found = {logical_id for logical_id, each in template["Resources"].items() if each["Type"] in STATEFUL}

    assert found >= PINNED
    assert {readable(logical_id) for logical_id in found - PINNED} == set()


PINNED = frozenset(
    {
        "AnnouncementsBus691D0F72",
        "AnnouncementsReportsD4C7B818",
        "RolloutMachine2E8C4E9E",
        "RoutesApplication0BF9BD4B",
        "RoutesEnvironmentB1E11FDE",
        "StorageAnswersFBB928C1",
        "StorageBucket5CB7C8EA",
        "StorageLedger5E7CB2E3",
        "WorkflowMigration7293D633",
    }
)


# What makes CloudFormation replace a resource (its resource reference, November 2026), by the name that it has here.
REPLACING: Mapping[str, Mapping[str, Any]] = {
    "AnnouncementsBus": {"Name": "BrainswapAnnouncementsBusC1700C01"},
    "AnnouncementsReports": {"TopicName": None, "FifoTopic": None},
    "PortalPeople": {"AliasAttributes": None, "UsernameAttributes": ["email"]},
    "RolloutMachine": {"StateMachineName": None, "StateMachineType": "STANDARD"},
    "RoutesApplication": {},
    "RoutesEnvironment": {"ApplicationId": {"Ref": "RoutesApplication0BF9BD4B"}},
    "StorageAnswers": {"TableName": None, "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]},
    "StorageBucket": {"BucketName": None},
    "StorageLedger": {
        "TableName": None,
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    },
    "WorkflowMigration": {"StateMachineName": None, "StateMachineType": "STANDARD"},
}


def test_no_property_has_changed_whose_change_replaces_what_people_rely_on(with_options: Template) -> None:
    resources = {name: each for name, each in with_options["Resources"].items() if each["Type"] in STATEFUL}

    found = {
        readable(name): {key: each.get("Properties", {}).get(key) for key in REPLACING[readable(name)]}
        for name, each in resources.items()
    }

    assert found == REPLACING
    assert "PortalPeople3EF0A163" in resources  # the rest is pinned above


def _proposing(calls: Calls, *changes: Mapping[str, str]) -> None:
    told = [{"Type": "Resource", "ResourceChange": change} for change in changes]
    calls.answers["cloudformation.DescribeChangeSet"] = {"Status": "CREATE_COMPLETE", "Changes": told}


@pytest.mark.parametrize(
    "change",
    [
        {"Action": "Modify", "Replacement": "True"},
        {"Action": "Modify", "Replacement": "Conditional"},
        {"Action": "Remove"},
    ],
    ids=["replaced", "perhaps replaced", "removed"],
)
def test_a_change_that_would_lose_data_is_refused(deployed: Deploy, calls: Calls, change: Mapping[str, str]) -> None:
    deployed(Heard())
    _proposing(calls, {"LogicalResourceId": "Ledger", "ResourceType": "AWS::DynamoDB::Table", **change})
    calls.made.clear()
    heard = Heard()

    with pytest.raises(CannotDeployError, match=r"replace or remove Ledger.*--allow-replacement"):
        deployed(heard, change=_with_another_topic)

    assert heard.questions == []
    assert "cloudformation.DeleteChangeSet" in calls.made
    assert "cloudformation.ExecuteChangeSet" not in calls.made


def test_a_change_that_would_lose_data_is_made_where_that_is_meant(deployed: Deploy, calls: Calls) -> None:
    deployed(Heard())
    removed = {"LogicalResourceId": "Ledger", "ResourceType": "AWS::DynamoDB::Table", "Action": "Remove"}
    _proposing(calls, removed)
    heard = Heard()

    done = deployed(heard, change=_with_another_topic, replace=True)

    assert done.changed
    assert "removed: AWS::DynamoDB::Table Ledger" in heard.text


def test_a_replaced_function_is_no_loss(deployed: Deploy, calls: Calls) -> None:
    deployed(Heard())
    function = {"LogicalResourceId": "Answer", "ResourceType": "AWS::Lambda::Function"}
    _proposing(calls, {**function, "Action": "Modify", "Replacement": "True"})

    assert deployed(Heard(), change=_with_another_topic).changed


def test_who_says_no_has_nothing_left_in_the_account(deployed: Deploy) -> None:
    with pytest.raises(CannotDeployError, match="Nothing was changed"):
        deployed(Heard(agrees=False))

    assert find_stack(boto3.client("cloudformation"), "Brainswap") is None


def test_a_look_changes_nothing(deployed: Deploy, calls: Calls) -> None:
    done = deployed(Heard(), only_look=True)

    assert done.stack is None
    assert calls.changing == []


def test_what_newly_made_data_would_be_left_of_a_failed_creation_goes_again(deployed: Deploy, calls: Calls) -> None:
    told: list[Mapping[str, Any]] = []
    calls.hearers["cloudformation.ExecuteChangeSet"] = told.append

    deployed(Heard())

    assert [each["RetainExceptOnCreate"] for each in told] == [True]


def test_a_stack_in_another_region_is_one_of_its_own(deployed: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    here = deployed(Heard()).stack
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    bootstrap()

    there = deployed(Heard()).stack

    assert here is not None
    assert there is not None
    assert ":eu-central-1:" in here.outputs["TopicArn"]
    assert ":us-east-1:" in there.outputs["TopicArn"]
    assert here.outputs["BucketName"] != there.outputs["BucketName"]


def _tiny_stack() -> MotoStack:
    boto3.client("cloudformation").create_stack(StackName="Brainswap", TemplateBody=TINY)
    (stack,) = cloudformation_backends[ACCOUNT][REGION].stacks.values()
    assert isinstance(stack, MotoStack)
    return stack


@pytest.mark.usefixtures("calls")
def test_of_a_failure_the_first_reason_is_told_and_not_what_followed_from_it() -> None:
    stack = _tiny_stack()
    client = boto3.client("cloudformation")
    stack._add_stack_event("CREATE_FAILED", resource_status_reason="the quota is used up")
    stack._add_stack_event("CREATE_FAILED", resource_status_reason="creation cancelled")
    stack.status = "ROLLBACK_COMPLETE"
    told: list[str] = []

    with pytest.raises(DeploymentFailedError, match=r"is ROLLBACK_COMPLETE.*the quota is used up") as failed:
        follow(client, stack.stack_id, told.append, since=None)

    assert "cancelled" not in str(failed.value)
    assert len([line for line in told if line.startswith("CREATE_FAILED")]) == 2


def test_a_deployment_that_is_under_way_is_followed_and_then_gone_on_with(deployed: Deploy) -> None:
    deployed(Heard())
    stack = next(iter(cloudformation_backends[ACCOUNT][REGION].stacks.values()))
    stack.status = "UPDATE_IN_PROGRESS"
    heard = Heard(on_pause=lambda: setattr(stack, "status", "UPDATE_COMPLETE"))

    done = deployed(heard, resume=True, change=_with_another_topic)

    assert done.changed
    assert "Brainswap is UPDATE_IN_PROGRESS: following it" in heard.text


def test_a_deployment_is_followed_with_the_role_that_the_assembly_names(
    deployed: Deploy, calls: Calls, assembly_folder: Path
) -> None:
    place = Place(account=ACCOUNT, region=REGION, partition="aws")
    role = read_assembly(assembly_folder, "Brainswap", place).deploy_role
    asked: list[Any] = []
    calls.hearers["sts.AssumeRole"] = lambda given: asked.append(given["RoleArn"])
    calls.made.clear()

    deployed(Heard(), resume=True)

    assert role is not None
    assert asked[0] == role
    assert calls.made.index("sts.AssumeRole") < calls.made.index("cloudformation.DescribeStacks")


def test_what_is_left_of_a_stack_that_could_not_be_created_goes_first(deployed: Deploy) -> None:
    stack = _tiny_stack()
    stack.status = "ROLLBACK_COMPLETE"
    heard = Heard()

    done = deployed(heard)

    assert done.stack is not None
    assert done.stack.stack_id != stack.stack_id
    assert heard.questions == ["Delete what is left of Brainswap, which could not be created?", "Create Brainswap?"]


def test_the_template_tells_the_settings_that_it_was_made_with(template: Template) -> None:
    assert template["Metadata"]["Brainswap"]["settings"] == Settings().document()
