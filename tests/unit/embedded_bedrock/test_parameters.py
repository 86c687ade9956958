import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from brainswap.core.cases import Case
from local.bedrock.parameters import accepted_by
from local.bedrock.server import EmbeddedBedrock, Models

SONNET_37 = "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
SONNET_45 = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
HAIKU_45 = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
SONNET_46 = "us.anthropic.claude-sonnet-4-6"
OPUS_47 = "us.anthropic.claude-opus-4-7"
SONNET_5 = "us.anthropic.claude-sonnet-5"
FABLE = "us.anthropic.claude-fable-5-1"
GPT = "openai.gpt-5.6-sol"
LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"
NOVA = "amazon.nova-lite-v1:0"
NOVA_2 = "amazon.nova-2-lite-v1:0"
R1 = "us.deepseek.r1-v1:0"
MIXTRAL = "mistral.mixtral-8x7b-instruct-v0:1"
MISTRAL = "mistral.mistral-large-3-675b-instruct"
SIMULATED = "brainswap.sim-claude-v1:0"
WIRE_GPT = "openai:gpt-6-luna"

CASE = Case.model_validate({"id": "a", "input": {"text": "How many are there in all of it?"}, "reference": 12})
SCHEMA = {
    "type": "object",
    "properties": {"count": {"type": "integer"}, "unit": {"enum": ["piece", "box"]}, "sure": {"type": "boolean"}},
    "required": ["count"],
    "additionalProperties": False,
}
TOOLS = [{"toolSpec": {"name": n, "inputSchema": {"json": SCHEMA}}} for n in ("give_count", "give_up")]
STRUCTURED = {
    "textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": json.dumps(SCHEMA), "name": "x"}}}
}
ENABLED = {"thinking": {"type": "enabled", "budget_tokens": 1024}}


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedBedrock]:
    ids = (SONNET_37, SONNET_45, HAIKU_45, SONNET_46, OPUS_47, SONNET_5, FABLE, GPT, LLAMA, NOVA, NOVA_2, R1, MIXTRAL)
    with EmbeddedBedrock(
        cases=[CASE], models=Models(simulated=(*ids, MISTRAL, WIRE_GPT, "openai:any")), pace=0
    ) as made:
        yield made


