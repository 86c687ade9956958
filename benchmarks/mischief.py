"""What can go wrong between a function and AWS: calls that fail, calls whose answers get lost, and functions that die.

Calls of models are among them: a function that dies after a model has answered has spent the money and has no answer.
The faults are drawn by a seed for the n-th call of a function to an operation, whatever the order of threads, so that a
run that went wrong goes wrong again.
"""

import threading
import time
import types
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal
from unittest import mock

from botocore import endpoint
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

from brainswap import claims, spending
from brainswap.adapters.http import Exchange, HttpClient
from brainswap.core.errors import ModelBrokeOffError, ModelUnavailableError
from local import functions
from local.events import ATTEMPTS
from local.functions import Invocation, Observer

Kind = Literal["throttled", "broken", "reset", "lost", "killed", "killed_after"]
KINDS: tuple[Kind, ...] = ("throttled", "broken", "reset", "lost", "killed", "killed_after")
"""Refused for a while, 500, no connection, an answer that is lost; death before and after the effect of the call."""

PERSON, APPLICATION = "person", "application"
IMMORTAL = frozenset({PERSON, APPLICATION})
MODEL = "a model"
UPLOADED = "register"
"""Invoked by an event that comes once, and twice again when it fails: dead thrice, it is for people to look after."""
# How Step Functions hears of a function that died: the first is tried again, the second is a failure of the run.
DEATHS = ("Lambda.ServiceException", "Sandbox.Timedout")
_CODES: Mapping[str, tuple[str, int]] = {
    "throttled": ("ThrottlingException", 400),
    "broken": ("InternalServerError", 500),
}
_LONGEST_SLEEP_S = 0.01  # between the attempts of botocore and of the machine
_CLAIMED_S = 2.0  # of answers by a worker that died; a minute outside of here


