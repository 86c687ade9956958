"""AWS's own rules for well-built stacks: everything that they find is put right, or has a reason."""

import re

import pytest

from infrastructure.acknowledged import RULES, WILDCARDS, reason_for
from infrastructure.checking import DOCUMENT, SELDOM_MARKS, Found, findings, table, with_table
from infrastructure.seldom_used import rows

EVERYTHING = {
    "brainswap:scoring-functions": ["arn:aws:lambda:eu-central-1:123456789012:function:score:*"],
    "brainswap:attachment-buckets": ["scans"],
    "brainswap:model-regions": ["eu-*", "us-east-1"],
    "brainswap:alarm-email": "ops@example.com",
    "brainswap:report-email": "owners@example.com",
    "brainswap:kms-key-arn": "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "brainswap:portal": True,
    "brainswap:webhooks": [{"name": "team", "kind": "slack", "secret": "brainswap/slack"}],
}


@pytest.fixture(scope="module")
def found() -> list[Found]:
    return findings(EVERYTHING)


def test_the_rules_looked_at_the_stack(found: list[Found]) -> None:
    assert {each.construct.partition("/")[0] for each in found} == {"Brainswap"}
    assert len(found) > 50


def test_every_finding_has_a_reason(found: list[Found]) -> None:
    assert [(each.finding, each.construct) for each in found if each.reason is None] == []


def test_no_reason_is_left_of_what_nobody_finds_any_more(found: list[Found]) -> None:
    assert {each.reason for each in found} == {*RULES.values(), *WILDCARDS.values()}


def test_a_wildcard_that_nobody_has_argued_for_has_no_reason() -> None:
    assert reason_for("AwsSolutions-IAM5[Action::s3:*]") is None
    assert reason_for("AwsSolutions-IAM5[Resource::<StorageBucket5CB7C8EA.Arn>/*]") is None
    assert reason_for("AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::*/*]") is None
    assert reason_for("AwsSolutions-S3") is None


def test_the_document_tells_each_reason() -> None:
    told = DOCUMENT.read_text("utf-8")

    rows = re.findall(r"^\| `AwsSolutions-\w+` \| \d+ \| (.*) \|$", told, re.MULTILINE)
    assert rows
    assert set(rows) <= {*RULES.values(), *WILDCARDS.values()}


def test_the_table_counts_what_was_found_by_rule_and_reason() -> None:
    found = [Found(finding="AwsSolutions-S1", construct=f"Brainswap/{name}") for name in "ab"]

    assert list(table([*found, Found(finding="AwsSolutions-S9", construct="c")]))[2:] == [
        f"| `AwsSolutions-S1` | 2 | {RULES['S1']} |",
        "| `AwsSolutions-S9` | 1 | **no reason** |",
    ]


def test_the_document_tells_what_is_seldom_used_and_when() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")

    assert with_table(document, rows(), SELDOM_MARKS) == document
