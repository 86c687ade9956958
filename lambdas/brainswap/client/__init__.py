"""The client for applications: which model and prompt answers a request, and what became of it.

It needs boto3 and nothing else of this project; the folder works wherever it is copied to as ``brainswap/client``.

    from brainswap import client

    route = client.resolve("support-triage", sticky_key=user_id, variables={"ticket": text})
    answer = bedrock.converse(**route.converse())
    client.record(route, ok=True, latency_ms=elapsed_ms)

Of a prompt that is a chain, each step is resolved by its name, with the answers before it as ``steps.NAME`` among the
variables; the last one needs no name, and is what is recorded.
"""

from brainswap.client.application import Client, default_client, record, resolve
from brainswap.client.assignment import bucket
from brainswap.client.errors import (
    BadVariableError,
    BadVersionError,
    ClientError,
    MissingVariableError,
    NoRouteError,
    NoSuchStepError,
)
from brainswap.client.resolved import Resolved
from brainswap.client.settings import Settings

__all__ = [
    "BadVariableError",
    "BadVersionError",
    "Client",
    "ClientError",
    "MissingVariableError",
    "NoRouteError",
    "NoSuchStepError",
    "Resolved",
    "Settings",
    "bucket",
    "default_client",
    "record",
    "resolve",
]
