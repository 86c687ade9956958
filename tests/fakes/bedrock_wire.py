"""What Bedrock answers over the wire, and somebody who asks."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from brainswap.adapters.bedrock import BedrockModels
from brainswap.adapters.bedrock_access import BedrockAccess
from brainswap.adapters.http import HttpClient
from brainswap.core.answers import Answer
from brainswap.ports import Question
from local.bedrock.eventstream import event, frame
from tests.fakes.asking import Account, MachineClock
from tests.fakes.scripted_server import Received, Scripted, ScriptedServer, whole

USAGE = {"inputTokens": 3, "outputTokens": 2, "totalTokens": 12, "cacheReadInputTokens": 4, "cacheWriteInputTokens": 3}
METADATA = {"usage": USAGE, "metrics": {"latencyMs": 17}}
START = event("messageStart", {"role": "assistant"})
STOP = event("messageStop", {"stopReason": "end_turn"})


def message(*content: Mapping[str, Any], stop_reason: str = "end_turn") -> Scripted:
    return whole(200, {"output": {"message": {"content": content}}, "stopReason": stop_reason, **METADATA})


def delta(index: int = 0, **said: Any) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": index, "delta": said})


def tool_start(index: int, name: str) -> bytes:
    return event("contentBlockStart", {"contentBlockIndex": index, "start": {"toolUse": {"name": name}}})


def failure(code: str, **members: Any) -> bytes:
    texts = {":message-type": "exception", ":exception-type": code, ":content-type": "application/json"}
    headers = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + len(value).to_bytes(2, "big") + value.encode()
        for name, value in texts.items()
    )
    return frame(headers, json.dumps({"message": "m", **members}).encode())


def refused(status: int, code: str, **members: Any) -> Scripted:
    return whole(status, {"message": "m", **members}, {"x-amzn-ErrorType": f"{code}:http://internal/"})


def ask(script: Sequence[Scripted], *questions: Question, keys: Sequence[str | None] = ("AKID",)) -> list[Answer]:
    """Ask one after the other; a script that is shorter than the questions goes on with its last line."""
    return converse(script, questions, keys)[0]


def converse(
    script: Sequence[Scripted],
    questions: Sequence[Question],
    keys: Sequence[str | None] = ("AKID",),
    bearer_token: str | None = None,
) -> tuple[list[Answer], list[Received]]:
    async def main() -> tuple[list[Answer], list[Received]]:
        clock = MachineClock()
        http = HttpClient(clock, timeout_s=3)
        async with ScriptedServer(*script) as server:
            access = BedrockAccess(Account(server.url, keys).open_session, bearer_token=bearer_token)
            models = BedrockModels(http, access, clock)
            try:
                return [await models.ask(each) for each in questions], server.received
            finally:
                await http.close()

    return asyncio.run(main())
