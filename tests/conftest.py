"""What all tests share."""

import gc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from local.descriptions import descriptions_read_once

# Machines are shared: how long an example takes says nothing about the code.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


def pytest_collection_finish() -> None:
    """Leave thousands of tests and all that they import out of every look for what nobody needs any more."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> Iterator[None]:
    """Clients are made by the hundred, and need not each begin with a megabyte of JSON."""
    with descriptions_read_once():
        yield
