import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.session import Session
from botocore.validate import validate_parameters
from hypothesis import given
from hypothesis import strategies as st

from brainswap.adapters.bedrock import BedrockModels
from brainswap.adapters.bedrock_access import BedrockAccess
from brainswap.adapters.converse import request_body
from brainswap.adapters.http import HttpClient
from brainswap.core.answers import AnswerStatus, ToolCall, Usage
from brainswap.core.errors import (
    ModelThrottledError,
)
from brainswap.core.prompts.template import Message
from brainswap.ports import Question
from local.bedrock.eventstream import event
from tests.fakes.asking import CITY, WEATHER, Account, MachineClock, question
from tests.fakes.bedrock_wire import (
    METADATA,
    START,
    ask,
    converse,
    delta,
    message,
    refused,
    tool_start,
)
from tests.fakes.scripted_server import ScriptedServer, streamed, whole


@pytest.fixture(scope="module")
def fits() -> Callable[[Question], dict[str, Any]]:
    """Checks a body against botocore's model of ``Converse``."""
    shape = Session().get_service_model("bedrock-runtime").operation_model("Converse").input_shape
    assert shape is not None

    def check(asked: Question) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(request_body(asked))
        validate_parameters({"modelId": asked.model, **body}, shape)
        return body

    return check


@given(
    tools=st.sampled_from([(), (WEATHER,)]),
    output=st.none() | st.just(CITY),
    max_tokens=st.none() | st.integers(1, 9),
    temperature=st.none() | st.floats(0, 1),
    stop_sequences=st.lists(st.text(min_size=1), max_size=2).map(tuple),
    tool_choice=st.sampled_from([None, "auto", "any", "tool:weather"]),
    form=st.sampled_from(["text", "native", "tool"]),
    fields=st.sampled_from([{}, {"top_k": 5}]),
    service_tier=st.sampled_from([None, "priority"]),
    optimised_latency=st.booleans(),
    guardrail=st.sampled_from([None, "gr4a1l/3", "arn:aws:bedrock:eu-west-1:123456789012:guardrail/gr4a1l/DRAFT"]),
)
def test_every_request_fits_the_service(
    fits: Callable[[Question], dict[str, Any]], tools: Any, output: Any, form: Any, **settings: Any
) -> None:
    body = fits(question(tools=tools, output=output, form=form, **settings))

    assert ("toolConfig" in body) == bool(tools or (output and form == "tool"))
    assert ("outputConfig" in body) == bool(output and form == "native")
    assert body.get("inferenceConfig", {}).get("temperature") == settings["temperature"]
    guarded = body.get("guardrailConfig", {"guardrailIdentifier": None, "guardrailVersion": None})
    name = f"{guarded['guardrailIdentifier']}/{guarded['guardrailVersion']}"
    assert name == (settings["guardrail"] or "None/None")


def test_a_request_says_all_that_is_asked_for() -> None:
    turns = (
        Message(role="user", content="a"),
        Message(role="system", content="b"),
        Message(role="assistant", content="c"),
    )

    body = json.loads(
        request_body(
            question(
                messages=turns,
                tools=(WEATHER,),
                output=CITY,
                form="native",
                tool_choice="tool:weather",
                max_tokens=5,
                temperature=0.0,
                top_p=0.9,
                stop_sequences=("x",),
                fields={"top_k": 5},
                service_tier="flex",
                optimised_latency=True,
                labels={"case": "é #1"},
            )
        )
    )

    schema = body.pop("outputConfig")["textFormat"]
    assert schema["type"] == "json_schema"
    assert schema["structure"]["jsonSchema"]["name"] == "city"
    assert json.loads(schema["structure"]["jsonSchema"]["schema"]) == CITY.json_schema
    assert body == {
        "messages": [
            {"role": "user", "content": [{"text": "a"}]},
            {"role": "assistant", "content": [{"text": "c"}]},
        ],
        "system": [{"text": "You know geography."}, {"text": "b"}],
        "inferenceConfig": {"maxTokens": 5, "temperature": 0.0, "topP": 0.9, "stopSequences": ["x"]},
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "weather",
                        "description": "The weather of a city.",
                        "inputSchema": {"json": {"type": "object"}},
                    }
                }
            ],
            "toolChoice": {"tool": {"name": "weather"}},
        },
        "additionalModelRequestFields": {"top_k": 5},
        "performanceConfig": {"latency": "optimized"},
        "serviceTier": {"type": "flex"},
        "requestMetadata": {"brainswap-case": "_ #1"},
    }


def test_an_output_as_a_tool_has_to_be_called() -> None:
    body = json.loads(request_body(question(tools=(WEATHER,), output=CITY, form="tool", tool_choice="auto")))

    assert [tool["toolSpec"]["name"] for tool in body["toolConfig"]["tools"]] == ["weather", "city"]
    assert body["toolConfig"]["toolChoice"] == {"tool": {"name": "city"}}


