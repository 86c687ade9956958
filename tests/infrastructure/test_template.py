"""The stack as a whole."""

import json
import re

from tests.infrastructure.templates import Template, listed, of_type, text_of

REFERRING = {"AWS::Lambda::Permission", "AWS::Lambda::EventInvokeConfig"}  # to a function, by its name


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


def test_models_may_be_called_only_in_the_regions_of_the_settings(with_settings: Template) -> None:
    resources = {
        text_of(resource)
        for policy in of_type(with_settings, "AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "bedrock:InvokeModel" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }

    assert set(re.findall(r":bedrock:([^:]*):", " ".join(resources))) == {"eu-*", "us-east-1"}
    assert len(resources) == 6


def test_only_who_validates_workloads_may_read_the_buckets_that_cases_may_name_files_of(
    with_settings: Template,
) -> None:
    readers = {
        name
        for name, policy in of_type(with_settings, "AWS::IAM::Policy").items()
        for statement in policy["PolicyDocument"]["Statement"]
        for resource in listed(statement["Resource"])
        if text_of(resource) in {f"arn:${{AWS::Partition}}:s3:::{bucket}/*" for bucket in ("documents", "scans")}
    }

    assert readers == {"FunctionsPrepareRoleDefaultPolicy", "FunctionsRegisterRoleDefaultPolicy"}
