"""Prompt Management: prompts, their versions, and what is refused."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.bedrock.server import EmbeddedBedrock


@pytest.fixture
def agent(bedrock: EmbeddedBedrock) -> Any:
    return boto3.client(
        "bedrock-agent",
        region_name="eu-west-1",
        endpoint_url=bedrock.url,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",  # noqa: S106 - nobody's
    )


def variant(text: str) -> Any:
    return {"name": "v", "templateType": "TEXT", "templateConfiguration": {"text": {"text": text}}}


def test_a_version_stays_as_it_was_created(agent: Any) -> None:
    created = agent.create_prompt(name="stays", defaultVariant="v", variants=[variant("Is {{q}} a number?")])

    version = agent.create_prompt_version(promptIdentifier=created["arn"], description="The first.")

    kept = agent.get_prompt(promptIdentifier=created["id"], promptVersion="1")
    draft = agent.get_prompt(promptIdentifier=created["id"])
    assert (created["version"], version["version"], draft["version"]) == ("DRAFT", "1", "DRAFT")
    assert version["arn"] == kept["arn"] == f"{created['arn']}:1"
    assert kept["description"] == "The first."
    assert kept["variants"] == [variant("Is {{q}} a number?")]


def test_the_same_token_creates_nothing_twice(agent: Any) -> None:
    token = "a" * 40

    first, again = (agent.create_prompt(name="once", clientToken=token)["id"] for _ in range(2))
    versions = [agent.create_prompt_version(promptIdentifier=first, clientToken=token)["version"] for _ in range(2)]

    assert first == again
    assert versions == ["1", "1"]
    assert agent.create_prompt_version(promptIdentifier=first)["version"] == "2"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"name": "taken"}, "ConflictException"),
        ({"name": "no such default", "defaultVariant": "x"}, "ValidationException"),
        ({"name": "no-such-default", "defaultVariant": "x", "variants": [variant("t")]}, "ValidationException"),
        (
            {"name": "another-kind", "variants": [{**variant("t"), "templateType": "CHAT"}]},
            "ValidationException",
        ),
    ],
)
def test_a_prompt_that_cannot_be_is_refused(agent: Any, asked: Any, code: str) -> None:
    if code == "ConflictException":
        agent.create_prompt(name="taken")

    with pytest.raises(ClientError) as caught:
        agent.create_prompt(**asked)

    assert caught.value.response["Error"]["Code"] == code


def test_what_is_not_there_is_not_found(agent: Any) -> None:
    created = agent.create_prompt(name="here")

    for asked in ({"promptIdentifier": "9999999999"}, {"promptIdentifier": created["id"], "promptVersion": "7"}):
        with pytest.raises(ClientError) as caught:
            agent.get_prompt(**asked)
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
