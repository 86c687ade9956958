"""``OptimizePrompt`` and the jobs of Advanced Prompt Optimization, by the hand of the simulated rewriter."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from uuid import uuid4

from brainswap.core.answers import Origin
from brainswap.core.rewriting.job_records import DONE, MOST_SAMPLES, MOST_VARIABLES, ORIGIN, RESULTS, VERSION
from brainswap.core.rewriting.support import optimize_prompt_lacks
from local.bedrock import eventstream
from local.bedrock.aws import Handle
from local.bedrock.catalogue import Catalogue
from local.bedrock.estimates import tokens
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.notation import arn, instant
from local.bedrock.objects import Objects, ObjectsError, split_uri
from local.bedrock.pace import Pace
from local.bedrock.paging import page
from local.bedrock.personas import persona_of
from local.bedrock.rewriting import optimised
from local.bedrock.service import Call, aws_headers, json_response

Status = Literal["InProgress", "Completed", "Failed", "PartiallyCompleted", "Stopping", "Stopped", "Deleting"]
ENDED: frozenset[Status] = frozenset({"Completed", "Failed", "PartiallyCompleted", "Stopped"})

MINUTES = 15.0  # of model time that a job takes; how long that is for a client follows the server's pace
_ID_LENGTH = 12
_MOST_RESULTS = 100
_MOST_TEMPLATES = 10
_MOST_CRITERIA = 5
_MINUTE_S = 60.0
_ANALYSIS_MS, _REWRITING_MS = 1_500.0, 4_000.0
_SCORING = ("steeringCriteria", "customLLMJConfig", "evaluationMetricLambdaArn")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOptimiser:
    """Rewrites one text at once.

    Attributes:
        seed: of the slips.
    """

    catalogue: Catalogue
    pace: Pace
    seed: int

    async def optimize_prompt(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        since = asyncio.get_running_loop().time()
        name = parameters["targetModelId"]
        model = self.catalogue.model(name)
        call.model = name
        if model is None or optimize_prompt_lacks(model.model_id) is not None:
            raise ServiceError("ValidationException", "The provided target model is not supported.")
        text = (parameters["input"].get("textPrompt") or {}).get("text")
        if text is None:
            raise ServiceError("ValidationException", "The input holds no text prompt.")
        made = optimised(text, persona_of(model.model_id, seed=self.seed).family, self.seed, model.model_id, text)
        events = (
            eventstream.event("analyzePromptEvent", {"message": " ".join(made.reasons) or "There is nothing to say."}),
            eventstream.event("optimizedPromptEvent", {"optimizedPrompt": {"textPrompt": {"text": made.user}}}),
        )
        await self.pace.wait(since, _ANALYSIS_MS + _REWRITING_MS)
        headers = aws_headers(eventstream.CONTENT_TYPE) | {"x-brainswap-origin": Origin.SIMULATED.value}
        return HttpResponse(status=200, headers=headers, body=b"".join(events))


@dataclass(slots=True, kw_only=True)
class _Job:
    """A job on its way; ``asked`` are the parameters of the request that created it."""

    job_id: str
    region: str
    asked: Mapping[str, Any]
    created: datetime
    status: Status = "InProgress"
    message: str = ""
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def arn(self) -> str:
        return arn("bedrock", self.region, f"advanced-prompt-optimization-job/{self.job_id}")

    def describe(self) -> dict[str, Any]:
        told = ("jobName", "jobDescription", "inputConfig", "outputConfig", "encryptionKeyArn", "modelConfigurations")
        known = {name: self.asked[name] for name in told if self.asked.get(name) is not None}
        known |= {"jobArn": self.arn, "jobStatus": self.status, "creationTime": instant(self.created)}
        return known | ({"failureMessage": self.message} if self.message else {})

    def summary(self) -> dict[str, Any]:
        told = self.describe()
        return {name: told[name] for name in ("jobArn", "jobName", "jobStatus", "creationTime")}


@dataclass(slots=True, kw_only=True)
class PromptJobs:
    """All jobs of the account, in every region; they last as long as the server.

    Attributes:
        objects: opens the objects of a region; blocks.
    """

    catalogue: Catalogue
    pace: Pace
    seed: int
    objects: Callable[[str], Objects]
    _jobs: dict[str, _Job] = field(default_factory=dict)
    _by_token: dict[tuple[str, str], _Job] = field(default_factory=dict)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def handlers(self) -> Mapping[str, Handle]:
        return {
            "CreateAdvancedPromptOptimizationJob": self.create,
            "GetAdvancedPromptOptimizationJob": self.get,
            "ListAdvancedPromptOptimizationJobs": self.list_,
            "StopAdvancedPromptOptimizationJob": self.stop,
        }

    async def create(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        token = (call.region, parameters.get("clientToken") or str(uuid4()))
        job = self._by_token.get(token)
        if job is None:
            for configuration in parameters["modelConfigurations"]:
                self._refuse_closed(configuration["modelId"])
            job = _Job(job_id=uuid4().hex[:_ID_LENGTH], region=call.region, asked=parameters, created=datetime.now(UTC))
            self._jobs[job.job_id] = self._by_token[token] = job
            task = asyncio.get_running_loop().create_task(self._run(job))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return json_response({"jobArn": job.arn})

    async def get(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        return json_response(self._job(parameters, call).describe())

    async def list_(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        kept = [job for job in self._jobs.values() if job.region == call.region]
        jobs = page(
            kept[::-1],
            token=parameters.get("nextToken"),
            most=parameters.get("maxResults") or _MOST_RESULTS,
            refusal=ServiceError("ValidationException", "The pagination token is invalid."),
        )
        return json_response({"jobSummaries": [job.summary() for job in jobs.items]} | jobs.following("nextToken"))

    async def stop(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        job = self._job(parameters, call)
        if job.status in ENDED:
            raise ServiceError("ConflictException", f"The job has ended already; its status is {job.status}.")
        job.status = "Stopping"
        job.stop.set()
        return json_response({})

    async def _run(self, job: _Job) -> None:
        wait_s = MINUTES * _MINUTE_S * self.pace.factor
        try:
            async with asyncio.timeout(wait_s):
                await job.stop.wait()
        except TimeoutError:
            pass
        if job.stop.is_set():
            job.status = "Stopped"
            return
        try:
            job.status = await asyncio.to_thread(self._rewrite, job)
        except (ObjectsError, ServiceError) as error:
            job.status, job.message = "Failed", str(error)

    def _rewrite(self, job: _Job) -> Status:
        objects = self.objects(job.region)
        with TemporaryDirectory(prefix="brainswap-prompts-", ignore_cleanup_errors=True) as folder:
            source, target = Path(folder, "in"), Path(folder, RESULTS)
            objects.fetch(*split_uri(job.asked["inputConfig"]["s3Uri"]), source)
            rows = [_template(line) for line in source.read_text("utf-8").splitlines() if line.strip()]
            if not rows:
                raise ServiceError("ValidationException", "Input file is empty")
            if len(rows) > _MOST_TEMPLATES:
                raise ServiceError("ValidationException", f"There are more than {_MOST_TEMPLATES} templates.")
            made = [self._result(row, job) for row in rows]
            target.write_text("".join(json.dumps(row) + "\n" for row in made), "utf-8")
            bucket, prefix = split_uri(job.asked["outputConfig"]["s3Uri"])
            objects.store(bucket, f"{prefix}{job.job_id}/{RESULTS}", target)
        return "Completed"

    def _result(self, row: Mapping[str, Any], job: _Job) -> dict[str, Any]:
        """A line of results; of measures only the tokens of the prompts are told, because nothing was scored."""
        template = row["promptTemplate"]
        results = []
        for configuration in job.asked["modelConfigurations"]:
            name = configuration["modelId"]
            family = persona_of(self.catalogue.base_id(name), seed=self.seed).family
            made = optimised(_without_tags(template), family, self.seed, name, template)
            results.append(
                {
                    "status": DONE,
                    "modelId": name,
                    "optimizedPromptTemplate": made.user,
                    "originalPromptMetrics": {"averageInputTokens": tokens(template)},
                    "optimizedPromptMetrics": {"averageInputTokens": tokens(made.user)},
                }
            )
        told = {"promptTemplateId": row["templateId"], "promptTemplate": template, "promptOptimizationResults": results}
        return told | {ORIGIN: Origin.SIMULATED.value}

    def _refuse_closed(self, name: str) -> None:
        try:
            self.catalogue.to_answer(name)
        except ServiceError as error:
            message = f"No inference API is accessible for model {name}: {error.message}"
            raise ServiceError("ValidationException", message) from None

    def _job(self, parameters: Mapping[str, Any], call: Call) -> _Job:
        asked = parameters["jobIdentifier"]
        job = self._jobs.get(asked.rpartition("/")[2])
        if job is None or job.region != call.region or asked not in (job.arn, job.job_id):
            raise ServiceError("ResourceNotFoundException", "The advanced prompt optimization job doesn't exist.")
        return job


def _template(line: str) -> Mapping[str, Any]:
    """A line of a job's input.

    Raises:
        ServiceError: it breaks one of the documented rules.
    """
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise ServiceError("ValidationException", "File is not valid JSONL")
    if row.get("version") != VERSION or not isinstance(row.get("templateId"), str):
        raise ServiceError("ValidationException", f"A template needs a templateId, and the version {VERSION}.")
    if not isinstance(row.get("promptTemplate"), str):
        raise ServiceError("ValidationException", "A template needs a promptTemplate.")
    ways = [name for name in _SCORING if row.get(name)]
    if len(ways) > 1:
        raise ServiceError("ValidationException", "multiple evaluation methods")
    if ways and ways != ["steeringCriteria"] and not row.get("customEvaluationMetricLabel"):
        raise ServiceError("ValidationException", "missing label")
    if len(row.get("steeringCriteria") or ()) > _MOST_CRITERIA:
        raise ServiceError("ValidationException", f"There are more than {_MOST_CRITERIA} steering criteria.")
    samples = row.get("evaluationSamples")
    if not isinstance(samples, list) or not 1 <= len(samples) <= MOST_SAMPLES:
        raise ServiceError("ValidationException", f"A template needs 1 to {MOST_SAMPLES} evaluation samples.")
    for sample in samples:
        _refuse_sample(sample.get("inputVariables"))
    return row


def _refuse_sample(variables: Any) -> None:
    """An object of several keys fails without a word at AWS; here it says so."""
    single = isinstance(variables, list) and all(isinstance(each, dict) and len(each) == 1 for each in variables)
    if not single or not 1 <= len(variables) <= MOST_VARIABLES:
        message = f"inputVariables is a list of 1 to {MOST_VARIABLES} objects of one key each."
        raise ServiceError("ValidationException", message)


def _without_tags(template: str) -> str:
    for tag in ("exclude", "optimize"):
        template = template.replace(f"<advpo:{tag}>", "").replace(f"</advpo:{tag}>", "")
    return template
