"""Approvals in the ledger's table: the record of each, and beside it the token of the task that waits for it."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from brainswap.adapters.vendor_errors import storage_errors
from brainswap.core.approving.record import ApprovalRecord
from brainswap.ports import KeptApproval

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoApprovals:
    """Two items for each run, so that whoever reads the record does not get the token."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def read(self, run_id: str) -> KeptApproval | None:
        item = self._read(_key(run_id, "APPROVAL"))
        if item is None:
            return None
        record = ApprovalRecord.model_validate_json(item["record"]["S"])
        return KeptApproval(record=record, revision=int(item["revision"]["N"]))

    def write(self, record: ApprovalRecord, *, after: int) -> bool:
        with storage_errors(self._table):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(record.run_id, "APPROVAL"),
                    UpdateExpression="SET #record = :record, #status = :status, #revision = :revision",
                    ConditionExpression="#revision = :after" if after else "attribute_not_exists(pk)",
                    ExpressionAttributeNames={"#record": "record", "#status": "status", "#revision": "revision"},
                    ExpressionAttributeValues={
                        ":record": {"S": record.model_dump_json()},
                        ":status": {"S": record.status},
                        ":revision": {"N": str(after + 1)},
                        **({":after": {"N": str(after)}} if after else {}),
                    },
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
                    raise
                return False
        return True

    def keep_token(self, run_id: str, token: str) -> None:
        with storage_errors(self._table):
            self._client.update_item(
                TableName=self._table,
                Key=_key(run_id, "TOKEN"),
                UpdateExpression="SET #token = :token",
                ExpressionAttributeNames={"#token": "token"},
                ExpressionAttributeValues={":token": {"S": token}},
            )

    def token(self, run_id: str) -> str | None:
        item = self._read(_key(run_id, "TOKEN"))
        return None if item is None else item["token"]["S"]

    def _read(self, key: Any) -> Any:
        with storage_errors(self._table):
            return self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")


def _key(run_id: str, what: str) -> Any:
    return {"pk": {"S": f"APPROVAL#{run_id}"}, "sk": {"S": what}}
