"""Jobs of Advanced Prompt Optimization on Amazon Bedrock."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from brainswap.adapters.vendor_errors import model_errors
from brainswap.core.calls import Settings
from brainswap.core.rewriting.job_records import RESULTS
from brainswap.ports import BatchJob

if TYPE_CHECKING:
    from types_boto3_bedrock import BedrockClient

_HAS_ENDED = "ConflictException"


class BedrockPromptJobs:
    """Jobs whose records and results lie in one bucket; they work with the rights of whoever creates them."""

    def __init__(self, client: "BedrockClient", *, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def create(self, *, name: str, token: str, model: str, settings: Settings, record: str, results: str) -> str:
        configuration: Any = {"modelId": model, **_inference(settings)}
        with model_errors(model):
            return self._client.create_advanced_prompt_optimization_job(
                jobName=name,
                clientToken=token,
                inputConfig={"s3Uri": f"s3://{self._bucket}/{record}"},
                outputConfig={"s3Uri": f"s3://{self._bucket}/{results}"},
                modelConfigurations=[configuration],
            )["jobArn"]

    def look(self, job: str) -> BatchJob:
        with model_errors(job):
            found = self._client.get_advanced_prompt_optimization_job(jobIdentifier=job)
        return BatchJob(status=found["jobStatus"], message=found.get("failureMessage", ""))

    def stop(self, job: str) -> None:
        with model_errors(job):
            try:
                self._client.stop_advanced_prompt_optimization_job(jobIdentifier=job)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != _HAS_ENDED:
                    raise

    def written(self, job: str, *, results: str) -> str:
        return f"{results}{job.rpartition('/')[2]}/{RESULTS}"


def _inference(settings: Settings) -> Mapping[str, Any]:
    wanted = {
        "maxTokens": settings.max_tokens,
        "temperature": settings.temperature,
        "topP": settings.top_p,
        "stopSequences": list(settings.stop_sequences) or None,
    }
    told = {name: value for name, value in wanted.items() if value is not None}
    fields = {"additionalModelRequestFields": dict(settings.fields)} if settings.fields else {}
    return {**({"inferenceConfig": told} if told else {}), **fields}
