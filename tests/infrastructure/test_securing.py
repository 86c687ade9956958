"""Encryption, TLS, secrets and tags of the whole stack, whatever is added to it."""

import json
import re
from typing import Any

import pytest

from tests.infrastructure.templates import Synthesise, Template, listed, of_type, permissions, readable, text_of

KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BUCKET, TABLE, TOPIC = "AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SNS::Topic"
QUEUE, LOG_GROUP = "AWS::SQS::Queue", "AWS::Logs::LogGroup"
POLICIES = {BUCKET: "AWS::S3::BucketPolicy", TOPIC: "AWS::SNS::TopicPolicy", QUEUE: "AWS::SQS::QueuePolicy"}
TAGGED = (BUCKET, TABLE, TOPIC, QUEUE, LOG_GROUP, "AWS::Lambda::Function", "AWS::StepFunctions::StateMachine")


@pytest.fixture(scope="module")
def everything(synthesised: Synthesise) -> Template:
    """The stack with a key of the account's own, addresses and tags."""
    return synthesised(
        {
            "brainswap:kms-key-arn": KEY,
            "brainswap:alarm-email": "ops@example.com",
            "brainswap:report-email": "owners@example.com",
            "brainswap:tags": "cost-centre=42, team=models",
        }
    )


def test_a_key_of_the_accounts_own_encrypts_everything_that_holds_something(everything: Template) -> None:
    for bucket in of_type(everything, BUCKET).values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
        assert rule["BucketKeyEnabled"]
    for table in of_type(everything, TABLE).values():
        assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
    for kind, name in ((TOPIC, "KmsMasterKeyId"), (QUEUE, "KmsMasterKeyId"), (LOG_GROUP, "KmsKeyId")):
        assert {resource.get(name) for resource in of_type(everything, kind).values()} == {KEY}
    assert not any("SqsManagedSseEnabled" in queue for queue in of_type(everything, QUEUE).values())


def test_every_role_may_use_the_key_and_nobody_may_do_more_with_it(everything: Template) -> None:
    roles = of_type(everything, "AWS::IAM::Role")

    for role in roles:
        used = {(action, resource) for action, resource in permissions(everything, role) if action.startswith("kms:")}
        assert used == {("kms:Decrypt", KEY), ("kms:GenerateDataKey", KEY)}, role


def test_applications_may_read_versions_and_write_samples_with_the_key(everything: Template) -> None:
    (policy,) = of_type(everything, "AWS::IAM::ManagedPolicy").values()

    last = policy["PolicyDocument"]["Statement"][-1]

    assert (last["Effect"], set(last["Action"]), last["Resource"]) == (
        "Allow",
        {"kms:Decrypt", "kms:GenerateDataKey"},
        KEY,
    )


def test_without_a_key_nobody_asks_for_one(template: Template) -> None:
    assert "kms:" not in json.dumps(template)


@pytest.mark.parametrize("kind", POLICIES)
def test_what_holds_something_refuses_whoever_comes_without_tls(everything: Template, kind: str) -> None:
    held = {readable(name) for name, each in everything["Resources"].items() if each["Type"] == kind}

    refusing = {
        re.sub(r"\W", "", text_of(target).partition(".")[0])
        for policy in of_type(everything, POLICIES[kind]).values()
        if any(_refuses_without_tls(statement) for statement in policy["PolicyDocument"]["Statement"])
        for target in listed(policy.get("Bucket") or policy.get("Topics") or policy.get("Queues"))
    }

    assert held
    assert refusing == held


def _refuses_without_tls(statement: dict[str, Any]) -> bool:
    return (
        statement["Effect"] == "Deny"
        and statement["Principal"] in ("*", {"AWS": "*"})
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    )


def test_no_secret_is_in_the_template_or_in_the_environment_of_a_function(everything: Template) -> None:
    text = json.dumps(everything)

    variables = {
        name
        for function in of_type(everything, "AWS::Lambda::Function").values()
        for name in function["Environment"]["Variables"]
    }
    assert not [name for name in variables if re.search(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", name)]
    assert not re.search(r"AKIA[0-9A-Z]{16}|\bsk-[A-Za-z0-9]{16}|-----BEGIN|xox[abp]-", text)
    assert not of_type(everything, "AWS::SSM::Parameter")
    assert not [name for name, each in everything.get("Parameters", {}).items() if each.get("NoEcho")]


@pytest.mark.parametrize("kind", TAGGED)
def test_what_is_paid_for_has_the_tags_by_which_it_is_found_on_the_bill(everything: Template, kind: str) -> None:
    for resource in of_type(everything, kind).values():
        tags = {tag["Key"]: tag["Value"] for tag in resource["Tags"]}
        assert tags == {"application": "brainswap", "stack": "Brainswap", "cost-centre": "42", "team": "models"}
