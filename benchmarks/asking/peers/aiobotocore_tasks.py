"""aiobotocore, one client, a task for each call."""

import asyncio
import importlib
from collections.abc import Mapping
from typing import Any

from benchmarks.asking.peers.assignment import EXPECTED, MAX_TOKENS, MODEL, REGION, Assignment, assignment, done

# Not in the project's environment: it pins a botocore of its own.
session: Any = importlib.import_module("aiobotocore.session")
config: Any = importlib.import_module("aiobotocore.config")
errors: Any = importlib.import_module("botocore.exceptions")

RETRIES: Mapping[str, Mapping[str, Any] | None] = {
    "default": None,
    "retry30": {"mode": "standard", "total_max_attempts": 30},
}


async def _answers(client: Any, prompt: str, *, streams: bool) -> bool:
    request = {
        "modelId": MODEL,
        "messages": [{"role": "user", "content": [{"text": prompt}]}],
        "inferenceConfig": {"maxTokens": MAX_TOKENS},
    }
    try:
        if not streams:
            response = await client.converse(**request)
            return bool(response["output"]["message"]["content"][0]["text"] == EXPECTED)
        response = await client.converse_stream(**request)
        pieces = [
            event["contentBlockDelta"]["delta"]["text"]
            async for event in response["stream"]
            if "contentBlockDelta" in event
        ]
        return "".join(pieces) == EXPECTED
    except errors.ClientError:
        return False


async def ask_all(task: Assignment) -> int:
    """How many cases got the right answer."""
    slots = asyncio.Semaphore(task.in_flight)

    async def in_turn(client: Any, prompt: str) -> bool:
        async with slots:
            return await _answers(client, prompt, streams=task.streams)

    settings = config.AioConfig(max_pool_connections=task.in_flight, retries=RETRIES[task.variant])
    made = session.get_session().create_client(
        "bedrock-runtime", region_name=REGION, endpoint_url=task.url, config=settings
    )
    async with made as client:
        return sum(await asyncio.gather(*(in_turn(client, prompt) for prompt in task.prompts())))


if __name__ == "__main__":
    done(asyncio.run(ask_all(assignment())))