@pytest.fixture(scope="module")
def client(server: EmbeddedBedrock) -> Iterator[Any]:
    made = boto3.client(
        "bedrock-runtime",
        endpoint_url=server.url,
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",  # noqa: S106 - any value signs for the embedded server
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield made
    made.close()


def request(model: str, *, prefill: str | None = None, **fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": [{"text": CASE.input["text"]}]}]
    if prefill is not None:
        messages.append({"role": "assistant", "content": [{"text": prefill}]})
    return {"modelId": model, "messages": messages} | fields


def inference(**fields: Any) -> dict[str, Any]:
    return {"inferenceConfig": fields}


def additional(**fields: Any) -> dict[str, Any]:
    return {"additionalModelRequestFields": fields}


def tools(choice: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"toolConfig": {"tools": TOOLS} | ({} if choice is None else {"toolChoice": choice})}


REFUSED = [
    (SONNET_45, inference(temperature=0.1, topP=0.9), "cannot both be specified"),
    (HAIKU_45, inference(temperature=0.1, topP=0.9), "cannot both be specified"),
    (OPUS_47, inference(temperature=0.0), "`temperature` is deprecated"),
    (SONNET_5, inference(topP=0.5), "`top_p` is deprecated"),
    (FABLE, additional(top_k=5), "`top_k` is deprecated"),
    (GPT, inference(temperature=0.0, maxTokens=100), "`temperature` is deprecated"),
    (GPT, inference(maxTokens=15), "Expected a value >= 16"),
    (GPT, additional(reasoning_effort="low"), "Unknown parameter: 'reasoning_effort'"),
    (SONNET_46, {"prefill": "{"}, "does not support assistant message prefill"),
    (SONNET_5, {"prefill": "{"}, "does not support assistant message prefill"),
    (NOVA, inference(maxTokens=10_001), "exceeds the model limit of 10000"),
    (LLAMA, inference(maxTokens=9_000), "exceeds the model limit of 8192"),
    (LLAMA, inference(stopSequences=["x"]), "doesn't support the stopSequences field"),
    (R1, inference(stopSequences=[str(n) for n in range(11)]), "exceeds the limit of this model, 10"),
    (LLAMA, tools({"any": {}}), "doesn't support the toolConfig.toolChoice.any field"),
    (MISTRAL, tools({"tool": {"name": "give_count"}}), "doesn't support the toolConfig.toolChoice.tool field"),
    (R1, tools(), "doesn't support tool use"),
    (NOVA, tools({"tool": {"name": "nobody"}}), "not found in provided tools"),
    (LLAMA, {"outputConfig": STRUCTURED}, "doesn't support the outputConfig.textFormat field"),
    (SONNET_5, {"outputConfig": STRUCTURED}, "doesn't support the outputConfig.textFormat field"),
    (SONNET_45, additional(output_config={"effort": "low"}), "doesn't support the effort parameter"),
    (MIXTRAL, {"system": [{"text": "Be brief."}]}, "doesn't support system messages"),
    (OPUS_47, additional(**ENABLED), "`enabled` is not supported"),
    (SONNET_45, additional(thinking={"type": "adaptive"}), "`adaptive` is not supported"),
    (FABLE, additional(thinking={"type": "disabled"}), "`disabled` is not supported"),
    (NOVA, additional(reasoningConfig={"type": "enabled", "maxReasoningEffort": "low"}), "is not supported"),
    (SONNET_37, additional(thinking={"type": "enabled", "budget_tokens": 100}), "greater than or equal to 1024"),
    (SONNET_37, additional(**ENABLED) | inference(maxTokens=1024), "must be greater than `thinking.budget_tokens`"),
    (SONNET_37, additional(**ENABLED) | tools({"any": {}}), "Thinking may not be enabled when tool_choice forces"),
    (
        NOVA_2,
        additional(reasoningConfig={"type": "enabled", "maxReasoningEffort": "high"}) | inference(maxTokens=100),
        "must be unset when maxReasoningEffort is high",
    ),
]


@pytest.mark.parametrize(("model", "fields", "message"), REFUSED)
def test_what_a_family_refuses_is_refused_on_both_operations(
    client: Any, model: str, fields: dict[str, Any], message: str
) -> None:
    for operation in (client.converse, client.converse_stream):
        with pytest.raises(ClientError) as caught:
            operation(**request(model, **fields))

        assert caught.value.response["Error"]["Code"] == "ValidationException"
        assert message in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (SONNET_37, inference(temperature=0.1, topP=0.9)),
        (SONNET_45, inference(temperature=0.1)),
        (SONNET_45, {"prefill": "{"}),
        (OPUS_47, additional(thinking={"type": "adaptive"}) | inference(maxTokens=4000)),
        (SONNET_5, additional(thinking={"type": "disabled"})),
        (GPT, additional(reasoning={"effort": "xhigh"}) | inference(maxTokens=16)),
        (NOVA, inference(temperature=1, topP=1, maxTokens=10_000, stopSequences=["x"])),
        (NOVA_2, additional(reasoningConfig={"type": "enabled", "maxReasoningEffort": "high"})),
        (LLAMA, tools({"auto": {}})),
        (MISTRAL, {"outputConfig": STRUCTURED}),
        (SIMULATED, inference(temperature=1, topP=1, maxTokens=900_000) | {"prefill": "{"}),
        (NOVA, {"serviceTier": {"type": "flex"}, "performanceConfig": {"latency": "optimized"}}),
        (NOVA, {"system": [{"text": "Count."}, {"cachePoint": {"type": "default"}}]}),
    ],
)
def test_what_a_family_takes_is_answered(client: Any, model: str, fields: dict[str, Any]) -> None:
    assert client.converse(**request(model, **fields))["stopReason"] in ("end_turn", "max_tokens")


def test_claude_burns_its_quota_faster_from_3_7_on() -> None:
    ids = (
        "anthropic.claude-3-5-haiku-20241022-v1:0",
        "anthropic.claude-3-7-sonnet-20250219-v1:0",
        "amazon.nova-pro-v1:0",
    )

    assert [accepted_by(model).burndown for model in ids] == [1, 5, 1]


def blocks(client: Any, asked: dict[str, Any]) -> tuple[list[dict[str, Any]], str, int]:
    """The blocks that a stream brings, put together, its stop reason and its output tokens."""
    made: dict[int, dict[str, Any]] = {}
    reason, told = "", 0
    for event in client.converse_stream(**asked)["stream"]:
        (name, payload), *_ = event.items()
        if name == "contentBlockStart":
            made[payload["contentBlockIndex"]] = dict(payload["start"]["toolUse"], input="")
        elif name == "contentBlockDelta":
            block = made.setdefault(payload["contentBlockIndex"], {})
            delta = payload["delta"]
            for key, piece in (delta.get("toolUse") or delta.get("reasoningContent") or delta).items():
                block[key] = block.get(key, "") + piece
        elif name == "messageStop":
            reason = payload["stopReason"]
        elif name == "metadata":
            told = payload["usage"]["outputTokens"]
    return [made[index] for index in sorted(made)], reason, told


@pytest.mark.parametrize("choice", [{"any": {}}, {"tool": {"name": "give_count"}}])
def test_a_forced_tool_is_called_with_what_its_schema_asks_for(client: Any, choice: dict[str, Any]) -> None:
    asked = request(NOVA, **tools(choice))

    response = client.converse(**asked)
    (streamed,), reason, _ = blocks(client, asked)

    (block,) = response["output"]["message"]["content"]
    assert (response["stopReason"], reason) == ("tool_use", "tool_use")
    assert block["toolUse"]["name"] == streamed["name"] == "give_count"
    assert block["toolUse"]["input"] == json.loads(streamed["input"])
    assert {key: type(value) for key, value in block["toolUse"]["input"].items()} == {
        "count": int,
        "unit": str,
        "sure": bool,
    }
    assert block["toolUse"]["input"]["unit"] in ("piece", "box")


