"""The ledger and the answer cache in DynamoDB."""

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from brainswap.adapters.vendor_errors import storage_errors
from brainswap.core.answers import Answer
from brainswap.core.errors import StorageThrottledError
from brainswap.ports import Artifacts
from brainswap.run_files import decode_answer, encode_answer

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

BATCH = 100  # keys in one BatchGetItem
ITEM_LIMIT = 300_000  # bytes of an answer kept in the item itself; DynamoDB allows 400 KB with keys
DAY = 86_400
ATTEMPTS = 8

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


class DynamoLedger:
    """What is known of runs: one item each."""

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
                Key=_run_key(run_id),
                UpdateExpression=f"SET {sets}" + (f" REMOVE {removes}" if removes else ""),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    f":{index}": _serializer.serialize(_storable(value)) for index, value in enumerate(facts.values())
                },
            )

    def run(self, run_id: str) -> Mapping[str, Any] | None:
        with storage_errors(self._table):
            item = self._client.get_item(TableName=self._table, Key=_run_key(run_id), ConsistentRead=True).get("Item")
        return None if item is None else {name: _deserializer.deserialize(value) for name, value in item.items()}


class DynamoAnswerCache:
    """Answers by what was asked; long ones lie in S3 under ``answers/``."""

    def __init__(self, client: "DynamoDBClient", table: str, artifacts: Artifacts, *, days: int) -> None:
        self._client = client
        self._table = table
        self._artifacts = artifacts
        self._days = days

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        now = time.time()
        found: dict[str, Answer] = {}
        unique = list(dict.fromkeys(keys))
        for start in range(0, len(unique), BATCH):
            for item in self._get_batch(unique[start : start + BATCH]):
                if int(item["expires_at"]["N"]) <= now:  # DynamoDB deletes within days, not at once
                    continue
                key = item["pk"]["S"].removeprefix("ANSWER#")
                body = item["body"]["S"] if "body" in item else self._artifacts.read(_body_key(key))
                found[key] = decode_answer(body)
        return found

    def put(self, key: str, answer: Answer) -> None:
        body = encode_answer(answer).decode()
        item: dict[str, Any] = {
            "pk": {"S": f"ANSWER#{key}"},
            "expires_at": {"N": str(int(time.time()) + self._days * DAY)},
        }
        if len(body.encode()) <= ITEM_LIMIT:
            item["body"] = {"S": body}
        else:
            self._artifacts.write(_body_key(key), body.encode(), "application/json")
        with storage_errors(self._table):
            self._client.put_item(TableName=self._table, Item=item)

    def _get_batch(self, keys: Sequence[str]) -> list[Mapping[str, Any]]:
        wanted: Any = {self._table: {"Keys": [{"pk": {"S": f"ANSWER#{key}"}} for key in keys]}}
        items: list[Mapping[str, Any]] = []
        for _ in range(ATTEMPTS):
            with storage_errors(self._table):
                answer = self._client.batch_get_item(RequestItems=wanted)
            items += answer["Responses"].get(self._table, [])
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return items
        raise StorageThrottledError(f"{self._table}: keys stayed unprocessed {ATTEMPTS} times")


def _run_key(run_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": "RUN"}}


def _body_key(key: str) -> str:
    return f"answers/{key[:2]}/{key}.json"


def _storable(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value