class KilledError(BaseException):
    """The function is dead; nothing may catch it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """What happens to one call.

    Attributes:
        attempts: of botocore that it happens to; more than botocore makes lets the call fail.
        death: the error that Step Functions hears of.
    """

    kind: Kind
    attempts: int = 1
    death: str = DEATHS[0]

    @property
    def ends(self) -> bool:
        """Whether no invocation survives it; calls of models are asked again whatever ``attempts`` says."""
        return self.kind.startswith("killed") or self.attempts > 1


@dataclass(slots=True)
class Life:
    """One invocation of a function, or what one person does."""

    function: str
    error: str | None = None


_life: ContextVar[Life | None] = ContextVar("life", default=None)


@dataclass(slots=True, kw_only=True)
class Mischief:
    """Decides what happens to which call, and keeps count.

    Attributes:
        rates: of calls, by what happens to them.
        deadly: share of the deaths that are not tried again.
        most: strikes that end an invocation, for each function: fewer than it is tried again, for what never ends is
            no accident.
        victims: strikes by function.
        calls_struck: strikes by operation.
    """

    seed: int
    rates: Mapping[Kind, float]
    deadly: float = 0.05
    most: int = 4
    struck: Counter[Kind] = field(default_factory=Counter)
    victims: Counter[str] = field(default_factory=Counter)
    calls_struck: Counter[str] = field(default_factory=Counter)
    _calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    _ended: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def strike(self, function: str, operation: str) -> Strike | None:
        """What happens to the next call of a function to an operation; nothing, mostly."""
        with self._lock:
            number = self._calls[function, operation]
            self._calls[function, operation] += 1
            chance = Random(f"{self.seed} {function} {operation} {number}")  # noqa: S311 - repeatable, not secret
            kind = self._drawn(chance.random())
            if kind is None:
                return None
            strike = Strike(
                kind=kind,
                attempts=chance.choice((1, 1, 100)),
                death=DEATHS[1] if chance.random() < self.deadly else DEATHS[0],
            )
            if strike.ends:
                self._ended[function] += 1
                most = min(self.most, ATTEMPTS - 1) if function == UPLOADED else self.most
                if self._ended[function] > most or (function in IMMORTAL and kind.startswith("kill")):
                    return None
            self.struck[kind] += 1
            self.victims[function] += 1
            self.calls_struck[operation] += 1
            return strike

    def _drawn(self, chance: float) -> Kind | None:
        for kind, rate in self.rates.items():
            chance -= rate
            if chance < 0:
                return kind
        return None


@contextmanager
def mischief(plan: Mischief) -> Iterator[None]:
    """While the block runs, calls of functions to AWS fail and functions die as planned; nobody waits for long."""
    hurried = types.SimpleNamespace(**vars(time))
    hurried.sleep = lambda seconds: time.sleep(min(seconds, _LONGEST_SLEEP_S))
    with ExitStack() as stack:
        for patch in (
            mock.patch.object(endpoint.Endpoint, "_do_get_response", _meddling(plan)),
            mock.patch.object(HttpClient, "post", _meddling_with_models(plan)),
            mock.patch.object(functions, "_invoke", _mortal(functions._invoke)),  # noqa: SLF001 - what is meddled with
            mock.patch.object(endpoint, "time", hurried),
            mock.patch.object(retrier_decl, "time", hurried),
            mock.patch.object(claims, "CLAIM_S", _CLAIMED_S),
            mock.patch.object(claims, "RENEWED_AFTER_S", _CLAIMED_S / 2),
            mock.patch.object(claims, "LOOK_S", _CLAIMED_S / 8),
            mock.patch.object(spending, "PATIENCE_S", _CLAIMED_S),
        ):
            stack.enter_context(patch)
        yield


@contextmanager
def living(who: str) -> Iterator[Life]:
    """What is done in the block is done by somebody whose calls may fail."""
    life = Life(function=who)
    token = _life.set(life)
    try:
        yield life
    finally:
        _life.reset(token)


def _meddling(plan: Mischief) -> Any:
    real = endpoint.Endpoint._do_get_response  # type: ignore[attr-defined]  # noqa: SLF001 - botocore's one way out

    def send(self: Any, request: Any, operation: Any, context: Any) -> Any:
        life = _life.get()
        if life is None:
            return real(self, request, operation, context)
        if life.error is not None:
            raise KilledError
        if "mischief" not in context:
            name = f"{operation.service_model.service_name}.{operation.name}"
            context["mischief"] = [plan.strike(life.function, name), 0]
        strike, attempts = context["mischief"]
        context["mischief"][1] += 1
        if strike is None or attempts >= strike.attempts:
            return real(self, request, operation, context)
        if strike.kind in ("lost", "killed_after"):
            real(self, request, operation, context)
        if strike.kind.startswith("killed"):
            life.error = strike.death
            raise KilledError
        if strike.kind in _CODES:
            return _refusal(request.url, *_CODES[strike.kind])
        return None, ConnectionClosedError(endpoint_url=request.url)

    return send


def _meddling_with_models(plan: Mischief) -> Any:
    real = HttpClient.post

    @asynccontextmanager
    async def post(self: HttpClient, what: str, *arguments: Any, **options: Any) -> AsyncIterator[Exchange]:
        life = _life.get()
        if life is not None and life.error is not None:
            raise KilledError
        strike = None if life is None else plan.strike(life.function, MODEL)
        if life is None or strike is None:
            async with real(self, what, *arguments, **options) as exchange:
                yield exchange
            return
        answered = strike.kind in ("lost", "killed_after")
        if answered:
            async with real(self, what, *arguments, **options) as exchange:
                await exchange.body()
        if strike.kind.startswith("killed"):
            life.error = strike.death
            raise KilledError
        raise (ModelBrokeOffError if answered else ModelUnavailableError)(f"{what}: mischief")

    return post


def _refusal(url: str, code: str, status: int) -> Any:
    parsed = {
        "Error": {"Code": code, "Message": "mischief"},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}},
    }
    return (AWSResponse(url, status, HTTPHeaders(), _Empty()), parsed), None


class _Empty:
    """A body."""

    def stream(self) -> Iterator[bytes]:
        return iter(())


def _mortal(real: Any) -> Any:
    def invoke(handler: str, timeout_s: float, payload: dict[str, Any], observer: Observer | None) -> Invocation:
        function = handler.split(".")[-2]
        with living(function) as life:
            try:
                ended: Invocation = real(handler, timeout_s, payload, observer)
            except BaseException:
                if life.error is None:
                    raise
        if life.error is None:
            return ended
        return Invocation(function=function, payload=payload, error=life.error, message="the function died")

    return invoke
