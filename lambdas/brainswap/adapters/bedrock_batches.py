"""Batch inference jobs of Amazon Bedrock."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from brainswap.adapters import batch_records
from brainswap.adapters.vendor_errors import model_errors
from brainswap.ports import BatchJob, BatchOutcome, Question

if TYPE_CHECKING:
    from types_boto3_bedrock import BedrockClient

_HAS_ENDED = "ConflictException"


class BedrockBatchJobs:
    """Jobs whose records and results lie in one bucket.

    Args:
        role: that jobs read, write and ask with.
        hours: after which a job expires; Bedrock allows 24 to 168.
    """

    def __init__(self, client: "BedrockClient", *, bucket: str, role: str, hours: int) -> None:
        self._client = client
        self._bucket = bucket
        self._role = role
        self._hours = hours

    def record(self, record_id: str, question: Question) -> bytes:
        return batch_records.record(record_id, question)

    def outcome(self, line: bytes, question_of: Callable[[str], Question | None]) -> BatchOutcome | None:
        return batch_records.outcome(line, question_of)

    def create(self, *, name: str, token: str, model: str, records: str, results: str) -> str:
        with model_errors(model):
            return self._client.create_model_invocation_job(
                jobName=name,
                clientRequestToken=token,
                modelId=model,
                roleArn=self._role,
                modelInvocationType="Converse",
                inputDataConfig={
                    "s3InputDataConfig": {"s3InputFormat": "JSONL", "s3Uri": f"s3://{self._bucket}/{records}"}
                },
                outputDataConfig={"s3OutputDataConfig": {"s3Uri": f"s3://{self._bucket}/{results}"}},
                timeoutDurationInHours=self._hours,
            )["jobArn"]

    def look(self, job: str) -> BatchJob:
        with model_errors(job):
            found = self._client.get_model_invocation_job(jobIdentifier=job)
        return BatchJob(status=found.get("status", ""), message=found.get("message", ""))

    def stop(self, job: str) -> None:
        with model_errors(job):
            try:
                self._client.stop_model_invocation_job(jobIdentifier=job)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != _HAS_ENDED:
                    raise

    def written(self, job: str, *, records: str, results: str) -> str:
        return f"{results}{job.rpartition('/')[2]}/{records.rpartition('/')[2]}.out"
