"""The real machine, executed by the local cloud against the embedded Bedrock."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import Cloud, local_cloud
from local.functions import Invocation, environment


@pytest.fixture
def told() -> list[Invocation]:
    """What the cloud told of its invocations."""
    return []


@pytest.fixture
def cloud(told: list[Invocation], tmp_path: Path) -> Iterator[Cloud]:
    """A stack of its own, with DynamoDB as the answer cache; nothing listens where models would."""
    nowhere = {
        "AWS_ENDPOINT_URL_BEDROCK": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://127.0.0.1:9",
    }
    with (
        environment({**nowhere, "TMPDIR": str(tmp_path)}),
        local_cloud(realm="test", observer=told.append) as made,
    ):
        yield made
