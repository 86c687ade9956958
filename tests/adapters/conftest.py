"""moto's services for the adapters."""

from collections.abc import Iterator

import pytest

from local.bedrock.server import EmbeddedBedrock
from local.cloud import local_cloud


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    """A stack in moto; the clients that a test makes talk to it."""
    with local_cloud(realm="test"):
        yield


@pytest.fixture
def account(server: EmbeddedBedrock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of an account whose services are those of the module's ``server``."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
