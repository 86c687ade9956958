"""DynamoDB as it is: one request after the other; moto alone lets threads meet in the middle of a write."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from moto.dynamodb.responses import DynamoHandler


@contextmanager
def atomic_tables() -> Iterator[None]:
    """While the block runs, a request to a table of moto ends before the next one begins."""
    lock = threading.Lock()
    original = DynamoHandler.call_action

    def call_action(self: DynamoHandler) -> Any:
        with lock:
            return original(self)

    with mock.patch.object(DynamoHandler, "call_action", call_action):
        yield
