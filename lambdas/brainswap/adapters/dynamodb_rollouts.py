"""Records of roll-outs, in the ledger's table: one item for each workload."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from brainswap.adapters.vendor_errors import storage_errors

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()
_REFUSED = "ConditionalCheckFailedException"


class DynamoRollouts:
    """Every change is conditional, so that a machine and a person cannot both have their way."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def claim(self, workload: str, run_id: str, facts: Mapping[str, Any]) -> bool:
        another_ended = "#run <> :run AND NOT #status IN (:running, :back)"
        condition = f"attribute_not_exists(#status) OR ({another_ended}) OR (#run = :run AND #status = :running)"
        values = {":running": {"S": "running"}, ":back": {"S": "rolling_back"}, ":run": {"S": run_id}}
        return self._update(workload, {**facts, "run_id": run_id, "status": "running"}, condition, values)

    def current(self, workload: str) -> Mapping[str, Any] | None:
        return self._read(_key(workload))

    def note(self, workload: str, run_id: str, facts: Mapping[str, Any], *, expecting: frozenset[str]) -> bool:
        statuses = {f":status{number}": {"S": status} for number, status in enumerate(sorted(expecting))}
        condition = f"#run = :run AND #status IN ({', '.join(statuses)})"
        return self._update(workload, facts, condition, {":run": {"S": run_id}, **statuses})

    def shadow_asked(self, run_id: str) -> int:
        """Clients count it; see `brainswap.client.mirroring`."""
        kept = self._read({"pk": {"S": f"SHADOW#{run_id}"}, "sk": {"S": "ASKED"}})
        return 0 if kept is None else int(kept["asked"])

    def _read(self, key: Any) -> Mapping[str, Any] | None:
        with storage_errors(self._table):
            item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return None if item is None else {name: _deserializer.deserialize(value) for name, value in item.items()}

    def _update(self, workload: str, facts: Mapping[str, Any], condition: str, values: Mapping[str, Any]) -> bool:
        names = {f"#{number}": name for number, name in enumerate(facts)}
        given = {f":{number}": _serializer.serialize(value) for number, value in enumerate(facts.values())}
        with storage_errors(self._table):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(workload),
                    UpdateExpression="SET " + ", ".join(f"#{number} = :{number}" for number in range(len(facts))),
                    ConditionExpression=condition,
                    ExpressionAttributeNames={**names, "#run": "run_id", "#status": "status"},
                    ExpressionAttributeValues={**given, **values},
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") == _REFUSED:
                    return False
                raise
        return True


def _key(workload: str) -> Any:
    return {"pk": {"S": f"ROLLOUT#{workload}"}, "sk": {"S": "CURRENT"}}
