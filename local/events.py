"""EventBridge in this process: moto's rules reach moto's functions, later and in a thread of their own."""

import itertools
import json
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.events.models import Rule, events_backends

from infrastructure.catalog import FUNCTIONS
from infrastructure.event_patterns import BUCKET, MACHINE, ROLLOUT_MACHINE, filled, scheduled

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

_log = logging.getLogger(__name__)

Delays = Callable[[], Sequence[float]]
"""After how many seconds the next event arrives, each time that it does."""

ATTEMPTS = 3  # as Lambda invokes a function that fails when nobody waits for it: once, and twice again
WAIT_S = 60.0
EARLY_S = 0.01  # between two looks at what is not yet due


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """An event that reached a function; ``error`` is what left the function at the last attempt, None for nothing."""

    function: str
    event: Mapping[str, Any]
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Parcel:
    """Parcels are delivered as they are due, and in their order; ``function`` is None for the last one."""

    due: float
    number: int
    function: str | None = field(compare=False)
    event: Mapping[str, Any] = field(compare=False)


def at_once() -> Sequence[float]:
    """Each event arrives once, in its order."""
    return (0.0,)


@dataclass
class Delivery:
    """What is on its way to functions, and what arrived.

    Attributes:
        delays: of events; EventBridge promises neither their order nor that each comes once only.
        arrived: in the order of their arrival.
    """

    region: str
    delays: Delays = at_once
    arrived: list[Delivered] = field(default_factory=list)
    _parcels: "queue.PriorityQueue[_Parcel]" = field(default_factory=queue.PriorityQueue)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def tell(self, event: Mapping[str, Any]) -> None:
        """Put an event on the account's bus as an AWS service does, which moto's services mostly leave out."""
        for rule in list(events_backends[DEFAULT_ACCOUNT_ID][self.region].event_buses["default"].rules.values()):
            told: Any = {**event, "time": time.time()}
            rule.send_to_targets(told, transform_input=False)

    def invoke(self, function: str, event: Mapping[str, Any] | None = None) -> None:
        """Hand an event to a function as its schedule does."""
        for delay in self.delays():
            self._put(function, event or scheduled(function), due=time.monotonic() + delay)

    def _put(self, function: str | None, event: Mapping[str, Any], *, due: float) -> None:
        self._parcels.put(_Parcel(due=due, number=next(self._numbers), function=function, event=event))

    def wait(self, seconds: float = WAIT_S) -> None:
        """Wait until everything has arrived, with everything that it led to.

        Raises:
            TimeoutError: something is still on its way.
        """
        until = time.monotonic() + seconds
        with self._parcels.all_tasks_done:
            while self._parcels.unfinished_tasks:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"{self._parcels.unfinished_tasks} events are still on their way")
                self._parcels.all_tasks_done.wait(left)

    def _deliver(self) -> None:
        # A session of its own: boto3's default one must not be used by several threads at once.
        client = boto3.session.Session().client("lambda", region_name=self.region)
        while True:
            parcel = self._parcels.get()
            try:
                if parcel.function is None:
                    return
                early = parcel.due - time.monotonic()
                if early > 0:
                    self._parcels.put(parcel)  # back, for one that is due before it may come
                    time.sleep(min(early, EARLY_S))
                    continue
                error = _invoked(client, parcel.function, parcel.event)
                if error is not None:
                    _log.error("%s could not take an event: %s", parcel.function, error)
                self.arrived.append(
                    Delivered(function=parcel.function.rpartition(":")[2], event=parcel.event, error=error)
                )
            finally:
                self._parcels.task_done()


def _invoked(client: "LambdaClient", function: str, event: Mapping[str, Any]) -> str | None:
    """What left the function at the last attempt."""
    error = None
    for _ in range(ATTEMPTS):
        answer = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        if "FunctionError" not in answer:
            return None
        error = answer["Payload"].read().decode()
    return error


@contextmanager
def events_delivered(region: str, *, delays: Delays = at_once, hands: int = 1) -> Iterator[Delivery]:
    """While the block runs, rules reach the functions that are their targets; what is under way at its end arrives.

    To be left before the stack ends: nothing may reach real functions.

    Args:
        region: of the stack.
        delays: of events.
        hands: that deliver side by side.
    """
    delivery = Delivery(region=region, delays=delays)
    send_elsewhere = Rule.send_to_targets

    def send(self: Rule, original_event: Any, transform_input: bool = True) -> None:  # noqa: FBT001, FBT002 - moto's own
        functions = [target for target in self.targets if ":lambda:" in target["Arn"]]
        if not functions:
            send_elsewhere(self, original_event, transform_input)
        elif self.state == "ENABLED" and self.event_pattern.matches_event(original_event):
            for target in functions:
                delivery.invoke(target["Arn"], _as_told(original_event))

    deliver = delivery._deliver  # noqa: SLF001 - of this module
    workers = [threading.Thread(target=deliver, name=f"events {number}", daemon=True) for number in range(hands)]
    with mock.patch.object(Rule, "send_to_targets", send):
        for worker in workers:
            worker.start()
        try:
            yield delivery
        finally:
            with suppress(TimeoutError):  # what one hand delivers may lead to more after another has come to its end
                delivery.wait()
            for _ in workers:
                delivery._put(None, {}, due=math.inf)  # noqa: SLF001 - of this module
            for worker in workers:
                worker.join()


def _as_told(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event as EventBridge hands it over; moto counts its time in seconds."""
    told = {"version": "0", "account": DEFAULT_ACCOUNT_ID, "resources": [], **event}
    told["time"] = f"{datetime.fromtimestamp(float(event['time']), UTC):%Y-%m-%dT%H:%M:%SZ}"
    return told


def put_rules(
    *, region: str, bus: str, bucket: str, machine: str, rollout_machine: str, arns: Mapping[str, str]
) -> None:
    """Make the rules of the catalogue, as `infrastructure.triggers` does in an account.

    Args:
        region: of the stack.
        bus: the stack's own.
        bucket: its name.
        machine: its ARN.
        rollout_machine: its ARN, whether it is there or not.
        arns: of the functions, by state.
    """
    client = boto3.client("events", region_name=region)
    values = {BUCKET: bucket, MACHINE: machine, ROLLOUT_MACHINE: rollout_machine}
    for row in FUNCTIONS:
        for rule in row.events:
            name, on = f"{row.state}{rule.name}", bus if rule.bus == "stack" else "default"
            client.put_rule(Name=name, EventBusName=on, EventPattern=json.dumps(filled(rule.pattern, values)))
            client.put_targets(Rule=name, EventBusName=on, Targets=[{"Id": row.state, "Arn": arns[row.state]}])
