"""What botocore knows of services and regions, read once a process."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest import mock

from botocore.loaders import JSONFileLoader

_read = cache(JSONFileLoader().load_file)


@contextmanager
def descriptions_read_once() -> Iterator[None]:
    """While the block runs, all sessions share what was read for one of them.

    Otherwise each reads megabytes of JSON for itself, though clients only look into them; and there are many sessions
    where handlers, the interpreter of machines and whoever waits for a run are in one process.
    """

    def load_file(_self: JSONFileLoader, path: str) -> Any:
        return _read(path)

    with mock.patch.object(JSONFileLoader, "load_file", load_file):
        yield
