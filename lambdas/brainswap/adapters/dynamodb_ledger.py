"""The ledger in DynamoDB."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from brainswap.adapters.vendor_errors import storage_errors

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()

CONTENDER = "contender:"  # before its id, which might be the name of a key of the item


class DynamoLedger:
    """What is known of runs: an item for the record of each, and one for the contenders that were stopped."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def open_run(self, run_id: str, facts: Mapping[str, Any]) -> None:
        self.note(run_id, {**facts, "status": "running"}, forget=("error", "cause", "shard_error", "shard_cause"))

    def note(self, run_id: str, facts: Mapping[str, Any], forget: Sequence[str] = ()) -> None:
        names = {f"#{index}": name for index, name in enumerate((*facts, *forget))}
        sets = ", ".join(f"#{index} = :{index}" for index in range(len(facts)))
        removes = ", ".join(f"#{len(facts) + index}" for index in range(len(forget)))
        with storage_errors(self._table):
            self._client.update_item(
                TableName=self._table,
                Key=_key(run_id, "RUN"),
                UpdateExpression=f"SET {sets}" + (f" REMOVE {removes}" if removes else ""),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    f":{index}": _serializer.serialize(_storable(value)) for index, value in enumerate(facts.values())
                },
            )

    def run(self, run_id: str) -> Mapping[str, Any] | None:
        return self._read(_key(run_id, "RUN"))

    def stop(self, run_id: str, contender: str, reason: str) -> None:
        with storage_errors(self._table):
            self._client.update_item(
                TableName=self._table,
                Key=_key(run_id, "STOPPED"),
                UpdateExpression="SET #contender = if_not_exists(#contender, :reason)",
                ExpressionAttributeNames={"#contender": CONTENDER + contender},
                ExpressionAttributeValues={":reason": {"S": reason}},
            )

    def stopped(self, run_id: str) -> Mapping[str, str]:
        item = self._read(_key(run_id, "STOPPED")) or {}
        return {name.removeprefix(CONTENDER): reason for name, reason in item.items() if name.startswith(CONTENDER)}

    def _read(self, key: dict[str, Any]) -> Mapping[str, Any] | None:
        with storage_errors(self._table):
            item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return None if item is None else {name: _deserializer.deserialize(value) for name, value in item.items()}


def _key(run_id: str, what: str) -> dict[str, Any]:
    return {"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": what}}


def _storable(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value
