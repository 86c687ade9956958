import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.bedrock.server import EmbeddedBedrock
from local.bedrock.shapes import Shapes, service_model

if TYPE_CHECKING:
    from types_boto3_bedrock_runtime import BedrockRuntimeClient

HAIKU = "us.anthropic.claude-3-5-haiku-20241022-v1:0"
STRONG = "brainswap.sim-strong-v1:0"
CARD = "I have been waiting for my new card for two weeks now."
FEE = "Why did you charge me a fee for taking out cash?"


def request(text: str, model: str = HAIKU, **fields: Any) -> dict[str, Any]:
    return {"modelId": model, "messages": [{"role": "user", "content": [{"text": text}]}]} | fields


def text_of(response: Any) -> str:
    return "".join(block["text"] for block in response["output"]["message"]["content"])


def events_of(response: Any) -> list[tuple[str, dict[str, Any]]]:
    return [next(iter(event.items())) for event in response["stream"]]


def refusal(client: "BedrockRuntimeClient", wanted: dict[str, Any]) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        client.converse(**wanted)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def test_a_recorded_answer_comes_back_through_an_unmodified_client(runtime: "BedrockRuntimeClient") -> None:
    response = runtime.converse(**request(f"Classify this message: {CARD}"))

    assert text_of(response) == "card_arrival"
    assert response["stopReason"] == "end_turn"
    assert response["usage"] == {"inputTokens": 91, "outputTokens": 4, "totalTokens": 95}
    assert response["metrics"]["latencyMs"] == 812
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-brainswap-origin"] == "recorded"
    assert headers["x-brainswap-latency-ms"] == "812.500"
    assert headers["x-brainswap-first-token-ms"] == "300.000"
    assert headers["x-brainswap-clock"] == "compressed"
    assert "x-brainswap-estimated" not in headers


def test_an_input_in_a_system_block_is_seen_as_well(runtime: "BedrockRuntimeClient") -> None:
    response = runtime.converse(**request("Which intent is it?", system=[{"text": f"<message>{CARD}</message>"}]))

    assert text_of(response) == "card_arrival"


def test_an_input_in_a_document_or_a_guarded_text_is_seen_as_well(runtime: "BedrockRuntimeClient") -> None:
    document = {"document": {"name": "mail", "format": "txt", "source": {"text": CARD}}}
    guarded = {"guardContent": {"text": {"text": CARD, "qualifiers": ["query"]}}}

    for block in (document, guarded):
        content = [{"text": "Which intent?"}, block]
        response = runtime.converse(**request("", messages=[{"role": "user", "content": content}]))
        assert text_of(response) == "card_arrival"


