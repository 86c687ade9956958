"""moto's services for the adapters."""

from collections.abc import Iterator

import pytest

from local.cloud import local_cloud


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    """A stack in moto; the clients that a test makes talk to it."""
    with local_cloud(realm="test"):
        yield
