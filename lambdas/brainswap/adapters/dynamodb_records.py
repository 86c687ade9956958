"""Records in DynamoDB."""

import secrets
import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from brainswap.adapters.vendor_errors import storage_errors
from brainswap.ports import Record

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()
_OWN = ("pk", "sk", "revision", "written_by")


class DynamoRecords:
    """An item for each record, with its facts as attributes.

    A client sends a request again when it hears nothing, although the first may have arrived. Each change therefore
    leaves who made it (``written_by``), and one that meets its own name has been made.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._name = secrets.token_urlsafe(6)
        self._number = 0
        self._lock = threading.Lock()

    def find(self, group: str, key: str) -> Record | None:
        with storage_errors(self._table):
            item = self._client.get_item(
                TableName=self._table, Key={"pk": {"S": group}, "sk": {"S": key}}, ConsistentRead=True
            ).get("Item")
        return None if item is None else _record(item)

    def all(self, group: str) -> Sequence[Record]:
        asked: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :group",
            "ExpressionAttributeValues": {":group": {"S": group}},
            "ConsistentRead": True,
        }
        found: list[Record] = []
        while True:
            with storage_errors(self._table):
                page = self._client.query(**asked)
            found += map(_record, page["Items"])
            if not page.get("LastEvaluatedKey"):
                return found
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def keep(self, group: str, key: str, facts: Mapping[str, Any], *, over: int | None) -> bool:
        with self._lock:
            self._number += 1
            name = f"{self._name}/{self._number}"
        item = {
            **{fact: _serializer.serialize(_storable(value)) for fact, value in facts.items()},
            "pk": {"S": group},
            "sk": {"S": key},
            "revision": {"N": str((over or 0) + 1)},
            "written_by": {"S": name},
        }
        condition: Any = _condition(over)
        with storage_errors(self._table):
            try:
                self._client.put_item(
                    TableName=self._table, Item=item, ReturnValuesOnConditionCheckFailure="ALL_OLD", **condition
                )
            except self._client.exceptions.ConditionalCheckFailedException as error:
                standing: Any = error.response.get("Item") or {}
                return bool(standing.get("written_by") == {"S": name})
        return True

    def drop(self, group: str, key: str, *, over: int) -> bool:
        condition: Any = _condition(over)
        with storage_errors(self._table):
            try:
                self._client.delete_item(TableName=self._table, Key={"pk": {"S": group}, "sk": {"S": key}}, **condition)
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True


def _condition(over: int | None) -> dict[str, Any]:
    if over is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "revision = :over",
        "ExpressionAttributeValues": {":over": {"N": str(over)}},
    }


def _record(item: Mapping[str, Any]) -> Record:
    values = {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}
    return Record(
        key=values["sk"],
        facts={name: value for name, value in values.items() if name not in _OWN},
        revision=values.get("revision", 0),
    )


def _storable(value: Any) -> Any:
    match value:
        case float():
            return Decimal(str(value))
        case dict():
            return {name: _storable(each) for name, each in value.items()}
        case list() | tuple():
            return [_storable(each) for each in value]
        case _:
            return value


def _plain(value: Any) -> Any:
    """As JSON's types, which know no decimals."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case _:
            return value
