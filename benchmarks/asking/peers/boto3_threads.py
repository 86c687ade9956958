"""boto3 in a pool of threads, one client for all."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from benchmarks.asking.peers.assignment import EXPECTED, MAX_TOKENS, MODEL, REGION, assignment, done

if TYPE_CHECKING:
    from types_boto3_bedrock_runtime import BedrockRuntimeClient

RETRIES: Mapping[str, Config] = {
    "default": Config(),
    "retry30": Config(retries={"mode": "standard", "total_max_attempts": 30}),
    "adaptive": Config(retries={"mode": "adaptive", "total_max_attempts": 30}),
}


def _answers(client: "BedrockRuntimeClient", prompt: str, *, streams: bool) -> bool:
    request: dict[str, Any] = {
        "modelId": MODEL,
        "messages": [{"role": "user", "content": [{"text": prompt}]}],
        "inferenceConfig": {"maxTokens": MAX_TOKENS},
    }
    try:
        if not streams:
            content = client.converse(**request)["output"]["message"]["content"]
            return content[0]["text"] == EXPECTED
        pieces = [
            event["contentBlockDelta"]["delta"]["text"]
            for event in client.converse_stream(**request)["stream"]
            if "contentBlockDelta" in event
        ]
        return "".join(pieces) == EXPECTED
    except ClientError:
        return False


def main() -> None:
    task = assignment()
    config = RETRIES[task.variant].merge(Config(max_pool_connections=task.in_flight))
    client = boto3.client("bedrock-runtime", region_name=REGION, endpoint_url=task.url, config=config)
    with ThreadPoolExecutor(task.in_flight) as pool:
        done(sum(pool.map(lambda prompt: _answers(client, prompt, streams=task.streams), task.prompts())))


if __name__ == "__main__":
    main()