def test_a_schema_is_followed_to_its_types(client: Any) -> None:
    response = client.converse(**request(SONNET_45, outputConfig=STRUCTURED))

    answer = json.loads(response["output"]["message"]["content"][0]["text"])
    assert answer["count"] in (12, 13, 11, 10, 14, 22)
    assert answer["unit"] == "piece"


def test_thinking_comes_before_the_text_and_is_paid(client: Any) -> None:
    asked = request(SONNET_37, **additional(**ENABLED), inferenceConfig={"maxTokens": 4000})

    plain = client.converse(**request(SONNET_37))
    response = client.converse(**asked)
    (thought, text), _, told = blocks(client, asked)

    first, second = response["output"]["message"]["content"]
    reasoning = first["reasoningContent"]["reasoningText"]
    assert reasoning["signature"]
    assert (thought["text"], thought["signature"]) == (reasoning["text"], reasoning["signature"])
    assert second["text"] == text["text"]
    assert response["usage"]["outputTokens"] == told > 200 + plain["usage"]["outputTokens"]


def test_thinking_takes_its_tokens_from_the_limit_of_the_answer(client: Any) -> None:
    response = client.converse(**request(SONNET_5, **inference(maxTokens=20)))

    (block,) = response["output"]["message"]["content"]
    assert "reasoningContent" in block
    assert (response["stopReason"], response["usage"]["outputTokens"]) == ("max_tokens", 20)


@pytest.mark.parametrize(("model", "thinks"), [(SONNET_5, True), (R1, True), (OPUS_47, False), (NOVA_2, False)])
def test_only_some_models_think_unasked(client: Any, model: str, *, thinks: bool) -> None:
    content = client.converse(**request(model))["output"]["message"]["content"]

    assert ("reasoningContent" in content[0]) is thinks


def chat(server: EmbeddedBedrock, model: str, **fields: Any) -> tuple[int, Any]:
    body = {"model": model, "messages": [{"role": "user", "content": CASE.input["text"]}]} | fields
    asked = Request(  # noqa: S310 - the scheme is the test server's http
        f"{server.url}/v1/chat/completions", data=json.dumps(body).encode(), headers={"Authorization": "Bearer x"}
    )
    try:
        with urlopen(asked, timeout=10) as response:  # noqa: S310 - see above
            body = response.read()
            if not fields.get("stream"):
                return response.status, json.loads(body)
            return response.status, [json.loads(each[6:]) for each in body.split(b"\n\n")[:-2]]
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


FUNCTIONS = [{"type": "function", "function": {"name": "give_count", "parameters": SCHEMA}}]
NAMED = {"type": "function", "function": {"name": "give_count"}}


@pytest.mark.parametrize("choice", ["required", NAMED])
def test_the_openai_wire_calls_a_forced_function(server: EmbeddedBedrock, choice: Any) -> None:
    _, whole = chat(server, "any", tools=FUNCTIONS, tool_choice=choice)
    _, streamed = chat(server, "any", tools=FUNCTIONS, tool_choice=choice, stream=True)

    (called,) = whole["choices"][0]["message"]["tool_calls"]
    deltas = [chunk["choices"][0]["delta"].get("tool_calls", [{}])[0] for chunk in streamed]
    pieces = "".join(delta.get("function", {}).get("arguments", "") for delta in deltas)
    assert whole["choices"][0]["finish_reason"] == streamed[-1]["choices"][0]["finish_reason"] == "tool_calls"
    assert called["function"]["name"] == deltas[0]["function"]["name"] == "give_count"
    assert called["function"]["arguments"] == pieces
    assert set(json.loads(pieces)) == {"count", "unit", "sure"}


def test_the_openai_wire_reasons_by_effort_and_counts_it(server: EmbeddedBedrock) -> None:
    _, none = chat(server, "any")
    _, much = chat(server, "any", reasoning_effort="high")

    reasoned = much["usage"]["completion_tokens_details"]["reasoning_tokens"]
    assert "completion_tokens_details" not in none["usage"]
    assert much["usage"]["completion_tokens"] > reasoned >= 400


@pytest.mark.parametrize(
    ("model", "fields", "message"),
    [
        ("gpt-6-luna", {"temperature": 0.5}, "deprecated"),
        ("gpt-6-luna", {"max_completion_tokens": 3}, ">= 16"),
        ("any", {"reasoning_effort": "lots"}, "reasoning_effort"),
        ("any", {"tools": [{"type": "function"}]}, "'tools'"),
        ("any", {"tool_choice": "required"}, "only allowed when"),
        ("any", {"tools": FUNCTIONS, "tool_choice": "sometimes"}, "'tool_choice'"),
        ("any", {"tools": FUNCTIONS, "tool_choice": {"type": "function", "function": {"name": "x"}}}, "not found"),
    ],
)
def test_what_the_openai_wire_does_not_take_is_refused(
    server: EmbeddedBedrock, model: str, fields: dict[str, Any], message: str
) -> None:
    status, body = chat(server, model, **fields)

    assert status == 400
    assert message in body["error"]["message"]
