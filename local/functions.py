"""Lambda in this process: moto's functions run the real handlers, by the names that they were created with."""

import importlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from moto.awslambda_simple.models import LambdaSimpleBackend

from brainswap.runtime import forget

_log = logging.getLogger(__name__)

invoking: ContextVar[str | None] = ContextVar("invoking", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One call of a function, as it begins (``result`` and ``error`` are None) and as it ends.

    Attributes:
        error: the class name of the exception that left the handler.
    """

    function: str
    payload: Mapping[str, Any]
    result: Mapping[str, Any] | None = None
    error: str | None = None
    message: str | None = None


Observer = Callable[[Invocation], None]


class Context:
    """The part of a Lambda context that handlers may rely on."""

    def __init__(self, function_name: str, timeout_s: float) -> None:
        self.function_name = function_name
        self.function_version = "$LATEST"
        self.invoked_function_arn = f"arn:aws:lambda:local:000000000000:function:{function_name}"
        self.memory_limit_in_mb = 0
        self.aws_request_id = f"{function_name}-{time.monotonic_ns()}"
        self.log_group_name = self.log_stream_name = function_name
        self._ends = time.monotonic() + timeout_s

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._ends - time.monotonic()) * 1000))


@contextmanager
def handlers_in_process(observer: Observer | None = None) -> Iterator[None]:
    """While the block runs, every Lambda function of moto runs its real handler here."""

    def invoke(
        self: LambdaSimpleBackend,
        function_name: str,
        qualifier: str | None,
        body: Any,
        _headers: Any,
        response_headers: dict[str, str],
    ) -> bytes:
        function = self.get_function(function_name, qualifier)
        ended = _invoke(str(function.handler), float(function.timeout), json.loads(body or "{}"), observer)
        if ended.error is None:
            return json.dumps(ended.result).encode()
        response_headers["x-amz-function-error"] = "Unhandled"
        return json.dumps({"errorType": ended.error, "errorMessage": ended.message}).encode()

    with mock.patch.object(LambdaSimpleBackend, "invoke", invoke):
        yield


def _invoke(handler: str, timeout_s: float, payload: dict[str, Any], observer: Observer | None) -> Invocation:
    module, _, attribute = handler.rpartition(".")
    name = module.rpartition(".")[2]
    notify = observer or (lambda _: None)
    started = Invocation(function=name, payload=payload)
    notify(started)
    token = invoking.set(name)
    try:
        result = getattr(importlib.import_module(module), attribute)(payload, Context(name, timeout_s))
        ended = replace(started, result=result)
    except Exception as error:  # noqa: BLE001 - the edge of the process: Lambda reports whatever leaves a handler
        _log.debug("%s failed", name, exc_info=True)
        ended = replace(started, error=type(error).__name__, message=str(error))
    finally:
        invoking.reset(token)
    notify(ended)
    return ended


@contextmanager
def environment(variables: Mapping[str, str | None]) -> Iterator[None]:
    """Set variables for the handlers while the block runs, and make them read their environment anew.

    Args:
        variables: by name; None for one that shall not be there.
    """
    before = {name: os.environ.get(name) for name in variables}
    _set(variables)
    forget()
    try:
        yield
    finally:
        _set(before)
        forget()


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
