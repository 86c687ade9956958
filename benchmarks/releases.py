"""A run that begins as most do: a workload is uploaded, and then a model is there that was not there before."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any
from unittest import mock

import boto3

from benchmarks.whole_runs import RECORDINGS, RUN, SECOND, SOURCE, TARGET
from brainswap.core.cases import Case
from brainswap.ports import Dependencies
from brainswap.registry import Registry
from brainswap.requests import SLOTS, Requests
from brainswap.snapshots import Snapshots
from infrastructure.event_patterns import RUN_BROKE_OFF
from local import cloud as cloud_module
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import REGION, Cloud, Outcome
from local.embedded import endpoints
from local.events import Delays, Delivery, events_delivered
from local.functions import environment

LATE_S = 0.3
HANDS = 2  # deliver events side by side, as Lambda takes them
TICKS = 12  # of the schedules, in which all has to come to pass
RELEASES: Mapping[str, Any] = {
    "targets": [{"model": SECOND, "recorded": RECORDINGS[SECOND]}],
    "triggers": {"releases": [{"provider": TARGET.partition(".")[0], "family": "nova"}]},
}
"""Of a declaration that waits for `TARGET`."""


class NothingCameError(Exception):
    """The schedules came round often enough, and what had to come of it did not."""


def in_disorder(seed: int) -> Delays:
    """Events come late, in any order, and some of them twice or three times."""
    chance, lock = Random(f"{seed} events"), threading.Lock()  # noqa: S311 - repeatable, not secret

    def delays() -> Sequence[float]:
        with lock:
            return [chance.random() * LATE_S for _ in range(chance.choice((1, 1, 2, 3)))]

    return delays


@contextmanager
def disordered(seed: int) -> Iterator[None]:
    """Clouds that are made in the block deliver their events in disorder."""
    delivered = partial(events_delivered, delays=in_disorder(seed), hands=HANDS)
    with mock.patch.object(cloud_module, "events_delivered", delivered):
        yield


@contextmanager
def known_before(cases: Sequence[Case]) -> Iterator[str]:
    """The URL of a catalogue in which the target is not yet."""
    with EmbeddedBedrock(cases=cases, models=Models(recordings={SOURCE: RECORDINGS[SOURCE]}), pace=0) as server:
        yield server.url


def start_by_release(cloud: Cloud, files: Mapping[str, str], before: str) -> str:
    """Upload a workload, and let schedules come round until the release has started its run; the run's id.

    Args:
        cloud: whose models are those after the release.
        files: of the workload, by name, the declaration last.
        before: the URL of the catalogue before the release.

    Raises:
        NothingCameError: the upload was lost, or no look came through, or the release started nothing.
    """
    using = cloud.using
    for name, text in files.items():
        using.artifacts.write(f"workloads/{RUN}/v1/{name}", text.encode(), "text/plain")
    delivery_of(cloud).wait()
    if Registry(using.records).current(RUN) is None:
        raise NothingCameError("the upload was never registered")
    with environment(endpoints(before)):
        tick(cloud, ["Watch"], lambda: Snapshots(using.records).looked_at(REGION), "no look at the catalogue")
    if runs(cloud):
        raise NothingCameError("the first look started a run")
    tick(cloud, ["Watch", "Trigger"], lambda: runs(cloud), "the release started nothing")
    return runs(cloud)[0]


def runs(cloud: Cloud) -> list[str]:
    """The executions that measure, by their names."""
    found = boto3.client("stepfunctions").list_executions(stateMachineArn=cloud.machine_arn)["executions"]
    return [each["name"] for each in found]


def settle(cloud: Cloud, arn: str, outcome: Outcome | None) -> str | None:
    """Tell of an execution that failed, as Step Functions does, and let the schedule come round; what stays open."""
    tell_of_end(cloud, arn, outcome)
    try:
        tick(cloud, ["Trigger"], lambda: still_open(cloud.using) is None, "")
    except NothingCameError:
        return still_open(cloud.using)
    return None


def tell_of_end(cloud: Cloud, arn: str, outcome: Outcome | None) -> None:
    """Tell of an execution of either machine that did not succeed, as Step Functions does."""
    if outcome is None or outcome.status == "SUCCEEDED":
        return
    execution = boto3.client("stepfunctions").describe_execution(executionArn=arn)
    detail = {
        "executionArn": arn,
        "name": execution["name"],
        "status": outcome.status,
        "stateMachineArn": execution["stateMachineArn"],
        "input": execution["input"],
    }
    kinds = {"source": RUN_BROKE_OFF.pattern["source"][0], "detail-type": RUN_BROKE_OFF.pattern["detail-type"][0]}
    delivery_of(cloud).tell({**kinds, "detail": detail})


def still_open(using: Dependencies) -> str | None:
    """Requests that have not ended, and the places that are held; None where there are none."""
    waiting = [f"{request.id} is {request.status}" for request in Requests(using.records).queue()]
    slots = using.records.find(SLOTS, SLOTS)
    held = [f"{key} keeps its place" for key in (slots.facts["holders"] if slots else {})]
    return "; ".join([*waiting, *held]) or None


def tick(cloud: Cloud, functions: Sequence[str], done: Callable[[], object], otherwise: str) -> None:
    """Let the schedules of some functions come round until something is done.

    Raises:
        NothingCameError: it never was; says ``otherwise``.
    """
    delivery = delivery_of(cloud)
    for _ in range(TICKS):
        for function in functions:
            delivery.invoke(function)
        delivery.wait()
        if done():
            return
    raise NothingCameError(f"{otherwise} in {TICKS} rounds of the schedules")


def delivery_of(cloud: Cloud) -> Delivery:
    assert cloud.delivery is not None  # noqa: S101 - for the type checker: its events are delivered
    return cloud.delivery
