"""The machine that moves traffic, in Step Functions."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from brainswap.adapters.vendor_errors import storage_errors

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class RolloutMachine:
    """Executions named as the runs, so that a run's traffic is moved once."""

    def __init__(self, client: "SFNClient", machine: str) -> None:
        self._client = client
        self._machine = machine

    def start(self, run_id: str, workload: str) -> None:
        with storage_errors("the machine of roll-outs"):
            try:
                self._client.start_execution(
                    stateMachineArn=self._machine,
                    name=run_id,
                    input=json.dumps({"run_id": run_id, "workload": workload}),
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != "ExecutionAlreadyExists":
                    raise
