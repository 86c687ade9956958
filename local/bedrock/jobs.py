"""Batch inference jobs: what is known of one, and how Bedrock tells it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from local.bedrock.notation import ACCOUNT, arn, instant

Status = Literal[
    "Submitted",
    "Validating",
    "Scheduled",
    "InProgress",
    "Completed",
    "PartiallyCompleted",
    "Failed",
    "Stopping",
    "Stopped",
    "Expired",
]
ENDED: frozenset[Status] = frozenset({"Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired"})

_LEAST_HOURS = 24
_TOLD_AS_ASKED = (
    "jobName",
    "modelId",
    "clientRequestToken",
    "roleArn",
    "inputDataConfig",
    "outputDataConfig",
    "vpcConfig",
    "modelInvocationType",
)


@dataclass(slots=True, kw_only=True)
class Counts:
    """Records and tokens of a job so far."""

    total: int = 0
    succeeded: int = 0
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def processed(self) -> int:
        return self.succeeded + self.failed

    def describe(self) -> dict[str, int]:
        return {
            "totalRecordCount": self.total,
            "processedRecordCount": self.processed,
            "successRecordCount": self.succeeded,
            "errorRecordCount": self.failed,
        }

    def manifest(self) -> dict[str, int]:
        return self.describe() | {"inputTokenCount": self.input_tokens, "outputTokenCount": self.output_tokens}


@dataclass(slots=True, kw_only=True)
class Job:
    """A job on its way.

    Attributes:
        job_id: 12 letters and digits.
        asked: the parameters of the request that created it.
        message: why it failed.
        counts: None until the records have been counted.
        stop: set once somebody wants it stopped.
        telling: held while a change is told, so that changes are told in their order.
    """

    job_id: str
    region: str
    asked: Mapping[str, Any]
    submitted: datetime
    modified: datetime
    status: Status = "Submitted"
    message: str = ""
    ended: datetime | None = None
    counts: Counts | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    telling: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def arn(self) -> str:
        return arn("bedrock", self.region, f"model-invocation-job/{self.job_id}")

    @property
    def model_id(self) -> str:
        return str(self.asked["modelId"])

    @property
    def timeout_hours(self) -> int:
        return int(self.asked.get("timeoutDurationInHours") or _LEAST_HOURS)

    def become(self, status: Status, message: str = "") -> None:
        now = datetime.now(UTC)
        self.status, self.message, self.modified = status, message, now
        if status in ENDED:
            self.ended = now

    def describe(self) -> dict[str, Any]:
        """All members that ``GetModelInvocationJob`` tells; what is not known yet is left out."""
        known = {name: self.asked[name] for name in _TOLD_AS_ASKED if self.asked.get(name) is not None}
        return (
            known
            | {
                "jobArn": self.arn,
                "status": self.status,
                "submitTime": instant(self.submitted),
                "lastModifiedTime": instant(self.modified),
                "timeoutDurationInHours": self.timeout_hours,
                "jobExpirationTime": instant(self.submitted + timedelta(hours=self.timeout_hours)),
            }
            | ({"message": self.message} if self.message else {})
            | ({} if self.ended is None else {"endTime": instant(self.ended)})
            | ({} if self.counts is None else self.counts.describe())
        )

    def event(self) -> dict[str, str]:
        """The detail of EventBridge's "Batch Inference Job State Change"."""
        return {
            "version": "0.0",
            "accountId": ACCOUNT,
            "batchJobName": str(self.asked["jobName"]),
            "batchJobArn": self.arn,
            "batchModelId": self.model_id,
            "status": self.status,
            "failureMessage": self.message,
            "creationTime": f"{self.submitted:%b %d, %Y, %I:%M:%S %p}",
        }
