"""Asking models: the embedded Bedrock over its two wires, recordings, and the catalogue."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.session import Session

from brainswap.adapters.bedrock import BedrockModels
from brainswap.adapters.bedrock_access import BedrockAccess
from brainswap.adapters.bedrock_catalogue import BedrockCatalogue
from brainswap.adapters.http import HttpClient
from brainswap.adapters.openai import OpenAIModels
from brainswap.adapters.recordings import RecordedModels
from brainswap.adapters.vendor_errors import model_errors
from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.cases import Case
from brainswap.core.errors import (
    BrainswapError,
    ModelAccessError,
    ModelRefusesRequestError,
    ModelThrottledError,
    ModelUnavailableError,
)
from brainswap.ports import Endpoint, Models, Question
from local.bedrock.server import EmbeddedBedrock
from local.bedrock.server import Models as Known
from tests.fakes.asking import CASE, MachineClock, question

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
OPENAI = "openai:gpt-4o-mini"


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedBedrock]:
    known = Known(recordings={MODEL: "old", OPENAI: "old"})
    with EmbeddedBedrock(cases=[CASE], models=known, pace=1.0) as running:
        yield running


def ask(server: EmbeddedBedrock, asked: Question) -> Answer:
    async def key(_endpoint: Endpoint) -> str:
        return "key"

    async def main() -> Answer:
        clock = MachineClock()
        http = HttpClient(clock, timeout_s=10)
        models: Models = (
            OpenAIModels(http, key, base_url=f"{server.url}/v1")
            if asked.model.startswith("openai:")
            else BedrockModels(http, BedrockAccess(Session), clock)
        )
        try:
            return await models.ask(asked)
        finally:
            await http.close()

    return asyncio.run(main())


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("model", [MODEL, OPENAI])
def test_a_streamed_answer_has_text_usage_and_a_measured_first_token(server: EmbeddedBedrock, model: str) -> None:
    answer = ask(server, question(model))

    assert (answer.text, answer.case_id, answer.repeat) == ("Vienna, of course.", CASE.id, 2)
    assert (answer.status, answer.origin) == (AnswerStatus.ANSWERED, Origin.RECORDED)
    assert answer.usage is not None
    assert answer.usage.estimated
    assert answer.first_token_ms is not None
    assert answer.latency_ms is not None
    assert 25 < answer.first_token_ms < answer.latency_ms


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("model", [MODEL, OPENAI])
def test_an_answer_in_one_piece_has_no_first_token(server: EmbeddedBedrock, model: str) -> None:
    answer = ask(server, question(model, streams=False))

    assert (answer.text, answer.origin) == ("Vienna, of course.", Origin.RECORDED)
    assert answer.usage is not None
    assert answer.first_token_ms is None
    assert answer.latency_ms is not None


@pytest.mark.usefixtures("account")
def test_bedrock_says_how_long_it_took(server: EmbeddedBedrock) -> None:
    answers = [ask(server, question(streams=streams)) for streams in (True, False)]

    assert [answer.server_latency_ms for answer in answers] == [80.0, 80.0]


@pytest.mark.usefixtures("account")
def test_an_answer_cut_at_max_tokens_is_truncated(server: EmbeddedBedrock) -> None:
    answer = ask(server, question("brainswap.sim-strong-v1:0", max_tokens=1))

    assert (answer.status, answer.origin) == (AnswerStatus.TRUNCATED, Origin.SIMULATED)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("model", [MODEL, OPENAI])
def test_a_recording_is_replayed_whole_whatever_the_limit(server: EmbeddedBedrock, model: str) -> None:
    answer = ask(server, question(model, max_tokens=1))

    assert (answer.text, answer.status) == ("Vienna, of course.", AnswerStatus.ANSWERED)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("model", ["anthropic.claude-nobody-v1:0", "openai:nobody"])
def test_an_unknown_model_is_refused(server: EmbeddedBedrock, model: str) -> None:
    with pytest.raises((ModelAccessError, ModelRefusesRequestError)):
        ask(server, question(model))


@pytest.mark.usefixtures("account")
def test_a_compressed_clock_tells_the_times_of_the_recording() -> None:
    known = Known(recordings={OPENAI: "old"})

    with EmbeddedBedrock(cases=[CASE], models=known, pace=0.0) as hasty:
        streamed, whole = ask(hasty, question(OPENAI)), ask(hasty, question(OPENAI, streams=False))

    assert (streamed.latency_ms, streamed.first_token_ms) == (80.0, 30.0)
    assert (whole.latency_ms, whole.first_token_ms) == (80.0, None)


def test_a_recording_is_replayed_with_estimated_tokens_and_measured_latency() -> None:
    answer = asyncio.run(RecordedModels().ask(question()))

    assert (answer.text, answer.origin, answer.latency_ms) == ("Vienna, of course.", Origin.RECORDED, 80.0)
    assert answer.usage is not None
    assert answer.usage.estimated


def test_a_missing_recording_is_a_failed_answer() -> None:
    asked = question()
    models: Models = RecordedModels()

    answer = asyncio.run(models.ask(replace(asked, case=Case(id="2", input=asked.case.input))))

    assert answer.status is AnswerStatus.FAILED
    assert answer.usage is None


def coded(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Op")  # type: ignore[typeddict-item]  # the parts that are looked at


@pytest.mark.parametrize(
    ("raised", "ours"),
    [
        (coded("ThrottlingException", 429), ModelThrottledError),
        (coded("InternalServerException", 500), ModelUnavailableError),
        (coded("SomethingNew", 502), ModelUnavailableError),
        (coded("ValidationException", 400), ModelRefusesRequestError),
        (coded("SomethingNew", 400), ModelRefusesRequestError),
        (coded("AccessDeniedException", 403), ModelAccessError),
        (coded("ResourceNotFoundException", 404), ModelAccessError),
        (ReadTimeoutError(endpoint_url="u"), ModelUnavailableError),
        (EndpointConnectionError(endpoint_url="u"), ModelUnavailableError),
    ],
)
def test_each_error_of_the_control_plane_becomes_ours(raised: Exception, ours: type[BrainswapError]) -> None:
    with pytest.raises(ours) as caught, model_errors("a.model"):
        raise raised

    assert type(caught.value) is ours


def test_the_catalogue_tells_of_models_and_of_what_is_not_there(server: EmbeddedBedrock) -> None:
    made: Any = boto3.client(
        "bedrock",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",  # noqa: S106 - any value signs for the embedded server
        config=Config(retries={"total_max_attempts": 1}),
    )

    found = BedrockCatalogue(made).facts(MODEL)
    missing = BedrockCatalogue(made).facts("anthropic.claude-nobody-v1:0")

    made.close()
    assert found is not None
    assert (found.model_id, found.unavailable_because, found.streams) == (MODEL, None, True)
    assert found.regions == ("us-east-1",)
    assert missing is None
