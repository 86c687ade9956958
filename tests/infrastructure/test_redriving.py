"""Going on with failed runs. moto redrives nothing, so that what Step Functions says of an execution is told here."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from local.account.redriving import Redriven, redrive
from local.account.stack import NoStackError, Stack
from tests.infrastructure.accounts import ACCOUNT, REGION, Calls, refusal

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Migration"
REQUEST = {
    "run_id": "support-1",
    "workload": "support",
    "version": "v1",
    "seed": 7,
    "started_at": "2026-10-01T00:00:00Z",
}


def _execution(
    calls: Calls, status: str, *, redrivable: bool = True, last_state: str = "TaskStateEntered"
) -> list[Any]:
    """Step Functions knows such an execution; the parameters of what is asked afterwards."""
    asked: list[Any] = []
    calls.answers |= {
        "stepfunctions.DescribeExecution": {
            "status": status,
            "input": json.dumps(REQUEST),
            "redriveStatus": "REDRIVABLE" if redrivable else "NOT_REDRIVABLE",
        },
        "stepfunctions.GetExecutionHistory": {
            "events": [{"type": "ExecutionFailed", "id": 9}, {"type": last_state, "id": 8}]
        },
        "stepfunctions.RedriveExecution": {"redriveDate": NOW},
        "stepfunctions.StartExecution": {"executionArn": "arn", "startDate": NOW},
    }
    for name in ("stepfunctions.RedriveExecution", "stepfunctions.StartExecution"):
        calls.hearers[name] = asked.append
    return asked


def _redrive() -> Redriven:
    stack = Stack(
        name="Brainswap",
        region=REGION,
        session=boto3.Session(region_name=REGION),
        outputs={"StateMachineArn": MACHINE},
    )
    return redrive(stack, "support-1", now=lambda: NOW)


@pytest.mark.parametrize("status", ["TIMED_OUT", "ABORTED", "FAILED"])
def test_a_run_that_broke_off_goes_on_where_it_was(calls: Calls, status: str) -> None:
    asked = _execution(calls, status)

    done = _redrive()

    assert (done.how, done.run_id) == ("redriven", "support-1")
    assert asked == [{"executionArn": f"arn:aws:states:{REGION}:{ACCOUNT}:execution:Migration:support-1"}]


@pytest.mark.parametrize(
    ("redrivable", "last_state"),
    [(True, "FailStateEntered"), (False, "TaskStateEntered")],
    ids=["it ended in Fail", "it is too long ago"],
)
def test_a_run_that_cannot_go_on_is_started_anew_with_the_same_request(
    calls: Calls, *, redrivable: bool, last_state: str
) -> None:
    asked = _execution(calls, "FAILED", redrivable=redrivable, last_state=last_state)

    done = _redrive()

    ((started),) = asked
    assert done.how == "started anew"
    assert done.was == "support-1"
    assert started["name"] == done.run_id != "support-1"
    assert json.loads(started["input"]) == {**REQUEST, "run_id": done.run_id, "started_at": "2026-11-01T12:00:00+00:00"}


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_a_run_that_did_not_fail_is_left_alone(calls: Calls, status: str) -> None:
    asked = _execution(calls, status)

    with pytest.raises(NoStackError, match=f"support-1 is {status}"):
        _redrive()
    assert asked == []


def test_a_run_that_nobody_knows_is_not_invented(calls: Calls) -> None:
    _execution(calls, "FAILED")
    calls.answers["stepfunctions.DescribeExecution"] = refusal("DescribeExecution", "ExecutionDoesNotExist")

    with pytest.raises(NoStackError, match="has no run support-1"):
        _redrive()
