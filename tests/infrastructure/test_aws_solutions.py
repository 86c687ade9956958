"""AWS's own rules for well-built stacks: everything that they find is put right, or has a reason where it is made."""

import pytest

from infrastructure.checking import (
    DOCUMENT,
    EVERYTHING,
    FINDING_MARKS,
    SELDOM_MARKS,
    Checked,
    Found,
    Reason,
    check,
    with_table,
)
from infrastructure.reasons import as_rules_write
from infrastructure.seldom_used import rows


@pytest.fixture(scope="module")
def checked() -> Checked:
    return check(EVERYTHING)


def test_the_rules_looked_at_the_stack(checked: Checked) -> None:
    assert {each.construct.partition("/")[0] for each in checked.found} == {"Brainswap"}
    assert len(checked.found) > 50


def test_every_finding_has_a_reason(checked: Checked) -> None:
    assert [(each.finding, each.construct) for each in checked.unexplained] == []


def test_what_the_rules_are_left_with_is_what_no_reason_holds_for(checked: Checked) -> None:
    without = [each for each in checked.found if not any(reason.holds_for(each) for reason in checked.reasons)]

    assert set(without) == set(checked.unexplained)


def test_no_reason_is_left_of_what_nobody_finds_any_more(checked: Checked) -> None:
    assert checked.stale == []


def test_no_reason_is_for_more_than_what_it_stands_beside(checked: Checked) -> None:
    """One for the stack, or for all of a capability, would hold for what is added later, of which nobody thought."""
    assert min(reason.construct.count("/") for reason in checked.reasons) >= 2


def test_the_document_tells_what_is_found_and_why(checked: Checked) -> None:
    document = DOCUMENT.read_text(encoding="utf-8")

    assert with_table(document, checked.table(), FINDING_MARKS) == document


BUCKET = Found(finding="AwsSolutions-S1", construct="Brainswap/Storage/Bucket/Resource")
REASON = Reason(finding="AwsSolutions-S1", construct="Brainswap/Storage/Bucket", because="So it is.")


@pytest.mark.parametrize(
    ("finding", "construct", "holds"),
    [
        ("AwsSolutions-S1", "Brainswap/Storage/Bucket/Resource", True),
        ("AwsSolutions-S1", "Brainswap/Storage/Bucket", True),
        ("AwsSolutions-S1", "Brainswap/Storage/Bucket2/Resource", False),
        ("AwsSolutions-S10", "Brainswap/Storage/Bucket/Resource", False),
    ],
)
def test_a_reason_holds_for_one_finding_about_a_construct_and_what_is_in_it(
    finding: str, construct: str, *, holds: bool
) -> None:
    assert REASON.holds_for(Found(finding=finding, construct=construct)) == holds


def test_the_table_counts_what_was_found_by_rule_and_reason() -> None:
    other = Found(finding="AwsSolutions-S9", construct="Brainswap/Other")

    assert list(Checked(found=(BUCKET, BUCKET, other), reasons=(REASON,), unexplained=()).table())[2:] == [
        "| `AwsSolutions-S1` | 2 | So it is. |",
        "| `AwsSolutions-S9` | 1 | **no reason** |",
    ]


def test_a_reason_of_what_is_not_found_is_stale() -> None:
    assert Checked(found=(), reasons=(REASON,), unexplained=()).stale == [REASON]
    assert Checked(found=(BUCKET,), reasons=(REASON,), unexplained=()).stale == []


@pytest.mark.parametrize(
    ("resolved", "written"),
    [
        ("*", "*"),
        ({"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::scans/*"]]}, "arn:<AWS::Partition>:s3:::scans/*"),
        ({"Fn::Join": ["/", [{"Fn::GetAtt": ["Bucket1", "Arn"]}, "runs", "*"]]}, "<Bucket1.Arn>/runs/*"),
        ("${AWS::Region}", "<AWS::Region>"),
        ({"Fn::Select": [1, ["a", "b*"]]}, '{"Fn::Select":[1,["a","b*"]]}'),
    ],
)
def test_resources_are_named_as_the_rules_name_them(resolved: object, written: str) -> None:
    assert as_rules_write(resolved) == written


def test_the_document_tells_what_is_seldom_used_and_when() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")

    assert with_table(document, rows(), SELDOM_MARKS) == document
