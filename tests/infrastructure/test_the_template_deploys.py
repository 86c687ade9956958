import json
import re
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from infrastructure.catalog import FUNCTIONS
from infrastructure.substitutions import states_of
from tests.infrastructure.deploying import UNSUPPORTED, deployable
from tests.infrastructure.templates import Template


def test_every_resource_that_can_be_made_is_made(template: Template, deployed_stack: Mapping[str, str]) -> None:
    assert deployed_stack

    made = boto3.client("cloudformation").describe_stack_resources(StackName="Brainswap")["StackResources"]

    assert {resource["LogicalResourceId"] for resource in made} == set(deployable(template)["Resources"])
    assert {resource["ResourceStatus"] for resource in made} == {"CREATE_COMPLETE"}


def test_the_outputs_name_what_exists(deployed_stack: Mapping[str, str]) -> None:
    buckets = [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    buses = [bus["Name"] for bus in boto3.client("events").list_event_buses()["EventBuses"]]
    machines = boto3.client("stepfunctions").list_state_machines()["stateMachines"]

    assert deployed_stack["BucketName"] in buckets
    assert deployed_stack["LedgerTableName"] in tables
    assert deployed_stack["BusName"] in buses
    assert {machine["stateMachineArn"] for machine in machines} == {
        deployed_stack["StateMachineArn"],
        deployed_stack["RolloutMachineArn"],
    }


@pytest.mark.parametrize(("machine", "output"), [("migration", "StateMachineArn"), ("rollout", "RolloutMachineArn")])
def test_the_definition_arrives_with_every_substitution_resolved(
    deployed_stack: Mapping[str, str], machine: str, output: str
) -> None:
    functions = {one["FunctionArn"]: one["Handler"] for one in boto3.client("lambda").list_functions()["Functions"]}
    handlers = {row.handler for row in states_of(machine)}

    definition = _definition(deployed_stack[output])

    assert "${" not in definition
    assert set(re.findall(r"arn:aws:lambda:[^\"]*", definition)) == {
        arn for arn, handler in functions.items() if handler in handlers
    }
    assert len(functions) == len(FUNCTIONS)
    assert set(re.findall(r"arn:(.*?):", definition)) == {"aws"}
    buckets = {deployed_stack["BucketName"]} if machine == "migration" else set()
    assert _values_of("Bucket", json.loads(definition)) == buckets
    assert _values_of("TableName", json.loads(definition)) == {deployed_stack["LedgerTableName"]}


def test_every_function_is_told_where_everything_is(deployed_stack: Mapping[str, str]) -> None:
    tables = boto3.client("dynamodb").list_tables()["TableNames"]

    functions = boto3.client("lambda").list_functions()["Functions"]

    for function in functions:
        told = function["Environment"]["Variables"]
        assert told["BRAINSWAP_BUCKET"] == deployed_stack["BucketName"]
        assert told["BRAINSWAP_LEDGER_TABLE"] == deployed_stack["LedgerTableName"]
        assert told["BRAINSWAP_BUS"] == deployed_stack["BusName"]
        assert told["BRAINSWAP_TOPIC"] == deployed_stack["TopicArn"]
        assert {told["BRAINSWAP_LEDGER_TABLE"], told["BRAINSWAP_ANSWER_TABLE"]} == set(tables)


@pytest.mark.parametrize("kind", sorted(UNSUPPORTED))
def test_nothing_refers_to_what_is_left_out(template: Template, kind: str) -> None:
    left_out = [key for key, resource in template["Resources"].items() if resource["Type"] == kind]

    remaining = json.dumps(deployable(template))

    assert left_out
    assert not [logical_id for logical_id in left_out if logical_id in remaining]


def _definition(arn: str) -> str:
    return boto3.client("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"]


def _values_of(key: str, value: Any) -> set[str]:
    if isinstance(value, list):
        return {found for item in value for found in _values_of(key, item)}
    if isinstance(value, dict):
        here = {value[key]} if key in value else set()
        return here.union(*(_values_of(key, item) for item in value.values()))
    return set()
