"""``OptimizePrompt`` and jobs of Advanced Prompt Optimization, against the embedded Bedrock and whatever may come."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.session import Session
from botocore.validate import validate_parameters
from moto import mock_aws

from brainswap.adapters.aws_calls import AwsCalls
from brainswap.adapters.bedrock_access import SIGNING_NAME, ServiceAccess
from brainswap.adapters.bedrock_optimize_prompt import SERVICE, BedrockOptimizePrompt
from brainswap.adapters.bedrock_prompt_jobs import BedrockPromptJobs
from brainswap.adapters.http import HttpClient
from brainswap.core.answers import Answer, Origin
from brainswap.core.calls import Settings
from brainswap.core.cases import Case
from brainswap.core.errors import (
    BrainswapError,
    ModelAccessError,
    ModelBrokeOffError,
    ModelRefusesRequestError,
    ModelThrottledError,
    ModelUnavailableError,
)
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.rewriting.job_records import received, record, result, sent
from brainswap.core.rewriting.one_text import OPTIMIZE, unpacked
from local.bedrock.eventstream import event
from local.bedrock.server import EmbeddedBedrock, Models
from tests.fakes.asking import Account, MachineClock, question
from tests.fakes.bedrock_wire import failure, refused
from tests.fakes.scripted_server import Received, Scripted, ScriptedServer, streamed, whole

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

MODEL = "amazon.nova-lite-v1:0"
TEXT = "You sort messages.\n\nAnswer with one word only.\n\nMessage: {{message}}"
ASKED = question(f"{OPTIMIZE}{MODEL}", messages=(Message(role="user", content=TEXT),))
ANALYSIS = event("analyzePromptEvent", {"message": "It is short."})
OPTIMISED = event("optimizedPromptEvent", {"optimizedPrompt": {"textPrompt": {"text": "Sort {{message}}."}}})
RECORD, RESULTS = "runs/r/rewriting/target-1/in/job.jsonl", "runs/r/rewriting/target-1/out/"
NOBODY = "arn:aws:bedrock:us-east-1:123456789012:advanced-prompt-optimization-job/abcdefghijkl"


def asked(url: str, model: str = MODEL) -> Answer:
    async def main() -> Answer:
        clock = MachineClock()
        http = HttpClient(clock, timeout_s=3)
        access = ServiceAccess(Account(url).open_session, service=SERVICE, signing_name=SIGNING_NAME)
        adapter = BedrockOptimizePrompt(AwsCalls(http, access, clock))
        each = question(f"{OPTIMIZE}{model}", messages=ASKED.prompt.messages)
        try:
            await adapter.warm_up(each)
            return await adapter.ask(each)
        finally:
            await http.close()

    return asyncio.run(main())


def scripted(*script: Scripted) -> tuple[Answer, list[Received]]:
    received: list[Received] = []

    async def main() -> Answer:
        async with ScriptedServer(*script) as server:
            try:
                return await asyncio.to_thread(asked, server.url)
            finally:
                received.extend(server.received)

    return asyncio.run(main()), received


def test_the_text_and_the_analysis_come_whole_from_a_request_that_the_service_knows() -> None:
    answer, (request,) = scripted(streamed(ANALYSIS, OPTIMISED[:20], OPTIMISED[20:]))

    said = unpacked(answer.text)
    shape = Session().get_service_model(SERVICE).operation_model("OptimizePrompt").input_shape
    assert shape is not None
    validate_parameters(request.json, shape)
    assert (request.method, request.target) == ("POST", "/optimize-prompt")
    assert request.json == {"input": {"textPrompt": {"text": TEXT}}, "targetModelId": MODEL}
    assert "/bedrock/aws4_request" in request.headers["authorization"]
    assert (said.text, said.analysis) == ("Sort {{message}}.", "It is short.")
    assert (answer.origin, answer.usage, answer.case_id) == (Origin.LIVE, None, ASKED.case.id)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (refused(403, "AccessDeniedException"), ModelAccessError),
        (refused(502, "BadGatewayException"), ModelUnavailableError),
        (refused(424, "DependencyFailedException"), ModelUnavailableError),
        (refused(500, "InternalServerException"), ModelUnavailableError),
        (refused(429, "ThrottlingException"), ModelThrottledError),
        (refused(400, "ValidationException"), ModelRefusesRequestError),
        (streamed(ANALYSIS, failure("accessDeniedException")), ModelAccessError),
        (streamed(ANALYSIS, failure("badGatewayException")), ModelUnavailableError),
        (streamed(ANALYSIS, failure("dependencyFailedException")), ModelUnavailableError),
        (streamed(failure("internalServerException")), ModelUnavailableError),
        (streamed(failure("throttlingException")), ModelThrottledError),
        (streamed(failure("validationException")), ModelRefusesRequestError),
        (streamed(ANALYSIS), ModelBrokeOffError),
        (streamed(ANALYSIS, OPTIMISED[:-3]), ModelBrokeOffError),
        (streamed(event("optimizedPromptEvent", {"optimizedPrompt": {}})), ModelBrokeOffError),
        (streamed(event("optimizedPromptEvent", {"optimizedPrompt": {"textPrompt": {"text": 7}}})), ModelBrokeOffError),
        (whole(200, b"no stream at all"), ModelBrokeOffError),
        (streamed(ANALYSIS, ending="reset"), ModelBrokeOffError),
    ],
)
def test_every_error_of_the_service_has_its_name_here(script: Scripted, error: type[BrainswapError]) -> None:
    with pytest.raises(error):
        scripted(script)


def test_an_event_that_is_new_changes_nothing() -> None:
    answer, _ = scripted(streamed(event("scoreEvent", {"score": 1}), ANALYSIS, OPTIMISED))

    assert unpacked(answer.text).text == "Sort {{message}}."


# Jobs


@pytest.fixture(scope="module")
def s3() -> Iterator["S3Client"]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="files")
        yield client


@pytest.fixture(scope="module")
def bedrock(s3: "S3Client") -> Iterator[EmbeddedBedrock]:
    s3.delete_object(Bucket="files", Key=RECORD)
    with EmbeddedBedrock(models=Models(simulated=(MODEL, "anthropic.claude-sonnet-5")), pace=0, seed=1) as server:
        yield server


@pytest.fixture(scope="module")
def jobs(bedrock: EmbeddedBedrock) -> Iterator[BedrockPromptJobs]:
    client = boto3.client("bedrock", endpoint_url=bedrock.url, region_name="us-east-1")
    yield BedrockPromptJobs(client, bucket="files")
    client.close()


def create(jobs: BedrockPromptJobs, *, called: str = "", model: str = MODEL) -> str:
    token = called or uuid4().hex
    settings = Settings(max_tokens=10, temperature=0.5, stop_sequences=("x",), fields={"inferenceConfig": {"topK": 1}})
    return jobs.create(name="brainswap-1", token=token, model=model, settings=settings, record=RECORD, results=RESULTS)


def once_ended(jobs: BedrockPromptJobs, job: str) -> Any:
    while not (found := jobs.look(job)).ended:
        time.sleep(0.01)
    return found


def line(**changes: Any) -> bytes:
    prompt = Prompt(system=None, messages=(Message(role="user", content=TEXT),))
    case = Case.model_validate({"id": "c", "input": {"message": "a dent"}, "reference": "car", "split": "train"})
    made = json.loads(record(sent(prompt), [case], {"steeringCriteria": ["RIGHT"]}) or b"")
    return json.dumps({**made, **changes}).encode() + b"\n"


def test_the_embedded_bedrock_optimises_a_text_and_says_that_it_is_simulated(bedrock: EmbeddedBedrock) -> None:
    answer = asked(bedrock.url)

    said = unpacked(answer.text)
    assert answer.origin is Origin.SIMULATED
    assert "{{message}}" in said.text
    assert said.text != TEXT
    assert said.analysis
    with pytest.raises(ModelRefusesRequestError, match="not supported"):
        asked(bedrock.url, "anthropic.claude-sonnet-5")


def test_a_job_reads_the_record_and_its_result_is_found(jobs: BedrockPromptJobs, s3: "S3Client") -> None:
    s3.put_object(Bucket="files", Key=RECORD, Body=line())

    job = create(jobs)
    ended = once_ended(jobs, job)
    key = jobs.written(job, results=RESULTS)
    found = result(s3.get_object(Bucket="files", Key=key)["Body"].read().splitlines(), MODEL)

    assert (ended.status, ended.answered) == ("Completed", True)
    assert found.origin is Origin.SIMULATED
    assert found.text is not None
    assert "{{message}}" in received(found.text, sent(Prompt(system=None, messages=ASKED.prompt.messages)))


def test_the_same_token_is_the_same_job(jobs: BedrockPromptJobs) -> None:
    assert create(jobs, called="a") == create(jobs, called="a") != create(jobs, called="b")


@pytest.mark.parametrize(
    ("body", "because"),
    [
        (b"", "Input file is empty"),
        (b"{\n", "not valid JSONL"),
        (line(version="1"), "bedrock-2026-05-14"),
        (line(evaluationSamples=[]), "1 to 100"),
        (line(evaluationSamples=[{"inputVariables": [{"a": "1", "b": "2"}]}]), "one key each"),
        (line(evaluationMetricLambdaArn="arn"), "multiple evaluation methods"),
        (line(steeringCriteria=[], evaluationMetricLambdaArn="arn"), "missing label"),
        (line(steeringCriteria=["x"] * 6), "more than 5"),
        (line() * 11, "more than 10"),
    ],
)
def test_an_input_against_the_rules_fails_the_job(
    jobs: BedrockPromptJobs, s3: "S3Client", body: bytes, because: str
) -> None:
    s3.put_object(Bucket="files", Key=RECORD, Body=body)

    ended = once_ended(jobs, create(jobs))

    assert (ended.status, ended.answered) == ("Failed", False)
    assert because in ended.message


def test_a_missing_record_fails_the_job(jobs: BedrockPromptJobs, s3: "S3Client") -> None:
    s3.delete_object(Bucket="files", Key=RECORD)

    assert "Could not read" in once_ended(jobs, create(jobs)).message


def test_a_model_that_is_closed_or_unknown_is_refused_at_once(jobs: BedrockPromptJobs) -> None:
    with pytest.raises(ModelRefusesRequestError, match="No inference API is accessible"):
        create(jobs, model="acme.unknown-v1:0")


@pytest.mark.usefixtures("s3")
def test_a_job_that_is_stopped_ends_and_stopping_one_that_has_ended_is_no_error() -> None:
    with EmbeddedBedrock(models=Models(simulated=(MODEL,)), pace=1) as server:
        client = boto3.client("bedrock", endpoint_url=server.url, region_name="us-east-1")
        jobs = BedrockPromptJobs(client, bucket="files")
        job = create(jobs)
        before = jobs.look(job).status
        jobs.stop(job)
        ended = once_ended(jobs, job)
        jobs.stop(job)
        client.close()

    assert (before, ended.status) == ("InProgress", "Stopped")


def test_a_job_that_nobody_started_is_no_job(jobs: BedrockPromptJobs) -> None:
    with pytest.raises(ModelAccessError):
        jobs.look(NOBODY)
    with pytest.raises(ModelAccessError):
        jobs.stop(NOBODY)


def test_a_service_that_is_not_there_may_be_tried_again() -> None:
    client = boto3.client(
        "bedrock",
        endpoint_url="http://127.0.0.1:9",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",  # noqa: S106 - it opens nothing
    )

    with pytest.raises(ModelUnavailableError):
        BedrockPromptJobs(client, bucket="files").look(NOBODY)
