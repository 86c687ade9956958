import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from brainswap.adapters.chat_completions import is_closed, request_body
from brainswap.adapters.http import HttpClient
from brainswap.adapters.openai import OpenAIModels, host_of
from brainswap.core.answers import AnswerStatus, ToolCall, Usage
from brainswap.core.errors import (
    ModelAccessError,
)
from brainswap.core.prompts.template import Message
from brainswap.ports import Endpoint
from tests.fakes.asking import CITY, WEATHER, MachineClock, question
from tests.fakes.chat_wire import DONE, MODEL, USAGE, ask, called, chunk, completion, converse, refused
from tests.fakes.scripted_server import Received, ScriptedServer, streamed


def refuse(base_url: str, key: str | None = "key") -> str:
    """What is said about an endpoint that is not asked."""

    async def found(_endpoint: Endpoint) -> str | None:
        return key

    async def main() -> None:
        http = HttpClient(MachineClock(), timeout_s=0.5)
        try:
            await OpenAIModels(http, found).ask(question(MODEL, endpoint=Endpoint(base_url=base_url)))
        finally:
            await http.close()

    with pytest.raises(ModelAccessError) as caught:
        asyncio.run(main())
    return str(caught.value)


def test_a_request_says_all_that_is_asked_for() -> None:
    turns = (Message(role="user", content="a"), Message(role="assistant", content="b"))

    body = json.loads(
        request_body(
            question(
                MODEL,
                messages=turns,
                tools=(WEATHER,),
                output=CITY,
                form="native",
                tool_choice="any",
                max_tokens=5,
                temperature=0.0,
                top_p=0.9,
                stop_sequences=("x",),
                fields={"reasoning_effort": "low", "stream": "not ours to change"},
            ),
            limit_name="max_completion_tokens",
        )
    )

    assert body == {
        "reasoning_effort": "low",
        "model": "gpt-9",
        "messages": [
            {"role": "system", "content": "You know geography."},
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b"},
        ],
        "max_completion_tokens": 5,
        "temperature": 0.0,
        "top_p": 0.9,
        "stop": ["x"],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "weather",
                    "description": "The weather of a city.",
                    "parameters": {"type": "object"},
                },
            }
        ],
        "tool_choice": "required",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "city", "schema": CITY.json_schema, "strict": True},
        },
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_an_output_as_a_tool_has_to_be_called() -> None:
    asked = question(MODEL, streams=False, output=CITY, form="tool", tool_choice="auto")

    body = json.loads(request_body(asked, limit_name="max_tokens"))

    assert [tool["function"]["name"] for tool in body["tools"]] == ["city"]
    assert body["tool_choice"] == {"type": "function", "function": {"name": "city"}}
    assert {"stream", "stream_options", "response_format"}.isdisjoint(body)


@pytest.mark.parametrize(
    ("schema", "closed"),
    [
        (CITY.json_schema, True),
        ({**CITY.json_schema, "required": []}, False),
        ({"type": "object"}, False),
        ({"type": "array", "items": {"type": "object", "properties": {}, "additionalProperties": False}}, True),
        ({"anyOf": [{"type": "string"}, {"properties": {"a": {}}}]}, False),
    ],
)
def test_only_closed_schemas_are_strict(schema: Mapping[str, Any], *, closed: bool) -> None:
    assert is_closed(schema) is closed


def test_what_was_said_is_read_from_a_whole_completion() -> None:
    calls = [{"function": {"name": "weather", "arguments": '{"city": "Wien"}'}}, {"function": {"name": "now"}}]
    message = {"content": "Let me see.", "reasoning_content": "hm", "tool_calls": calls}

    answer = ask(completion(message, "tool_calls", usage=USAGE), streams=False)

    assert (answer.text, answer.stop_reason, answer.status) == ("Let me see.", "tool_calls", AnswerStatus.ANSWERED)
    assert answer.tool_calls == (
        ToolCall(name="weather", arguments='{"city": "Wien"}'),
        ToolCall(name="now", arguments="{}"),
    )
    assert answer.usage == Usage(input_tokens=6, output_tokens=12, cache_read_tokens=4)
    assert answer.first_token_ms is None
    assert answer.cold


def test_what_was_said_is_put_together_from_a_stream() -> None:
    pieces = (
        b": a comment\r\n\r\nevent: message\r\n",
        chunk({"role": "assistant", "content": ""}),
        chunk({"reasoning_content": "hm"}),
        chunk({"content": "Let me "})[:20],
        chunk({"content": "Let me "})[20:] + chunk({"content": "see."}),
        chunk(called("weather", "", index=0)) + chunk(called(None, '{"city"', index=0)),
        chunk(called(None, ':"Wien"}', index=0)) + chunk(called("now", None, index=1)),
        chunk({}, "tool_calls"),
        chunk(usage=USAGE) + DONE,
    )

    answer = ask(streamed(*pieces))

    assert (answer.text, answer.stop_reason, answer.status) == ("Let me see.", "tool_calls", AnswerStatus.ANSWERED)
    assert answer.tool_calls == (
        ToolCall(name="weather", arguments='{"city":"Wien"}'),
        ToolCall(name="now", arguments="{}"),
    )
    assert answer.usage == Usage(input_tokens=6, output_tokens=12, cache_read_tokens=4)
    assert answer.first_token_ms is not None
    assert answer.latency_ms is not None
    assert 0 < answer.first_token_ms <= answer.latency_ms


