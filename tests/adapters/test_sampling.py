"""Samples of live answers, from the application's call to the object in the bucket."""

import json
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest

from brainswap.client import Client, Resolved
from brainswap.client.sampling import Samples
from local.appconfig.clocks import JumpingClock
from local.appconfig.server import EmbeddedAppConfig
from local.cloud import BUCKET, LEDGER
from local.functions import environment
from tests.fakes.routed import WORKLOAD, Routed, routed

TICKET = {"ticket": "It is broken."}
ALL = {"sample_source": 10_000, "sample_target": 10_000, "sample_most": 100}


@pytest.fixture
def traffic(aws: None) -> Iterator[Routed]:  # noqa: ARG001 - the cloud that has the bucket
    with (
        EmbeddedAppConfig(clock=JumpingClock()) as appconfig,
        environment(appconfig.endpoints),
        routed(appconfig) as made,
    ):
        yield made


def sampling(**changes: int) -> dict[str, int]:
    return {**ALL, "sample_until": int(time.time()) + 3600, **changes}


def client_of(traffic: Routed, **settings: Any) -> Client:
    return Client(traffic.settings(flush_s=1e6, **settings), send=lambda _: None)


def written(rollout: str) -> dict[str, Any]:
    s3 = boto3.client("s3")
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"samples/{WORKLOAD}/{rollout}/").get("Contents", [])
    return {one["Key"]: json.loads(s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read()) for one in listed}


def test_answers_of_both_variants_are_written_apart(traffic: Routed) -> None:
    traffic.send(5000, rollout="sampled-a", **sampling())
    client = client_of(traffic)

    for number in range(20):
        route = client.resolve(WORKLOAD, f"user-{number}", TICKET)
        client.record(route, answer=f"{route.variant} says yes")
    client.flush()

    found = written("sampled-a")
    assert len(found) == 20
    assert {key.split("/")[4] for key in found} == {"source", "target"}
    for key, sample in found.items():
        assert sample["answer"] == f"{key.split('/')[4]} says yes"
        assert sample["variables"] == TICKET


@pytest.mark.parametrize("how", ["not said", "an error", "off", "over", "a share of none"])
def test_nothing_is_written_where_there_is_nothing_to_judge(traffic: Routed, how: str) -> None:
    changes = {"off": {"sample_until": 0}, "over": {"sample_until": 1}, "a share of none": {"sample_source": 0}}
    traffic.send(0, rollout="sampled-b", **sampling(**changes.get(how, {})))
    client = client_of(traffic)

    route = client.resolve(WORKLOAD, "user-1", TICKET)
    client.record(route, ok=how != "an error", answer=None if how == "not said" else "yes")
    client.flush()

    assert written("sampled-b") == {}


def test_turning_sampling_off_is_a_configuration_that_clients_read(traffic: Routed) -> None:
    traffic.send(0, rollout="sampled-c", **sampling())
    client = client_of(traffic)
    client.record(client.resolve(WORKLOAD, "user-1", TICKET), answer="yes")

    traffic.send(0, rollout="sampled-c", sample_source=0, sample_target=0)
    client.refresh()
    client.record(client.resolve(WORKLOAD, "user-2", TICKET), answer="yes")
    client.flush()

    assert len(written("sampled-c")) == 1


def test_what_the_shadow_answers_is_sampled_for_the_target(traffic: Routed) -> None:
    traffic.send(0, step=0, rollout="sampled-d", shadow=10_000, shadow_most=100, **sampling())
    client = client_of(traffic, ledger_table=LEDGER)

    def ask(_: Resolved) -> Mapping[str, Any]:
        return {"answer": "the target's"}

    client.resolve(WORKLOAD, "user-1", TICKET)
    for _ in range(2):
        client.mirror(WORKLOAD, ask, TICKET)
    assert client._mirror is not None
    client._mirror.wait()
    client.flush()

    found = written("sampled-d")
    assert [key.split("/")[4] for key in found] == ["target", "target"]
    assert {sample["answer"] for sample in found.values()} == {"the target's"}


def test_an_answer_that_is_no_text_disturbs_nobody_and_is_not_logged(
    traffic: Routed, caplog: pytest.LogCaptureFixture
) -> None:
    class Strange:
        def __str__(self) -> str:
            raise ValueError("a secret")

    traffic.send(0, rollout="sampled-e", **sampling())
    client = client_of(traffic)

    with caplog.at_level(logging.DEBUG, logger="brainswap"):
        client.record(client.resolve(WORKLOAD, "user-1", {"ticket": "\ud800"}), answer="\ud800")
        route = client.resolve(WORKLOAD, "user-1", TICKET)
        assert route.asked is not None
        object.__setattr__(route.asked, "variables", {"ticket": Strange()})
        client.record(route, answer="yes")
    client.flush()

    assert len(written("sampled-e")) == 1
    assert "secret" not in caplog.text
    assert "could not be sampled: ValueError" in caplog.text


def test_on_lambda_nothing_is_sent_while_a_request_waits(traffic: Routed) -> None:
    traffic.send(0, rollout="sampled-f", **sampling())
    client = Client(traffic.settings(flush_s=0.0, on_lambda=True), send=lambda _: None)
    route = client.resolve(WORKLOAD, "user-1", TICKET)
    put: list[str] = []
    client._samples = Samples(lambda key, _data: put.append(key), window_s=1e6, closing=threading.Event())

    for answer in ("yes", "no"):
        client.record(route, answer=answer)
    before = list(put)
    client.flush()

    assert (before, len(put)) == ([], 2)
