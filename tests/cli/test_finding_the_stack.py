import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.account.stack import NoStackError, find_stack

REGION = "eu-west-1"
TEMPLATE = {
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"TopicArn": {"Value": {"Ref": "Topic"}}},
}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An account with nothing in it: the client of its CloudFormation."""
    monkeypatch.delenv("BRAINSWAP_STACK", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-2")
    with mock_aws():
        yield boto3.client("cloudformation", region_name=REGION)


def test_a_stack_is_found_by_the_name_it_has_unless_told_otherwise(account: Any) -> None:
    account.create_stack(StackName="Brainswap", TemplateBody=json.dumps(TEMPLATE))

    stack = find_stack()

    assert (stack.name, stack.region) == ("Brainswap", REGION)
    assert stack.topic.startswith(f"arn:aws:sns:{REGION}:")
    assert stack.client("sns").meta.region_name == REGION


def test_a_variable_names_another_stack_and_a_caller_yet_another(account: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Second", "Third"):
        account.create_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE))
    monkeypatch.setenv("BRAINSWAP_STACK", "Second")

    assert find_stack().name == "Second"
    assert find_stack("Third").name == "Third"


@pytest.mark.usefixtures("account")
def test_where_there_is_no_stack_it_says_where_it_looked_and_what_to_do() -> None:
    with pytest.raises(NoStackError, match=r"There is no stack Brainswap in eu-west-1\. Deploy one"):
        find_stack()


def test_an_output_that_is_not_there_is_named(account: Any) -> None:
    account.create_stack(StackName="Brainswap", TemplateBody=json.dumps(TEMPLATE))

    with pytest.raises(NoStackError, match="says nothing of BucketName: it is of another version"):
        find_stack().bucket  # noqa: B018 - asking is what fails


def test_who_speaks_is_known_by_the_arn_of_the_caller(account: Any) -> None:
    account.create_stack(StackName="Brainswap", TemplateBody=json.dumps(TEMPLATE))

    assert find_stack().caller().startswith("arn:aws:sts::")


def test_without_credentials_it_says_how_to_get_some(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    with pytest.raises(NoStackError, match="There are no AWS credentials here"):
        find_stack()


def test_without_a_region_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    with pytest.raises(NoStackError, match="No region is set"):
        find_stack()


def test_a_profile_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    with pytest.raises(NoStackError, match=r"nobody.*Set AWS_PROFILE"):
        find_stack()