def test_what_was_said_is_read_from_a_whole_message() -> None:
    content = (
        {"reasoningContent": {"reasoningText": {"text": "hm"}}},
        {"text": "Let me "},
        {"text": "see."},
        {"toolUse": {"toolUseId": "1", "name": "weather", "input": {"city": "Wien €"}}},
    )

    (answer,) = ask([message(*content, stop_reason="tool_use")], question(streams=False))

    assert (answer.text, answer.stop_reason, answer.status) == ("Let me see.", "tool_use", AnswerStatus.ANSWERED)
    assert answer.tool_calls == (ToolCall(name="weather", arguments='{"city":"Wien €"}'),)
    assert answer.usage == Usage(input_tokens=3, output_tokens=2, cache_read_tokens=4, cache_write_tokens=3)
    assert answer.server_latency_ms == 17
    assert answer.first_token_ms is None
    assert answer.latency_ms is not None
    assert answer.sent_at is not None


def test_what_was_said_is_put_together_from_a_stream() -> None:
    script = streamed(
        START,
        delta(reasoningContent={"text": "hm"}),
        delta(1, text="Let me ") + delta(1, text="see."),
        tool_start(2, "weather") + delta(2, toolUse={"input": '{"city"'}),
        delta(2, toolUse={"input": ':"Wien"}'}) + tool_start(3, "now"),
        event("contentBlockStop", {"contentBlockIndex": 2}),
        event("messageStop", {"stopReason": "tool_use"}),
        event("metadata", METADATA),
    )

    (answer,) = ask([script], question())

    assert (answer.text, answer.stop_reason, answer.status) == ("Let me see.", "tool_use", AnswerStatus.ANSWERED)
    assert answer.tool_calls == (
        ToolCall(name="weather", arguments='{"city":"Wien"}'),
        ToolCall(name="now", arguments="{}"),
    )
    assert answer.usage == Usage(input_tokens=3, output_tokens=2, cache_read_tokens=4, cache_write_tokens=3)
    assert answer.server_latency_ms == 17
    assert answer.first_token_ms is not None
    assert answer.latency_ms is not None
    assert 0 < answer.first_token_ms <= answer.latency_ms


@pytest.mark.parametrize("streams", [True, False])
def test_a_tool_call_without_a_word_is_an_answer(*, streams: bool) -> None:
    script = (
        streamed(tool_start(0, "weather"), event("messageStop", {"stopReason": "tool_use"}))
        if streams
        else message({"toolUse": {"name": "weather", "input": {}}}, stop_reason="tool_use")
    )

    (answer,) = ask([script], question(streams=streams, tools=(WEATHER,)))

    assert (answer.text, answer.status) == ("", AnswerStatus.ANSWERED)
    assert answer.tool_calls == (ToolCall(name="weather", arguments="{}"),)


def test_the_arguments_of_the_output_tool_are_the_text() -> None:
    content = ({"text": "Here:"}, {"toolUse": {"name": "city", "input": {"city": "Wien"}}})

    (answer,) = ask([message(*content)], question(streams=False, output=CITY, form="tool", cut_at=("W",)))

    assert (answer.text, answer.tool_calls) == ('{"city":"Wien"}', ())


def test_a_text_is_cut_at_the_first_stop_sequence_that_the_model_does_not_take() -> None:
    said = message({"text": "one END two\n\nthree"}, stop_reason="max_tokens")

    cut, left = ask([said], question(streams=False, cut_at=("\n\n", "END")), question(streams=False, cut_at=("QED",)))

    assert (cut.text, cut.stop_reason, cut.status) == ("one ", "stop_sequence", AnswerStatus.ANSWERED)
    assert (left.stop_reason, left.status) == ("max_tokens", AnswerStatus.TRUNCATED)


def test_only_the_first_answer_of_a_model_or_of_a_schema_is_cold() -> None:
    plain, shaped = question(streams=False), question(streams=False, output=CITY, form="native")
    script = [refused(429, "ThrottlingException"), message({"text": "yes"})]

    async def main() -> list[bool]:
        clock = MachineClock()
        http = HttpClient(clock, timeout_s=3)
        async with ScriptedServer(*script) as server:
            models = BedrockModels(http, BedrockAccess(Account(server.url).open_session), clock)
            with pytest.raises(ModelThrottledError):
                await models.ask(plain)
            together = await asyncio.gather(models.ask(plain), models.ask(plain))
            later = [await models.ask(each) for each in (plain, shaped, shaped, plain)]
            await http.close()
        return [answer.cold for answer in (*together, *later)]

    assert asyncio.run(main()) == [True, True, False, True, False, False]


def test_requests_are_signed_for_the_model() -> None:
    _, received = converse([message({"text": "yes"})], [question("arn:aws:bedrock:a/b", streams=False)])

    assert received[0].target == "/model/arn%3Aaws%3Abedrock%3Aa%2Fb/converse"
    assert "Credential=AKID/" in received[0].headers["authorization"]
    assert "/eu-central-1/bedrock/aws4_request" in received[0].headers["authorization"]
    assert received[0].headers["x-amz-security-token"] == "token"


def test_a_bearer_token_goes_before_credentials() -> None:
    _, received = converse([message({"text": "yes"})], [question(streams=False)], keys=[None], bearer_token="b\n")  # noqa: S106 - made up

    assert received[0].headers["authorization"] == "Bearer b"


def test_an_empty_message_is_an_empty_answer() -> None:
    (answer,) = ask([whole(200, {"output": {}, "stopReason": "end_turn"})], question(streams=False))

    assert (answer.status, answer.usage) == (AnswerStatus.EMPTY, None)
