"""The ledger: the same contract for DynamoDB and for the fake."""

import secrets
from collections.abc import Iterator

import boto3
import pytest

from brainswap.adapters.dynamodb_ledger import DynamoLedger
from brainswap.core.errors import StorageAccessError
from brainswap.ports import Ledger
from local.cloud import LEDGER
from tests.fakes.stores import MemoryLedger


@pytest.fixture(params=["dynamodb", "memory"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    request.getfixturevalue("aws")
    yield DynamoLedger(boto3.client("dynamodb"), LEDGER)


@pytest.fixture
def run_id() -> str:
    return secrets.token_hex(4)


def test_a_run_that_began_is_running(ledger: Ledger, run_id: str) -> None:
    ledger.open_run(run_id, {"workload": "w"})

    record = ledger.run(run_id) or {}
    assert (record["workload"], record["status"]) == ("w", "running")


def test_facts_are_added_and_the_others_stay(ledger: Ledger, run_id: str) -> None:
    ledger.open_run(run_id, {"workload": "w"})

    ledger.note(run_id, {"verdict": "hold", "shards": 7, "nothing": None})

    record = ledger.run(run_id) or {}
    assert (record["workload"], record["verdict"], record["shards"], record["nothing"]) == ("w", "hold", 7, None)


def test_an_unknown_run_is_none(ledger: Ledger, run_id: str) -> None:
    assert ledger.run(run_id) is None


def test_the_first_reason_for_which_a_contender_was_stopped_stays(ledger: Ledger, run_id: str) -> None:
    ledger.stop(run_id, "target-1", "no access")
    ledger.stop(run_id, "target-1", "no money")
    ledger.stop(run_id, "source", "retired")

    assert ledger.stopped(run_id) == {"target-1": "no access", "source": "retired"}


def test_nobody_is_stopped_in_a_run_that_nobody_stopped(ledger: Ledger, run_id: str) -> None:
    ledger.open_run(run_id, {"workload": "w"})
    ledger.stop(f"{run_id}-other", "source", "retired")

    assert ledger.stopped(run_id) == {}


def test_what_was_stopped_is_no_part_of_the_record(ledger: Ledger, run_id: str) -> None:
    ledger.open_run(run_id, {"workload": "w"})

    ledger.stop(run_id, "source", "retired")

    assert "retired" not in str(ledger.run(run_id))


@pytest.mark.usefixtures("aws")
def test_starting_again_forgets_the_earlier_failure(run_id: str) -> None:
    ledger = DynamoLedger(boto3.client("dynamodb"), LEDGER)
    ledger.open_run(run_id, {"workload": "w"})
    ledger.note(run_id, {"status": "failed", "error": "E", "cause": "c", "shard_error": "E"})

    ledger.open_run(run_id, {"workload": "w"})

    record = ledger.run(run_id) or {}
    assert record["status"] == "running"
    assert not {"error", "cause", "shard_error"} & set(record)


@pytest.mark.usefixtures("aws")
def test_a_table_that_is_not_there_is_an_access_error(run_id: str) -> None:
    with pytest.raises(StorageAccessError):
        DynamoLedger(boto3.client("dynamodb"), "nobody-has-this-table").run(run_id)
