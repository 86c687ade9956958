"""Executions of the machine in Step Functions."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from brainswap.adapters.vendor_errors import storage_errors

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class StepFunctionsExecutions:
    """Executions named as their runs: the same name and input again is the same execution."""

    def __init__(self, client: "SFNClient", machine: str) -> None:
        self._client = client
        self._machine = machine

    def start(self, run_id: str, request: Mapping[str, Any]) -> None:
        with storage_errors(self._machine):
            try:
                self._client.start_execution(
                    stateMachineArn=self._machine, name=run_id, input=json.dumps(dict(request), sort_keys=True)
                )
            except self._client.exceptions.ExecutionAlreadyExists:
                return

    def status(self, run_id: str) -> str | None:
        arn = f"{self._machine.replace(':stateMachine:', ':execution:', 1)}:{run_id}"
        with storage_errors(self._machine):
            try:
                return self._client.describe_execution(executionArn=arn)["status"]
            except self._client.exceptions.ExecutionDoesNotExist:
                return None
