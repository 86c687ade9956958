"""The answer cache in DynamoDB."""

import contextvars
import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from brainswap.adapters.vendor_errors import storage_errors
from brainswap.core.answers import Answer
from brainswap.core.errors import StorageThrottledError
from brainswap.ports import Artifacts
from brainswap.run_files import decode_answer, encode_answer

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

READ_AT_ONCE = 100  # keys in one BatchGetItem
WRITTEN_AT_ONCE = 25  # items in one BatchWriteItem …
WRITTEN_BYTES = 2_500_000  # … of 16 MB at most, in which JSON may take six bytes for one
ITEM_LIMIT = 300_000  # bytes of an answer kept in the item itself; DynamoDB allows 400 KB with keys
SIDE_BY_SIDE = 16  # requests for single keys
ATTEMPTS = 8  # in a row that leave everything undone
FIRST_PAUSE_S = 0.05
DAY = 86_400

T = TypeVar("T")


class DynamoAnswerCache:
    """Answers by what was asked; long ones lie in S3 under ``answers/``.

    An item is an answer, or a claim as long as it has a ``worker``. Claims are taken key by key, each by one
    conditional write; when one of these fails, those that were taken before lapse with their time.

    Args:
        days: that an answer is kept.
        clock: seconds since 1970, about the same for all workers.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        artifacts: Artifacts,
        *,
        days: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._table = table
        self._artifacts = artifacts
        self._days = days
        self._clock = clock
        self._threads = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="answers")

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        now = self._clock()
        bodies: dict[str, str | bytes] = {}
        long: list[str] = []
        for batch in _batches(dict.fromkeys(keys), READ_AT_ONCE):
            for item in self._get_batch(batch):
                if "worker" in item or float(item["expires_at"]["N"]) <= now:  # DynamoDB deletes days later
                    continue
                key = item["pk"]["S"].removeprefix("ANSWER#")
                if "body" in item:
                    bodies[key] = item["body"]["S"]
                else:
                    long.append(key)
        bodies.update(zip(long, self._each(lambda key: self._artifacts.read(_body_key(key)), long), strict=True))
        return {key: decode_answer(body) for key, body in bodies.items()}

    def claim_many(self, keys: Sequence[str], worker: str, seconds: float) -> Collection[str]:
        unique = list(dict.fromkeys(keys))
        now = self._clock()
        taken = self._each(lambda key: self._claim(key, worker, now, now + seconds), unique)
        return [key for key, ours in zip(unique, taken, strict=True) if ours]

    def put_many(self, answers: Mapping[str, Answer]) -> None:
        bodies = {key: encode_answer(answer) for key, answer in answers.items()}
        long = [key for key, body in bodies.items() if len(body) > ITEM_LIMIT]
        self._each(lambda key: self._artifacts.write(_body_key(key), bodies[key], "application/json"), long)
        expires_at = str(int(self._clock()) + self._days * DAY)
        batch: list[dict[str, Any]] = []
        size = 0
        for key, body in bodies.items():
            item = {**_key(key), "expires_at": {"N": expires_at}}
            if len(body) <= ITEM_LIMIT:
                item["body"] = {"S": body.decode()}
                size += len(body)
            batch.append(item)
            if len(batch) == WRITTEN_AT_ONCE or size > WRITTEN_BYTES - ITEM_LIMIT:
                self._put_batch(batch)
                batch, size = [], 0
        if batch:
            self._put_batch(batch)

    def release_many(self, keys: Sequence[str], worker: str) -> None:
        self._each(lambda key: self._release(key, worker), list(dict.fromkeys(keys)))

    def _get_batch(self, keys: Sequence[str]) -> list[Mapping[str, Any]]:
        items: list[Mapping[str, Any]] = []

        def get(wanted: Any) -> Any:
            answer = self._client.batch_get_item(RequestItems=wanted)
            items.extend(answer["Responses"].get(self._table, []))
            return answer.get("UnprocessedKeys")

        # A worker that has just been refused a claim has to find the answer that is there.
        keyed = [_key(key) for key in keys]
        self._until_done(get, {self._table: {"Keys": keyed, "ConsistentRead": True}}, lambda left: len(left["Keys"]))
        return items

    def _put_batch(self, items: Sequence[Mapping[str, Any]]) -> None:
        def put(wanted: Any) -> Any:
            return self._client.batch_write_item(RequestItems=wanted).get("UnprocessedItems")

        self._until_done(put, {self._table: [{"PutRequest": {"Item": item}} for item in items]}, len)

    def _until_done(self, request: Callable[[Any], Any], wanted: Any, count: Callable[[Any], int]) -> None:
        """Repeat a request with what it left undone, more and more slowly while it does nothing."""
        idle = 0
        while True:
            before = count(wanted[self._table])
            with storage_errors(self._table):
                wanted = request(wanted)
            if not wanted:
                return
            idle = 0 if count(wanted[self._table]) < before else idle + 1
            if idle == ATTEMPTS:
                raise StorageThrottledError(f"{self._table}: keys stayed unprocessed {ATTEMPTS} times")
            time.sleep(FIRST_PAUSE_S * 2**idle * (0.5 + random.random() / 2))  # noqa: S311 - jitter

    def _claim(self, key: str, worker: str, now: float, until: float) -> bool:
        with storage_errors(self._table):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={
                        **_key(key),
                        "worker": {"S": worker},
                        "claimed_until": {"N": f"{until:.3f}"},
                        "expires_at": {"N": str(int(until) + 1)},
                    },
                    ConditionExpression="attribute_not_exists(pk) OR worker = :worker"
                    " OR claimed_until <= :now OR expires_at <= :now",
                    ExpressionAttributeValues={":worker": {"S": worker}, ":now": {"N": f"{now:.3f}"}},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def _release(self, key: str, worker: str) -> None:
        with storage_errors(self._table):
            try:
                self._client.delete_item(
                    TableName=self._table,
                    Key=_key(key),
                    ConditionExpression="worker = :worker",
                    ExpressionAttributeValues={":worker": {"S": worker}},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return

    def _each(self, work: Callable[[str], T], keys: Sequence[str]) -> list[T]:
        """The results in the order of the keys; the first error when all have ended."""
        futures = [self._threads.submit(contextvars.copy_context().run, work, key) for key in keys]
        errors = [error for future in futures if (error := future.exception()) is not None]
        if errors:
            raise errors[0]
        return [future.result() for future in futures]


def _batches(keys: Iterable[str], size: int) -> Iterator[list[str]]:
    listed = list(keys)
    return (listed[start : start + size] for start in range(0, len(listed), size))


def _key(key: str) -> dict[str, Any]:
    return {"pk": {"S": f"ANSWER#{key}"}}


def _body_key(key: str) -> str:
    return f"answers/{key[:2]}/{key}.json"
