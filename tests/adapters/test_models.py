"""Asking models: Bedrock's two operations, its errors, OpenAI's wire and recordings."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, EventStreamError, ReadTimeoutError

from brainswap.adapters.bedrock import BedrockCatalogue, BedrockModels
from brainswap.adapters.openai import OpenAIModels
from brainswap.adapters.recordings import RecordedModels
from brainswap.adapters.vendor_errors import model_errors
from brainswap.core.answers import AnswerStatus, Origin
from brainswap.core.cases import Case
from brainswap.core.errors import (
    BrainswapError,
    ModelAccessError,
    ModelRefusesRequestError,
    ModelThrottledError,
    ModelUnavailableError,
)
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.workload import Parameters
from brainswap.ports import Models, Question
from brainswap.runtime import SystemClock
from local.bedrock.server import EmbeddedBedrock
from local.bedrock.server import Models as Known

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
OPENAI = "openai:gpt-4o-mini"
CASE = Case.model_validate(
    {
        "id": "case #1 (é)",
        "input": {"question": "What is the capital of Austria?"},
        "recorded": {"old": {"output": "Vienna, of course.", "latency_ms": 80.0, "first_token_ms": 30.0}},
    }
)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedBedrock]:
    known = Known(recordings={MODEL: "old", OPENAI: "old"})
    with EmbeddedBedrock(cases=[CASE], models=known, pace=1.0) as running:
        yield running


def client(service: Any, server: EmbeddedBedrock) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",  # noqa: S106 - any value signs for the embedded server
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture(scope="module")
def bedrock(server: EmbeddedBedrock) -> Iterator[BedrockModels]:
    made = client("bedrock-runtime", server)
    yield BedrockModels(made, SystemClock())
    made.close()


@pytest.fixture(scope="module")
def openai(server: EmbeddedBedrock) -> Iterator[OpenAIModels]:
    with urllib3.PoolManager() as pool:
        yield OpenAIModels(pool, f"{server.url}/v1", "key", SystemClock())


def question(model: str = MODEL, *, streams: bool = True, **parameters: Any) -> Question:
    content = "Answer shortly.\n\nWhat is the capital of Austria?"
    return Question(
        model=model,
        streams=streams,
        prompt=Prompt(system="You know geography.", messages=(Message(role="user", content=content),)),
        parameters=Parameters(**parameters),
        case=CASE,
        recording="old",
        repeat=2,
        labels={"case": CASE.id, "run": "r" * 400},
    )


def test_a_streamed_answer_has_text_usage_and_a_measured_first_token(bedrock: BedrockModels) -> None:
    answer = bedrock.ask(question())

    assert (answer.text, answer.case_id, answer.repeat) == ("Vienna, of course.", CASE.id, 2)
    assert (answer.status, answer.origin) == (AnswerStatus.ANSWERED, Origin.RECORDED)
    assert answer.usage is not None
    assert answer.usage.estimated
    assert answer.first_token_ms is not None
    assert answer.latency_ms is not None
    assert 25 < answer.first_token_ms < answer.latency_ms


def test_an_answer_in_one_piece_has_no_first_token(bedrock: BedrockModels) -> None:
    answer = bedrock.ask(question(streams=False))

    assert answer.text == "Vienna, of course."
    assert answer.first_token_ms is None
    assert answer.latency_ms is not None


def test_the_openai_wire_gives_the_same_answer(openai: OpenAIModels) -> None:
    answer = openai.ask(question(OPENAI))

    assert (answer.text, answer.origin) == ("Vienna, of course.", Origin.RECORDED)
    assert answer.usage is not None
    assert answer.first_token_ms is not None


def test_an_answer_cut_at_max_tokens_is_truncated(bedrock: BedrockModels) -> None:
    answer = bedrock.ask(question("brainswap.sim-strong-v1:0", max_tokens=1))

    assert (answer.status, answer.origin) == (AnswerStatus.TRUNCATED, Origin.SIMULATED)


def test_a_recording_is_replayed_whole_whatever_the_limit(bedrock: BedrockModels, openai: OpenAIModels) -> None:
    whole = bedrock.ask(question(max_tokens=1)), openai.ask(question(OPENAI, max_tokens=1))

    assert [answer.text for answer in whole] == ["Vienna, of course."] * 2
    assert [answer.status for answer in whole] == [AnswerStatus.ANSWERED] * 2


def test_an_unknown_model_is_refused(bedrock: BedrockModels, openai: OpenAIModels) -> None:
    with pytest.raises((ModelAccessError, ModelRefusesRequestError)):
        bedrock.ask(question("anthropic.claude-nobody-v1:0"))
    with pytest.raises((ModelAccessError, ModelRefusesRequestError)):
        openai.ask(question("openai:nobody"))


def test_a_dead_endpoint_is_unavailable() -> None:
    with urllib3.PoolManager() as pool, pytest.raises(ModelUnavailableError):
        OpenAIModels(pool, "http://127.0.0.1:9/v1", None, SystemClock()).ask(question(OPENAI))


def test_a_recording_is_replayed_with_estimated_tokens_and_measured_latency() -> None:
    answer = RecordedModels().ask(question())

    assert (answer.text, answer.origin, answer.latency_ms) == ("Vienna, of course.", Origin.RECORDED, 80.0)
    assert answer.usage is not None
    assert answer.usage.estimated


def test_a_missing_recording_is_a_failed_answer() -> None:
    asked = question()
    unrecorded = Case(id="2", input=asked.case.input)

    models: Models = RecordedModels()
    answer = models.ask(
        Question(
            model=asked.model,
            streams=True,
            prompt=asked.prompt,
            parameters=asked.parameters,
            case=unrecorded,
            recording="old",
            repeat=0,
            labels={},
        )
    )

    assert answer.status is AnswerStatus.FAILED
    assert answer.usage is None


def coded(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Op")  # type: ignore[typeddict-item]  # the parts that are looked at


@pytest.mark.parametrize(
    ("raised", "ours"),
    [
        (coded("ThrottlingException", 429), ModelThrottledError),
        (coded("ModelNotReadyException", 429), ModelUnavailableError),
        (coded("ServiceUnavailableException", 503), ModelUnavailableError),
        (coded("InternalServerException", 500), ModelUnavailableError),
        (coded("ModelTimeoutException", 408), ModelUnavailableError),
        (coded("ModelErrorException", 424), ModelUnavailableError),
        (coded("SomethingNew", 502), ModelUnavailableError),
        (coded("ValidationException", 400), ModelRefusesRequestError),
        (coded("SomethingNew", 400), ModelRefusesRequestError),
        (coded("AccessDeniedException", 403), ModelAccessError),
        (coded("ResourceNotFoundException", 404), ModelAccessError),
        (EventStreamError({"Error": {"Code": "throttlingException", "Message": "m"}}, "Op"), ModelThrottledError),
        (EventStreamError({"Error": {"Code": "modelStreamErrorException"}}, "Op"), ModelUnavailableError),
        (ReadTimeoutError(endpoint_url="u"), ModelUnavailableError),
        (EndpointConnectionError(endpoint_url="u"), ModelUnavailableError),
    ],
)
def test_each_vendor_error_becomes_ours(raised: Exception, ours: type[BrainswapError]) -> None:
    with pytest.raises(ours) as caught, model_errors("a.model"):
        raise raised

    assert type(caught.value) is ours


def test_the_catalogue_tells_of_models_and_of_what_is_not_there(server: EmbeddedBedrock) -> None:
    made = client("bedrock", server)

    found = BedrockCatalogue(made).facts(MODEL)
    missing = BedrockCatalogue(made).facts("anthropic.claude-nobody-v1:0")

    made.close()
    assert found is not None
    assert (found.model_id, found.unavailable_because, found.streams) == (MODEL, None, True)
    assert found.regions == ("us-east-1",)
    assert missing is None
