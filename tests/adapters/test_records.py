"""Records: the same contract for DynamoDB and for the fake."""

import secrets
from collections.abc import Iterator
from typing import Any
from unittest import mock

import boto3
import pytest

from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.ports import Records
from local.cloud import LEDGER
from tests.fakes.stores import MemoryRecords

FACTS: dict[str, Any] = {
    "text": "é",
    "number": 7,
    "share": 0.25,
    "nothing": None,
    "inner": {"list": ["a", {"b": True}]},
}


@pytest.fixture(params=["dynamodb", "memory"])
def records(request: pytest.FixtureRequest) -> Iterator[Records]:
    if request.param == "memory":
        yield MemoryRecords()
        return
    request.getfixturevalue("aws")
    yield DynamoRecords(boto3.client("dynamodb"), LEDGER)


@pytest.fixture
def group() -> str:
    return f"GROUP#{secrets.token_hex(4)}"


def test_what_is_kept_is_found_as_it_was(records: Records, group: str) -> None:
    assert records.keep(group, "a", FACTS, over=None)

    record = records.find(group, "a")
    assert record is not None
    assert (record.key, record.facts, record.revision) == ("a", FACTS, 1)


def test_nothing_is_found_where_nothing_is(records: Records, group: str) -> None:
    assert records.find(group, "a") is None
    assert list(records.all(group)) == []


def test_a_change_takes_the_place_of_all_facts(records: Records, group: str) -> None:
    records.keep(group, "a", FACTS, over=None)

    assert records.keep(group, "a", {"other": 1}, over=1)

    record = records.find(group, "a")
    assert record is not None
    assert (record.facts, record.revision) == ({"other": 1}, 2)


@pytest.mark.parametrize("over", [None, 2])
def test_a_change_over_another_revision_is_not_made(records: Records, group: str, over: int | None) -> None:
    records.keep(group, "a", {"first": 1}, over=None)

    assert not records.keep(group, "a", {"second": 2}, over=over)

    record = records.find(group, "a")
    assert record is not None
    assert record.facts == {"first": 1}


def test_a_change_of_what_is_not_there_is_not_made(records: Records, group: str) -> None:
    assert not records.keep(group, "a", {"first": 1}, over=1)
    assert records.find(group, "a") is None


def test_a_group_is_listed_by_key_and_holds_no_other(records: Records, group: str) -> None:
    for key in ("b", "a"):
        records.keep(group, key, {"key": key}, over=None)
    records.keep(f"{group}-other", "c", {}, over=None)

    assert [(record.key, record.facts) for record in records.all(group)] == [("a", {"key": "a"}), ("b", {"key": "b"})]


def test_a_record_goes_over_its_revision_alone(records: Records, group: str) -> None:
    records.keep(group, "a", {}, over=None)

    assert not records.drop(group, "a", over=2)
    assert records.drop(group, "a", over=1)
    assert not records.drop(group, "a", over=1)
    assert records.find(group, "a") is None


@pytest.mark.usefixtures("aws")
def test_a_long_group_is_listed_whole(group: str) -> None:
    records = DynamoRecords(boto3.client("dynamodb"), LEDGER)
    long = "x" * 350_000  # three make more than DynamoDB's page of a megabyte
    for key in ("a", "b", "c", "d"):
        records.keep(group, key, {"long": long}, over=None)

    assert [record.key for record in records.all(group)] == ["a", "b", "c", "d"]


@pytest.mark.usefixtures("aws")
def test_a_request_that_was_sent_again_has_made_its_change(group: str) -> None:
    client = boto3.client("dynamodb")
    records, put = DynamoRecords(client, LEDGER), client.put_item

    def twice(**asked: Any) -> Any:
        put(**asked)
        return put(**asked)

    with mock.patch.object(client, "put_item", twice):
        assert records.keep(group, "a", {"first": 1}, over=None)
        assert not DynamoRecords(client, LEDGER).keep(group, "a", {"second": 1}, over=None)