def test_a_stream_brings_the_same_answer_in_pieces_and_in_bedrocks_order(runtime: "BedrockRuntimeClient") -> None:
    response = runtime.converse_stream(**request(f"Classify: {CARD}"))
    events = events_of(response)

    names = [name for name, _ in events]
    deltas = [payload["delta"]["text"] for name, payload in events if name == "contentBlockDelta"]
    assert names == [
        "messageStart",
        *["contentBlockDelta"] * len(deltas),
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
    assert len(deltas) > 1
    assert "".join(deltas) == "card_arrival"
    assert events[-2][1] == {"stopReason": "end_turn"}
    assert events[-1][1]["usage"]["totalTokens"] == 95
    assert response["ResponseMetadata"]["HTTPHeaders"]["x-brainswap-origin"] == "recorded"


def test_text_of_any_script_survives_both_ways(runtime: "BedrockRuntimeClient") -> None:
    whole = text_of(runtime.converse(**request(FEE)))
    pieces = [
        payload["delta"]["text"]
        for name, payload in events_of(runtime.converse_stream(**request(FEE)))
        if name == "contentBlockDelta"
    ]

    assert whole == "fee — 現金💳 é"
    assert "".join(pieces) == whole


def test_what_was_estimated_is_marked(runtime: "BedrockRuntimeClient") -> None:
    recorded = runtime.converse(**request(FEE))["ResponseMetadata"]["HTTPHeaders"]
    simulated = runtime.converse(**request(FEE, STRONG))["ResponseMetadata"]["HTTPHeaders"]

    assert recorded["x-brainswap-estimated"] == "tokens,first-token"
    assert simulated["x-brainswap-origin"] == "simulated"
    assert simulated["x-brainswap-estimated"] == "tokens,latency"


def test_a_model_is_asked_for_by_profile_by_id_and_by_arn(runtime: "BedrockRuntimeClient") -> None:
    base = HAIKU.removeprefix("us.")
    arns = (
        f"arn:aws:bedrock:eu-west-1::foundation-model/{base}",
        f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{HAIKU}",
    )

    assert {text_of(runtime.converse(**request(CARD, model))) for model in (HAIKU, base, *arns)} == {"card_arrival"}


def test_limits_of_the_request_are_obeyed_by_simulated_models(runtime: "BedrockRuntimeClient") -> None:
    cut = runtime.converse(**request(CARD, STRONG, inferenceConfig={"maxTokens": 1}))
    stopped = runtime.converse(**request(CARD, STRONG, inferenceConfig={"stopSequences": ["_"]}))

    assert (cut["stopReason"], cut["usage"]["outputTokens"]) == ("max_tokens", 1)
    assert (stopped["stopReason"], text_of(stopped)) == ("stop_sequence", "card")


def test_a_schema_decides_the_form_of_a_simulated_answer(runtime: "BedrockRuntimeClient") -> None:
    schema = json.dumps({"type": "object", "properties": {"label": {"type": "string"}}})
    wanted = {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": schema}}}}

    response = runtime.converse(**request(CARD, STRONG, outputConfig=wanted))

    assert json.loads(text_of(response)) == {"label": "card_arrival"}


def test_the_service_tier_that_was_asked_for_is_the_one_that_was_used(runtime: "BedrockRuntimeClient") -> None:
    response = runtime.converse(
        **request(CARD, serviceTier={"type": "flex"}, performanceConfig={"latency": "optimized"})
    )

    assert response["serviceTier"] == {"type": "flex"}
    assert response["performanceConfig"] == {"latency": "optimized"}


def test_the_body_of_an_answer_fits_the_service_model(runtime: "BedrockRuntimeClient") -> None:
    shape = service_model("bedrock-runtime").operation_model("Converse").output_shape
    assert shape is not None
    response: Any = runtime.converse(**request(CARD))
    del response["ResponseMetadata"]

    Shapes().verify(shape, response)


def test_a_case_without_a_recording_is_answered_with_a_model_error(runtime: "BedrockRuntimeClient") -> None:
    status, code, message = refusal(runtime, request("What is the weather like?"))

    assert (status, code) == (424, "ModelErrorException")
    assert "Nothing is recorded" in message


@pytest.mark.parametrize(
    ("wanted", "status", "code", "message"),
    [
        (request("Hi", "acme.unknown-v1:0"), 400, "ValidationException", "The provided model identifier is invalid."),
        (request("Hi", "acme.closed-v1:0"), 403, "AccessDeniedException", "don't have access"),
        (request("Hi", "acme.far-v1:0"), 400, "ValidationException", "with on-demand throughput"),
        (request("Hi", inferenceConfig={"temperature": 1.5}), 400, "ValidationException", "less than or equal to 1"),
        (request("Hi", serviceTier={"type": "cheap"}), 400, "ValidationException", "enum value set"),
        (request("Hi", requestMetadata={"a": "b" * 300}), 400, "ValidationException", "length less than or equal"),
        (request(" "), 400, "ValidationException", "messages.0.content.0 is blank"),
        ({"modelId": HAIKU}, 400, "ValidationException", "no messages"),
        (
            {"modelId": HAIKU, "messages": [{"role": "assistant", "content": [{"text": "Hi"}]}]},
            400,
            "ValidationException",
            "must start with a user message",
        ),
    ],
)  # fmt: skip
def test_what_bedrock_refuses_is_refused_in_its_form(
    runtime: "BedrockRuntimeClient", wanted: dict[str, Any], status: int, code: str, message: str
) -> None:
    refused = refusal(runtime, wanted)

    assert refused[:2] == (status, code)
    assert message in refused[2]


def test_a_profile_opens_a_model_that_has_no_throughput_of_its_own(runtime: "BedrockRuntimeClient") -> None:
    response = runtime.converse(**request("Hi", "eu.acme.far-v1:0"))

    assert "simulated" in text_of(response)


def test_a_model_that_does_not_stream_refuses_a_stream(runtime: "BedrockRuntimeClient") -> None:
    assert text_of(runtime.converse(**request("Hi", "acme.batch-v1:0")))
    with pytest.raises(ClientError, match="doesn't support streaming") as caught:
        runtime.converse_stream(**request("Hi", "acme.batch-v1:0"))

    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_many_calls_at_once_are_all_answered_and_counted(
    runtime: "BedrockRuntimeClient", bedrock: EmbeddedBedrock
) -> None:
    before = bedrock.count(operation="Converse", model=STRONG, status=200)

    with ThreadPoolExecutor(max_workers=50) as pool:
        answers = list(pool.map(lambda n: text_of(runtime.converse(**request(f"{n}: {CARD}", STRONG))), range(200)))

    assert answers == ["card_arrival"] * 200
    assert bedrock.count(operation="Converse", model=STRONG, status=200) == before + 200


def test_errors_are_counted_apart_from_answers(runtime: "BedrockRuntimeClient", bedrock: EmbeddedBedrock) -> None:
    before = bedrock.count(operation="Converse", model=HAIKU, status=424), bedrock.count(status=200)

    refusal(runtime, request("What is the weather like?"))

    assert (bedrock.count(operation="Converse", model=HAIKU, status=424), bedrock.count(status=200)) == (
        before[0] + 1,
        before[1],
    )
