"""What an OpenAI-compatible endpoint answers over the wire, and somebody who asks."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from brainswap.adapters.http import HttpClient
from brainswap.adapters.openai import OpenAIModels
from brainswap.core.answers import Answer
from brainswap.ports import Endpoint, Question
from tests.fakes.asking import MachineClock, question
from tests.fakes.scripted_server import Received, Scripted, ScriptedServer, whole

MODEL = "openai:gpt-9"
DONE = b"data: [DONE]\n\n"
USAGE = {
    "prompt_tokens": 10,
    "completion_tokens": 5,
    "total_tokens": 22,
    "prompt_tokens_details": {"cached_tokens": 4},
}


def completion(message: Mapping[str, Any], finish_reason: str | None = "stop", **more: Any) -> Scripted:
    return whole(200, {"choices": [{"message": message, "finish_reason": finish_reason}], **more})


def chunk(delta: Mapping[str, Any] | None = None, finish_reason: str | None = None, **more: Any) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
    return b"data: " + json.dumps({"choices": choices, **more}).encode() + b"\n\n"


def called(name: str | None, arguments: str | None, **more: Any) -> dict[str, Any]:
    function = {key: value for key, value in {"name": name, "arguments": arguments}.items() if value is not None}
    return {"tool_calls": [{"function": function, **more}]}


def refused(status: int, headers: Mapping[str, str] | None = None, **error: Any) -> Scripted:
    return whole(status, {"error": {"message": "m", **error}}, headers)


def converse(
    script: Sequence[Scripted], questions: Sequence[Question], *, path: str = "/v1", key: str | None = "key"
) -> tuple[list[Answer], list[Received]]:
    async def found(_endpoint: Endpoint) -> str | None:
        return key

    async def main() -> tuple[list[Answer], list[Received]]:
        http = HttpClient(MachineClock(), timeout_s=3)
        async with ScriptedServer(*script) as server:
            models = OpenAIModels(http, found, base_url=server.url + path)
            try:
                return [await models.ask(each) for each in questions], server.received
            finally:
                await http.close()

    return asyncio.run(main())


def ask(*script: Scripted, streams: bool = True, **settings: Any) -> Answer:
    return converse(script, [question(MODEL, streams=streams, **settings)])[0][0]
