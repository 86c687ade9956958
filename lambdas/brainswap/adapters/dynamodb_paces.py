"""The pace of each model in DynamoDB."""

import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from brainswap.adapters.vendor_errors import storage_errors
from brainswap.core.pacing import PERIOD_S
from brainswap.ports import Pace

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

WORKER = "worker:"
CALLS_UNTIL = "@"
FORGOTTEN_AFTER_S = 60.0  # without a word; long enough that nobody forgets a worker that is just late
FORGOTTEN_AT_ONCE = 25


class DynamoPaces:
    """One item for each model; every worker is an attribute of it, with its calls in flight and the time of its word.

    Every beat writes the whole item, some 60 bytes for each worker: DynamoDB's thousand units per second and item bear
    about a thousand workers that ask one model with sixteen beats a second among them, as the gate's do.

    Args:
        clock: seconds since 1970, about the same for all workers.
    """

    def __init__(self, client: "DynamoDBClient", table: str, *, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def beat(self, model: str, worker: str, in_flight: int, seconds: float) -> Pace:
        now = self._clock()
        with storage_errors(self._table):
            item = self._client.update_item(
                TableName=self._table,
                Key=_key(model),
                UpdateExpression="SET #worker = :membership",
                ExpressionAttributeNames={"#worker": WORKER + worker},
                ExpressionAttributeValues={":membership": {"S": f"{in_flight}{CALLS_UNTIL}{now + seconds:.3f}"}},
                ReturnValues="ALL_NEW",
            )["Attributes"]
        self._forget(model, [name for name, (_, until) in _workers(item).items() if until <= now - FORGOTTEN_AFTER_S])
        return _pace(item, now)

    def change(self, model: str, version: int, *, rate: float | None, period_s: float, held_until: float) -> Pace:
        now = self._clock()
        values: dict[str, Any] = {
            ":rate": {"NULL": True} if rate is None else _number(rate),
            ":period": _number(period_s),
            ":held_until": _number(held_until),
            ":now": _number(now),
            ":next": {"N": str(version + 1)},
        }
        if version:
            values[":version"] = {"N": str(version)}
        with storage_errors(self._table):
            try:
                item: Any = self._client.update_item(
                    TableName=self._table,
                    Key=_key(model),
                    UpdateExpression=(
                        "SET #rate = :rate, #period = :period, #held = :held_until, #changed = :now, #version = :next"
                    ),
                    ConditionExpression="#version = :version" if version else "attribute_not_exists(#version)",
                    ExpressionAttributeNames={
                        "#rate": "rate",
                        "#period": "period_s",
                        "#held": "held_until",
                        "#changed": "changed_at",
                        "#version": "version",
                    },
                    ExpressionAttributeValues=values,
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )["Attributes"]
            except self._client.exceptions.ConditionalCheckFailedException as error:
                item = error.response.get("Item") or {}
        return _pace(item, now)

    def leave(self, model: str, worker: str) -> None:
        self._forget(model, [WORKER + worker])

    def _forget(self, model: str, names: list[str]) -> None:
        placed = {f"#{index}": name for index, name in enumerate(names[:FORGOTTEN_AT_ONCE])}
        if not placed:
            return
        with storage_errors(self._table):
            self._client.update_item(
                TableName=self._table,
                Key=_key(model),
                UpdateExpression=f"REMOVE {', '.join(placed)}",
                ExpressionAttributeNames=placed,
            )


def _key(model: str) -> dict[str, Any]:
    return {"pk": {"S": f"PACE#{model}"}, "sk": {"S": "PACE"}}


def _pace(item: Mapping[str, Any], now: float) -> Pace:
    rate = item.get("rate", {"NULL": True})
    return Pace(
        rate=float(rate["N"]) if "N" in rate else None,
        period_s=float(item["period_s"]["N"]) if "period_s" in item else PERIOD_S,
        version=int(item["version"]["N"]) if "version" in item else 0,
        changed_at=float(item["changed_at"]["N"]) if "changed_at" in item else 0.0,
        held_until=float(item["held_until"]["N"]) if "held_until" in item else 0.0,
        in_flight=sum(calls for calls, until in _workers(item).values() if until > now),
    )


def _workers(item: Mapping[str, Any]) -> dict[str, tuple[int, float]]:
    """The attributes that are workers, each with its calls in flight, and until when it is one."""
    workers = {}
    for name, value in item.items():
        if name.startswith(WORKER):
            calls, _, until = value["S"].partition(CALLS_UNTIL)
            workers[name] = int(calls), float(until)
    return workers


def _number(value: float) -> dict[str, str]:
    """The shortest number that is read back as the same one: at most 17 digits, of which DynamoDB keeps 38."""
    return {"N": f"{Decimal(repr(float(value))):f}"}
