"""The shadow of a roll-out, as the client asks it: in the background, and never beyond its budget."""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from brainswap.adapters.dynamodb_rollouts import DynamoRollouts
from brainswap.client import Client, Resolved
from brainswap.client.mirroring import WAITING, Allowance
from local.appconfig.clocks import JumpingClock
from local.appconfig.server import EmbeddedAppConfig
from local.atomic_tables import atomic_tables
from local.cloud import LEDGER
from local.functions import environment
from tests.fakes.routed import TARGET_MODEL, WORKLOAD, Routed, routed

TICKET = {"ticket": "It is broken."}


@pytest.fixture
def traffic(aws: None) -> Iterator[Routed]:  # noqa: ARG001 - the cloud that has the bucket and the table
    with (
        EmbeddedAppConfig(clock=JumpingClock()) as appconfig,
        environment(appconfig.endpoints),
        routed(appconfig) as made,
    ):
        yield made


def following(traffic: Routed, sent: list[Any], **settings: Any) -> Client:
    """A client that knows the route."""
    client = Client(traffic.settings(ledger_table=LEDGER, **settings), send=sent.append)
    client.resolve(WORKLOAD, "user-1", TICKET)
    return client


def wait(client: Client) -> None:
    assert client._mirror is not None
    client._mirror.wait()


def test_the_target_is_asked_what_the_source_was_asked_and_reported_apart(traffic: Routed) -> None:
    traffic.send(0, step=0, rollout="run-a", shadow=10_000, shadow_most=100)
    sent: list[Any] = []
    asked: list[Resolved] = []
    client = following(traffic, sent)

    def ask(resolved: Resolved) -> Mapping[str, Any]:
        asked.append(resolved)
        return {"good": False}

    client.record(client.resolve(WORKLOAD, "user-1", TICKET))
    client.mirror(WORKLOAD, ask, TICKET)
    wait(client)
    client.flush()

    (resolved,) = asked
    (taken,) = sent
    told = {group.variant: dict(sums.counters) for group, sums in taken.items()}
    assert resolved.model == TARGET_MODEL
    assert resolved.messages == (("user", "Sort: It is broken."),)
    assert {group.step for group in taken} == {"run-a/0"}
    assert told["source"]["Requests"] == told["target"]["Requests"] == told["target"]["JudgedBad"] == 1
    assert "Judged" not in told["source"]


def test_an_error_of_the_target_is_counted_and_disturbs_nobody(traffic: Routed) -> None:
    traffic.send(0, step=0, rollout="run-b", shadow=10_000, shadow_most=100)
    sent: list[Any] = []
    client = following(traffic, sent)

    def ask(_: Resolved) -> None:
        raise TimeoutError

    client.mirror(WORKLOAD, ask, TICKET)
    wait(client)
    client.flush()

    ((sums,),) = [list(taken.values()) for taken in sent]
    assert (sums.counters["Requests"], sums.counters["Errors"]) == (1, 1)


def test_no_more_is_asked_than_the_budget_pays_for_however_many_processes_ask(traffic: Routed) -> None:
    traffic.send(0, step=0, rollout="run-c", shadow=10_000, shadow_most=25)
    allowances = [Allowance(lambda: boto3.client("dynamodb"), LEDGER) for _ in range(4)]

    with atomic_tables(), ThreadPoolExecutor(4) as pool:
        given = list(pool.map(lambda one: sum(one.take("run-c", 25) for _ in range(30)), allowances))

    assert sum(given) == 20  # blocks of ten; what is left of the cap is less than one
    records = DynamoRollouts(boto3.client("dynamodb"), LEDGER)
    assert (records.shadow_asked("run-c"), records.shadow_asked("another")) == (20, 0)


def test_a_budget_of_less_than_a_block_is_used_up(traffic: Routed) -> None:
    allowance = Allowance(lambda: boto3.client("dynamodb"), LEDGER)

    assert [allowance.take("run-d", 3) for _ in range(5)] == [True] * 3 + [False] * 2
    assert allowance.take("run-e", 0) is False
    assert traffic.route.shadow == 0


def test_an_application_never_waits_for_the_shadow(traffic: Routed) -> None:
    traffic.send(0, step=0, rollout="run-f", shadow=10_000, shadow_most=1000)
    client = following(traffic, [])
    go_on = threading.Event()

    def ask(_: Resolved) -> None:
        go_on.wait()

    for _ in range(100):
        client.mirror(WORKLOAD, ask, TICKET)
    dropped = client._mirror.dropped if client._mirror else 0
    go_on.set()
    wait(client)

    assert dropped >= 100 - WAITING - 2  # two are being asked


def test_a_share_of_the_requests_is_asked_again(traffic: Routed) -> None:
    traffic.send(0, step=0, rollout="run-g", shadow=2500, shadow_most=10_000)
    client = following(traffic, [])
    asked: list[Resolved] = []

    for _ in range(400):
        client.mirror(WORKLOAD, asked.append, TICKET)
        if client._mirror is not None:
            client._mirror.wait()

    assert 100 - 5 * 8.7 < len(asked) < 100 + 5 * 8.7  # five standard errors


@pytest.mark.parametrize("what", ["no shadow", "no table", "no route", "no variable"])
def test_nothing_is_asked_and_nothing_raised_where_there_is_nothing_to_ask(traffic: Routed, what: str) -> None:
    traffic.send(0, step=0, shadow=0 if what == "no shadow" else 10_000, shadow_most=100)
    client = following(traffic, [])
    if what == "no table":
        client._settings = traffic.settings()

    client.mirror(
        "another" if what == "no route" else WORKLOAD, lambda _: None, {} if what == "no variable" else TICKET
    )

    assert client._mirror is None
