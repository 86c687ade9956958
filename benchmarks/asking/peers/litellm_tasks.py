"""litellm's ``acompletion``, a task for each call."""

import asyncio
import importlib
from collections.abc import Mapping
from typing import Any

from benchmarks.asking.peers.assignment import EXPECTED, MAX_TOKENS, MODEL, REGION, Assignment, assignment, done

litellm: Any = importlib.import_module("litellm")  # not in the project's environment


def options(task: Assignment) -> Mapping[str, Any]:
    """How it is pointed at the server."""
    retries = {"num_retries": 10} if task.variant.endswith("retries10") else {}
    if task.variant.startswith("bedrock"):
        return {
            "model": f"bedrock/converse/{MODEL}",
            "aws_bedrock_runtime_endpoint": task.url,
            "aws_region_name": REGION,
            **retries,
        }
    return {"model": "openai/measured", "api_base": f"{task.url}/v1", "api_key": "none", **retries}


async def _answers(prompt: str, given: Mapping[str, Any], *, streams: bool) -> bool:
    messages = [{"role": "user", "content": prompt}]
    try:
        response = await litellm.acompletion(messages=messages, max_tokens=MAX_TOKENS, stream=streams, **given)
        if not streams:
            return bool(response.choices[0].message.content == EXPECTED)
        return "".join([piece.choices[0].delta.content or "" async for piece in response]) == EXPECTED
    except (litellm.exceptions.RateLimitError, litellm.exceptions.APIConnectionError):
        return False


async def ask_all(task: Assignment) -> int:
    """How many cases got the right answer."""
    slots = asyncio.Semaphore(task.in_flight)
    given = options(task)

    async def in_turn(prompt: str) -> bool:
        async with slots:
            return await _answers(prompt, given, streams=task.streams)

    return sum(await asyncio.gather(*(in_turn(prompt) for prompt in task.prompts())))


if __name__ == "__main__":
    done(asyncio.run(ask_all(assignment())))
