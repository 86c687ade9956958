import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.approving.people import is_same_person, may_approve, names_a_person

SERVICES = [
    "GitHubActions",
    "AWSCodeBuild-1b5c0e1c-6a0e-4f5c-9d8f-0a1b2c3d4e5f",
    "0123456789abcdef0123456789abcdef",
    "eks-cluster-pod-1b5c0e1c",
]
STS = "arn:aws:sts::123456789012:assumed-role"


@pytest.mark.parametrize(
    ("person", "pattern"),
    [
        (f"{STS}/Approvers/anna", f"{STS}/Approvers/*"),
        (f"{STS}/Approvers/anna", "arn:aws:*:assumed-role/Approvers/*"),
        ("Anna@Example.com", "anna@example.com"),
        ("anna@example.com", "*@example.com"),
        (f"{STS}/Dev/anna@example.com", "arn:aws:sts::*:assumed-role/Dev/*@example.com"),
        (f"{STS}/Dev/anna@example.com", "*/anna@example.com"),
    ],
)
def test_a_pattern_names_those_whom_it_fits(person: str, pattern: str) -> None:
    assert may_approve(person, ["nobody@example.com", pattern])


@pytest.mark.parametrize(
    ("person", "pattern"),
    [
        (f"{STS}/Approvers-not/anna", f"{STS}/Approvers/*"),
        (f"{STS}/Dev/anna@example.com", "anna@example.com"),
        (f"{STS}/Dev/anna@example.com", "*@example.com"),
        (f"{STS}/Dev/anna@example.com", "*anna@example.com"),
        ("anna@example.com.evil.org", "*@example.com"),
        ("anna@example.com\nx", "anna@example.com"),
        ("annb@example.com", "ann[ab]@example.com"),
        ("anna@example.com", "ann?@example.com"),
    ],
)
def test_a_pattern_names_nobody_else(person: str, pattern: str) -> None:
    assert not may_approve(person, [pattern])


def test_everybody_may_where_nobody_is_named() -> None:
    assert may_approve("anybody", None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{STS}/Dev/anna", f"{STS}/Admin/anna"),
        (f"{STS}/Dev/anna", "arn:aws:iam::123456789012:user/anna"),
        (f"{STS}/Dev/Anna@example.com", "anna@example.com"),
        (f"{STS}/Dev/anna", "anna@example.com"),
        ("anna@example.com", "anna+second@example.com"),
        ("anna+first@example.com", "anna+second@example.com"),
        (f"{STS}/Dev/anna", "anna+second@example.com"),
        ("jos\u00e9@example.com", "jose\u0301@example.com"),
        ("\uff41nna@example.com", "anna@example.com"),
        ("an\u200bna@example.com", "anna@example.com"),
        ("STRASSE@example.com", "stra\u00dfe@example.com"),
    ],
)
def test_somebody_who_comes_another_way_is_no_second_person(one: str, other: str) -> None:
    assert is_same_person(one, other)
    assert is_same_person(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{STS}/Dev/anna", f"{STS}/Dev/bert"),
        ("anna@example.com", "anna@example.org"),
        (f"{STS}/Dev/anna@example.com", f"{STS}/Dev/anna@example.org"),
    ],
)
def test_two_people_are_two(one: str, other: str) -> None:
    assert not is_same_person(one, other)


@given(st.text(), st.text())
def test_being_the_same_goes_both_ways(one: str, other: str) -> None:
    assert is_same_person(one, one)
    assert is_same_person(one, other) == is_same_person(other, one)


@pytest.mark.parametrize(
    "session", ["botocore-session-1764342000", "AWSCLI-Session", "aws-sdk-js-1764", "i-0123456789abcdef0", *SERVICES]
)
def test_a_session_that_a_program_named_is_of_anybody(session: str) -> None:
    assert not names_a_person(f"{STS}/Dev/{session}")
    assert names_a_person(f"{STS}/Dev/anna")
