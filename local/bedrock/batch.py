"""The operations of batch inference."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from local.bedrock.aws import Handle
from local.bedrock.batch_run import Runner
from local.bedrock.catalogue import Catalogue
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.jobs import ENDED, Job
from local.bedrock.paging import page
from local.bedrock.service import Call, json_response

_JOB_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9+.-]*")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+")
_S3_URI = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?")
_ID_LENGTH = 12
_MOST_RESULTS = 100


@dataclass(slots=True, kw_only=True)
class Batches:
    """All batch inference jobs of the account, in every region; they last as long as the server."""

    catalogue: Catalogue
    runner: Runner
    _jobs: dict[str, Job] = field(default_factory=dict)
    _by_token: dict[tuple[str, str], Job] = field(default_factory=dict)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def handlers(self) -> Mapping[str, Handle]:
        return {
            "CreateModelInvocationJob": self.create,
            "GetModelInvocationJob": self.get,
            "ListModelInvocationJobs": self.list_,
            "StopModelInvocationJob": self.stop,
        }

    async def create(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        token = (call.region, parameters.get("clientRequestToken") or str(uuid4()))
        job = self._by_token.get(token)
        if job is None:
            self._refuse(parameters)
            self.catalogue.to_answer(parameters["modelId"])
            call.model = parameters["modelId"]
            job = self._begin(parameters, call.region)
            self._by_token[token] = job
        return json_response({"jobArn": job.arn})

    async def get(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        return json_response(self._job(parameters, call).describe())

    async def list_(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        """The newest first, unless asked for otherwise."""
        kept = [job for job in self._jobs.values() if job.region == call.region and _wanted(job, parameters)]
        if parameters.get("sortOrder") != "Ascending":
            kept.reverse()
        jobs = page(
            kept,
            token=parameters.get("nextToken"),
            most=parameters.get("maxResults") or _MOST_RESULTS,
            refusal=ServiceError("ValidationException", "The pagination token is invalid."),
        )
        summaries = [job.describe() for job in jobs.items]
        return json_response({"invocationJobSummaries": summaries} | jobs.following("nextToken"))

    async def stop(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        """What was answered so far is written; a job that is being stopped may be told so again."""
        job = self._job(parameters, call)
        if job.status in ENDED:
            raise ServiceError("ConflictException", f"The job has ended already; its status is {job.status}.")
        if not job.stop.is_set():
            job.stop.set()
            await self.runner.change(job, "Stopping")
        return json_response({})

    def _begin(self, parameters: Mapping[str, Any], region: str) -> Job:
        now = datetime.now(UTC)
        job = Job(job_id=uuid4().hex[:_ID_LENGTH], region=region, asked=parameters, submitted=now, modified=now)
        self._jobs[job.job_id] = job
        task = asyncio.get_running_loop().create_task(self.runner.run(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def _job(self, parameters: Mapping[str, Any], call: Call) -> Job:
        asked = parameters["jobIdentifier"]
        job = self._jobs.get(asked.rpartition("/")[2])
        if job is None or job.region != call.region or asked not in (job.arn, job.job_id):
            raise ServiceError("ResourceNotFoundException", "The model invocation job doesn't exist.")
        return job

    @staticmethod
    def _refuse(parameters: Mapping[str, Any]) -> None:
        if parameters.get("modelInvocationType") != "Converse":
            raise ServiceError(
                "ValidationException",
                "The embedded Bedrock has no vendor's own format; set modelInvocationType to Converse.",
            )
        output = parameters["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
        for place, value, pattern in (
            ("jobName", parameters["jobName"], _JOB_NAME),
            ("roleArn", parameters["roleArn"], _ROLE),
            ("inputDataConfig.s3InputDataConfig.s3Uri", _input(parameters), _S3_URI),
            ("outputDataConfig.s3OutputDataConfig.s3Uri", output, _S3_URI),
        ):
            if not pattern.fullmatch(value):
                raise ServiceError(
                    "ValidationException",
                    f"1 validation error detected: Value at '{place}' failed to satisfy constraint: Member must "
                    f"satisfy regular expression pattern: {pattern.pattern}",
                )


def _input(parameters: Mapping[str, Any]) -> str:
    return str(parameters["inputDataConfig"]["s3InputDataConfig"]["s3Uri"])


def _wanted(job: Job, parameters: Mapping[str, Any]) -> bool:
    after, before = (_moment(parameters.get(name)) for name in ("submitTimeAfter", "submitTimeBefore"))
    return (
        parameters.get("statusEquals") in (None, job.status)
        and (parameters.get("nameContains") or "") in job.asked["jobName"]
        and (after is None or job.submitted > after)
        and (before is None or job.submitted < before)
    )


def _moment(written: str | None) -> datetime | None:
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise ServiceError("ValidationException", "A time of submission is not in ISO 8601.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
