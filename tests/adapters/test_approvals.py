"""Approvals: the same contract for DynamoDB and for the fake."""

import secrets
from collections.abc import Iterator

import boto3
import pytest

from brainswap.adapters.dynamodb_approvals import DynamoApprovals
from brainswap.adapters.dynamodb_ledger import DynamoLedger
from brainswap.core.approving.record import ApprovalRecord
from brainswap.core.errors import StorageAccessError
from brainswap.ports import Approvals
from local.cloud import LEDGER
from tests.fakes.approvals import wanted
from tests.fakes.stores import MemoryApprovals


@pytest.fixture(params=["dynamodb", "memory"])
def approvals(request: pytest.FixtureRequest) -> Iterator[Approvals]:
    if request.param == "memory":
        yield MemoryApprovals()
        return
    request.getfixturevalue("aws")
    yield DynamoApprovals(boto3.client("dynamodb"), LEDGER)


@pytest.fixture
def record() -> ApprovalRecord:
    return wanted(run_id=secrets.token_hex(4))


def test_nothing_is_known_of_a_run_that_asks_for_nothing(approvals: Approvals, record: ApprovalRecord) -> None:
    assert approvals.read(record.run_id) is None
    assert approvals.token(record.run_id) is None


def test_a_record_is_read_as_it_was_written(approvals: Approvals, record: ApprovalRecord) -> None:
    assert approvals.write(record, after=0)

    kept = approvals.read(record.run_id)

    assert kept is not None
    assert (kept.record, kept.revision) == (record, 1)


def test_of_two_who_write_after_the_same_write_one_is_turned_away(approvals: Approvals, record: ApprovalRecord) -> None:
    first = approvals.write(record, after=0), approvals.write(record.changed(people=2), after=0)
    second = (
        approvals.write(record.changed(status="approved"), after=1),
        approvals.write(record.changed(status="rejected"), after=1),
    )

    kept = approvals.read(record.run_id)
    assert (first, second) == ((True, False), (True, False))
    assert kept is not None
    assert (kept.record.status, kept.record.people, kept.revision) == ("approved", 1, 2)


def test_the_newest_token_is_kept_and_is_no_part_of_the_record(approvals: Approvals, record: ApprovalRecord) -> None:
    approvals.write(record, after=0)

    approvals.keep_token(record.run_id, "first-secret")
    approvals.keep_token(record.run_id, "second-secret")

    assert approvals.token(record.run_id) == "second-secret"
    assert "secret" not in str(approvals.read(record.run_id))


@pytest.mark.usefixtures("aws")
def test_the_record_of_the_run_does_not_hold_the_token(record: ApprovalRecord) -> None:
    client = boto3.client("dynamodb")
    DynamoLedger(client, LEDGER).open_run(record.run_id, {"workload": "w"})

    DynamoApprovals(client, LEDGER).keep_token(record.run_id, "secret")

    assert "secret" not in str(DynamoLedger(client, LEDGER).run(record.run_id))


@pytest.mark.usefixtures("aws")
def test_a_table_that_is_not_there_is_an_access_error(record: ApprovalRecord) -> None:
    with pytest.raises(StorageAccessError):
        DynamoApprovals(boto3.client("dynamodb"), "nobody-has-this-table").write(record, after=1)
