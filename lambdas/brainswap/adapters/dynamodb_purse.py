"""The money of runs in DynamoDB."""

import secrets
import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from brainswap.adapters.amounts import dollars_of, units_of
from brainswap.adapters.vendor_errors import storage_errors
from brainswap.ports import Balance

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

SPENT = "spent_"
CALLS = "calls_"


class DynamoPurse:
    """One item for each run, with amounts in units of 10⁻²⁴ dollars.

    ``committed`` is kept as a sum of its own, so that the cap is a condition of one write. A client sends a request
    again when it hears nothing, although the first may have arrived; therefore each purse numbers its requests and
    leaves the last number in the item (``last_…``), and a request that finds its own number there changes nothing.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._last = f"last_{secrets.token_urlsafe(6)}"
        self._number = 0
        self._lock = threading.Lock()

    def reserve(self, run_id: str, amount: Decimal, cap: Decimal) -> bool:
        units = units_of(amount)
        room = units_of(cap) - units
        return room >= 0 and self._add(run_id, {"committed": units, "reserved": units}, room=room)

    def settle(
        self, run_id: str, purpose: str, *, reserved: Decimal, spent: Decimal, uncertain: Decimal, calls: int
    ) -> None:
        back, paid, unsure = units_of(reserved), units_of(spent), units_of(uncertain)
        changes = {
            "committed": paid + unsure - back,
            "reserved": -back,
            "uncertain": unsure,
            f"{SPENT}{purpose}": paid,
            f"{CALLS}{purpose}": calls,
        }
        self._add(run_id, changes)

    def balance(self, run_id: str) -> Balance:
        with storage_errors(self._table):
            found = self._client.get_item(TableName=self._table, Key=_key(run_id), ConsistentRead=True)
        numbers = {name: int(value["N"]) for name, value in found.get("Item", {}).items() if "N" in value}
        return Balance(
            spent={purpose: dollars_of(units) for purpose, units in _by_purpose(numbers, SPENT).items()},
            reserved=dollars_of(numbers.get("reserved", 0)),
            uncertain=dollars_of(numbers.get("uncertain", 0)),
            calls=_by_purpose(numbers, CALLS),
        )

    def _add(self, run_id: str, changes: Mapping[str, int], *, room: int | None = None) -> bool:
        """Whether the changes were made: they are not where more than ``room`` is committed."""
        with self._lock:
            self._number += 1
            names = {"#last": self._last, **{f"#{index}": name for index, name in enumerate(changes)}}
            values = {":number": {"N": str(self._number)}}
            values |= {f":{index}": {"N": str(units)} for index, units in enumerate(changes.values())}
            condition = "(attribute_not_exists(#last) OR #last < :number)"
            if room is not None:
                names["#committed"], values[":room"] = "committed", {"N": str(room)}
                condition += " AND (attribute_not_exists(#committed) OR #committed <= :room)"
            additions = ", ".join(f"#{index} :{index}" for index in range(len(changes)))
            with storage_errors(self._table):
                try:
                    self._client.update_item(
                        TableName=self._table,
                        Key=_key(run_id),
                        UpdateExpression=f"SET #last = :number ADD {additions}",
                        ConditionExpression=condition,
                        ExpressionAttributeNames=names,
                        ExpressionAttributeValues=values,
                        ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    )
                except self._client.exceptions.ConditionalCheckFailedException as error:
                    item: Any = error.response.get("Item") or {}
                    return self._last in item and int(item[self._last]["N"]) == self._number
        return True


def _key(run_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": "PURSE"}}


def _by_purpose(numbers: Mapping[str, int], kind: str) -> dict[str, int]:
    return {name.removeprefix(kind): number for name, number in numbers.items() if name.startswith(kind) and number}