def test_calls_that_nobody_numbers_are_told_apart_by_their_names() -> None:
    pieces = (called("a", "1"), called("b", "2"), called(None, "3"))

    answer = ask(streamed(*map(chunk, pieces), chunk({}, "tool_calls"), DONE))

    assert answer.tool_calls == (ToolCall(name="a", arguments="1"), ToolCall(name="b", arguments="23"))


@pytest.mark.parametrize("streams", [True, False])
def test_a_refusal_is_told_by_its_field(*, streams: bool) -> None:
    message = {"content": None, "refusal": "That is nothing for me."}

    answer = ask(streamed(chunk(message, "stop"), DONE) if streams else completion(message), streams=streams)

    assert (answer.text, answer.status) == ("That is nothing for me.", AnswerStatus.REFUSED)


def test_a_prompt_that_a_filter_refuses_is_a_filtered_answer() -> None:
    answer = ask(refused(400, code="content_filter"))

    assert (answer.text, answer.status) == ("", AnswerStatus.FILTERED)


@pytest.mark.parametrize(
    "end",
    [chunk({}, "length") + DONE, chunk({}, "length") + DONE.strip(), chunk({}, "length"), chunk({}, "length").strip()],
    ids=["done", "done without a line end", "no word", "no word and no line end"],
)
def test_an_answer_with_a_reason_to_finish_is_whole(end: bytes) -> None:
    answer = ask(streamed(chunk({"content": "yes"}), end))

    assert (answer.text, answer.status) == ("yes", AnswerStatus.TRUNCATED)


def test_an_answer_is_whole_although_its_connection_hangs_afterwards() -> None:
    answer = ask(streamed(chunk({"content": "yes"}, "stop"), DONE, ending="hung"))

    assert answer.text == "yes"


def test_a_connection_is_used_again_after_a_stream() -> None:
    async def no_key(_endpoint: Endpoint) -> None:
        return None

    async def main() -> int:
        http = HttpClient(MachineClock(), timeout_s=0.5)
        slowly = replace(streamed(chunk({"content": "yes"}, "stop"), DONE), pause_s=0.005)
        async with ScriptedServer(slowly) as server:
            models = OpenAIModels(http, no_key, base_url=server.url)
            for _ in range(3):
                await models.ask(question(MODEL))
            await http.close()
            return server.connections

    assert asyncio.run(main()) == 1


def test_the_key_goes_to_the_endpoint_of_the_question() -> None:
    asked: list[Endpoint] = []

    async def found(endpoint: Endpoint) -> str:
        asked.append(endpoint)
        return f"key of {endpoint.key_env}\n"

    async def main() -> list[Received]:
        http = HttpClient(MachineClock(), timeout_s=0.5)
        async with ScriptedServer(completion({"content": "yes"})) as server:
            endpoint = Endpoint(base_url=f"{server.url}/some/base/?api-version=1%2F2", key_env="MY_KEY")
            await OpenAIModels(http, found).ask(question(MODEL, streams=False, endpoint=endpoint))
            await http.close()
            assert asked == [endpoint]
            return server.received

    (received,) = asyncio.run(main())

    assert received.target == "/some/base/chat/completions?api-version=1%2F2"
    assert received.headers["authorization"] == "Bearer key of MY_KEY"
    assert received.json["max_tokens"] == 1024
    assert "max_completion_tokens" not in received.json


def test_no_key_is_sent_where_there_is_none() -> None:
    _, (received,) = converse([completion({"content": "yes"})], [question(MODEL, streams=False)], key=None)

    assert "authorization" not in received.headers


@pytest.mark.parametrize(
    ("base_url", "url", "key_header", "limit_name"),
    [
        ("https://api.openai.com/v1/", "https://api.openai.com/v1/chat/completions", "Authorization", "new"),
        ("https://eu.api.openai.com/v1", "https://eu.api.openai.com/v1/chat/completions", "Authorization", "new"),
        (
            "https://mine.openai.azure.com/openai/deployments/a?api-version=2026-01-01",
            "https://mine.openai.azure.com/openai/deployments/a/chat/completions?api-version=2026-01-01",
            "api-key",
            "new",
        ),
        (
            "https://generativelanguage.googleapis.com/v1beta/openai/",
            "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
            "Authorization",
            "old",
        ),
        ("http://localhost:11434/v1", "http://localhost:11434/v1/chat/completions", "Authorization", "old"),
    ],
)
def test_each_host_is_asked_in_its_own_way(base_url: str, url: str, key_header: str, limit_name: str) -> None:
    host = host_of(base_url)

    assert str(host.url) == url
    assert [name for name in host.headers("key") if name != "Content-Type"] == [key_header]
    assert host.limit_name == {"new": "max_completion_tokens", "old": "max_tokens"}[limit_name]


@pytest.mark.parametrize(
    ("base_url", "wrong"),
    [
        ("http://models.example.com/v1", "only https"),
        ("http://127.0.0.1.example.com/v1", "only https"),
        ("ftp://models.example.com", "no http or https URL"),
        ("https://user:secret@models.example.com", "no user"),
        ("models.example.com", "with a host"),
        ("https://[broken", "no http or https URL"),
    ],
)
def test_an_endpoint_that_would_give_the_key_away_is_not_asked(base_url: str, wrong: str) -> None:
    said = refuse(base_url)

    assert wrong in said
    assert "secret" not in said


def test_a_key_that_is_none_is_not_sent() -> None:
    said = refuse("https://models.example.com", "two\nlines")

    assert "characters that no key has" in said
    assert "two" not in said
