"""Whole executions that wait for people: approved, rejected, too late, by two, twice, and with words that got lost."""

import boto3
import pytest

from brainswap.approving import approve, reject
from brainswap.contracts import Waiting
from brainswap.core.approving.record import ApprovalRecord
from brainswap.core.errors import ApprovalRefusedError
from brainswap.handlers import prepare
from brainswap.run_files import RunFiles
from local.cloud import Cloud
from tests.fakes.approvals import ANNA, BERT, asked, start_waiting, states_of, until
from tests.fakes.runs import RUN
from tests.fakes.told import MemoryTasks


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """People are waited for two seconds."""
    real = prepare.run

    def run(*arguments: object) -> object:
        return real(*arguments).model_copy(update={"approval": Waiting(required=True, seconds=2)})  # type: ignore[arg-type]

    monkeypatch.setattr(prepare, "run", run)


def record_of(cloud: Cloud) -> ApprovalRecord:
    kept = cloud.using.approvals.read(RUN)
    assert kept is not None
    return kept.record


def test_traffic_moves_when_a_person_has_approved(cloud: Cloud) -> None:
    arn = start_waiting(cloud)
    seen = asked(cloud)
    waiting = dict(cloud.using.ledger.run(RUN) or {})

    approve(RUN, ANNA, seen.report_sha256, "looks good", cloud.using)
    outcome = cloud.wait(arn)

    assert (waiting["status"], waiting["approval"]) == ("done", "wanted")
    assert outcome.status == "SUCCEEDED"
    assert states_of(arn)[-5:] == ["Approve", "Settle", "CheckApproval", "Switch", "HandOver"]
    assert (cloud.using.ledger.run(RUN) or {})["approval"] == "approved"


def test_nothing_moves_when_a_person_has_rejected(cloud: Cloud) -> None:
    arn = start_waiting(cloud)
    asked(cloud)

    reject(RUN, ANNA, "wrong tone", cloud.using)
    outcome = cloud.wait(arn)

    assert (outcome.status, states_of(arn)[-1]) == ("SUCCEEDED", "Rejected")
    assert (cloud.using.ledger.run(RUN) or {})["approval"] == "rejected"


@pytest.mark.usefixtures("impatient")
def test_nobody_is_waited_for_longer_than_was_said(cloud: Cloud) -> None:
    arn = start_waiting(cloud)

    outcome = cloud.wait(arn)

    assert (outcome.status, states_of(arn)[-1]) == ("SUCCEEDED", "Expired")
    assert (cloud.using.ledger.run(RUN) or {})["approval"] == "expired"
    with pytest.raises(ApprovalRefusedError, match="brainswap start yes-or-no"):
        approve(RUN, ANNA, record_of(cloud).report_sha256, "", cloud.using)


def test_a_critical_application_waits_for_a_second_person(cloud: Cloud) -> None:
    arn = start_waiting(cloud, critical=True)
    seen = asked(cloud)

    approve(RUN, ANNA, seen.report_sha256, "", cloud.using)
    with pytest.raises(ApprovalRefusedError, match="another person"):
        approve(RUN, ANNA, seen.report_sha256, "", cloud.using)
    still = boto3.client("stepfunctions").describe_execution(executionArn=arn)["status"]
    approve(RUN, BERT, seen.report_sha256, "", cloud.using)
    cloud.wait(arn)

    assert still == "RUNNING"
    assert states_of(arn)[-2:] == ["Switch", "HandOver"]


@pytest.mark.usefixtures("impatient")
def test_an_approval_whose_word_got_lost_counts_all_the_same(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = start_waiting(cloud)
    seen = until(lambda: kept.record if (kept := cloud.using.approvals.read(RUN)) else None)

    with monkeypatch.context() as lost:
        lost.setitem(cloud.using.__dict__, "tasks", MemoryTasks())
        approve(RUN, ANNA, seen.report_sha256, "", cloud.using)
    cloud.wait(arn)

    assert states_of(arn)[-2:] == ["Switch", "HandOver"]
    assert record_of(cloud).status == "approved"


def test_a_word_that_got_lost_can_be_said_again(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = start_waiting(cloud)
    seen = asked(cloud)

    with monkeypatch.context() as lost:
        lost.setitem(cloud.using.__dict__, "tasks", MemoryTasks())
        approve(RUN, ANNA, seen.report_sha256, "", cloud.using)
    approve(RUN, ANNA, seen.report_sha256, "", cloud.using)
    approve(RUN, ANNA, seen.report_sha256, "", cloud.using)
    cloud.wait(arn)

    assert states_of(arn).count("Switch") == 1
    assert len(record_of(cloud).words) == 1


def test_a_task_that_is_woken_without_an_approval_waits_on(cloud: Cloud) -> None:
    arn = start_waiting(cloud)
    seen = asked(cloud)

    token = cloud.using.approvals.token(RUN)
    assert token is not None
    forged = '{"status": "approved", "time_is_up": true}'
    boto3.client("stepfunctions").send_task_success(taskToken=token, output=forged)
    until(lambda: record_of(cloud) if cloud.using.approvals.token(RUN) != token else None)
    approve(RUN, ANNA, seen.report_sha256, "", cloud.using)
    cloud.wait(arn)

    assert states_of(arn).count("Approve") == 2
    assert states_of(arn)[-2:] == ["Switch", "HandOver"]


def test_a_report_that_was_changed_meanwhile_is_not_approved(cloud: Cloud) -> None:
    arn = start_waiting(cloud)
    seen = asked(cloud)
    files = RunFiles(cloud.using.artifacts, RUN)
    original = files.read_text("report.json")

    files.write_text("report.json", original.replace("yes-or-no", "yes-or-NO"), "application/json")
    with pytest.raises(ApprovalRefusedError, match="was changed after approval was asked for"):
        approve(RUN, ANNA, seen.report_sha256, "", cloud.using)
    files.write_text("report.json", original, "application/json")
    reject(RUN, ANNA, "somebody changed the report", cloud.using)
    cloud.wait(arn)

    assert states_of(arn)[-1] == "Rejected"
