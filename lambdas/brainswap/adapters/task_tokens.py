"""Tasks of a state machine that wait for something outside: who waits for what, and the word that it is there."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from brainswap.adapters.vendor_errors import storage_errors

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_stepfunctions import SFNClient

# The task was told already, timed out, or its execution has ended.
_NO_LONGER_WAITS = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})


class DynamoTaskTokens:
    """The token of the task that waits for a job, in the ledger's table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def keep(self, job: str, token: str) -> None:
        with storage_errors(self._table):
            self._client.update_item(
                TableName=self._table,
                Key=_key(job),
                UpdateExpression="SET #token = :token",
                ExpressionAttributeNames={"#token": "token"},
                ExpressionAttributeValues={":token": {"S": token}},
            )

    def find(self, job: str) -> str | None:
        with storage_errors(self._table):
            item = self._client.get_item(TableName=self._table, Key=_key(job), ConsistentRead=True).get("Item")
        return None if item is None else item["token"]["S"]


class StepFunctionsTasks:
    """Tells tasks that they may go on."""

    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def succeed(self, token: str) -> None:
        with storage_errors("the waiting task"):
            try:
                self._client.send_task_success(taskToken=token, output="{}")
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in _NO_LONGER_WAITS:
                    raise


def _key(job: str) -> Any:
    return {"pk": {"S": f"JOB#{job}"}, "sk": {"S": "JOB"}}
