from typing import Any

import pytest

from brainswap.core.loading.approval_checks import approvals_that_nobody_gives
from brainswap.core.workload import Workload
from tests.fakes.runs import declaration


@pytest.mark.parametrize(
    ("changes", "people"),
    [
        ({}, 0),
        ({"approval": {"required": False}}, 0),
        ({"approval": {"required": True}}, 1),
        ({"approval": {"people": 2}}, 2),
        ({"critical": True}, 2),
        ({"critical": True, "approval": {"people": 1}}, 2),
    ],
)
def test_so_many_people_have_to_approve(changes: dict[str, Any], people: int) -> None:
    assert Workload.model_validate(declaration(**changes)).approvals == people


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"critical": True, "approval": {"required": False}}, "two people approve"),
        ({"critical": True, "approval": {"approvers": ["anna@example.com"]}}, "there is one who may"),
        ({"approval": {"people": 2, "approvers": ["anna@example.com"]}}, "there is one who may"),
        ({"approval": {"approvers": ["anna"]}}, "neither an ARN nor an e-mail address"),
    ],
)
def test_an_approval_that_cannot_come_to_pass_is_a_problem(changes: dict[str, Any], wrong: str) -> None:
    (found,) = approvals_that_nobody_gives(declaration(**changes))

    assert wrong in found.wrong


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"critical": True},
        {"critical": True, "approval": {"approvers": ["*@example.com"]}},
        {"approval": {"people": 2, "approvers": ["anna@example.com", "arn:aws:iam::123456789012:user/bert"]}},
        {"approval": "yes"},
        {"approval": {"approvers": 7, "people": "two"}},
    ],
)
def test_what_can_be_or_is_wrong_elsewhere_is_passed_over(changes: dict[str, Any]) -> None:
    assert list(approvals_that_nobody_gives(declaration(**changes))) == []
