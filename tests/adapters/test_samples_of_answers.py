"""Sampled answers in the bucket, as the judge's side finds them, and the same of the fake."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from brainswap.adapters import s3_samples
from brainswap.adapters.s3_samples import S3Samples
from brainswap.core.rollout.reporting import samples_of
from brainswap.core.rollout.samples import LARGEST
from brainswap.rollout.ports import Samples
from local.cloud import BUCKET
from tests.fakes.rollouts import MemorySamples

WORKLOAD = "support-triage"
Write = Callable[[Mapping[str, bytes]], None]


@pytest.fixture
def step() -> str:
    return f"run-{secrets.token_hex(4)}/1"


@pytest.fixture(params=["s3", "memory"])
def kept(request: pytest.FixtureRequest, step: str) -> Iterator[tuple[Samples, Write]]:
    """Samples of the target, and how an application writes some."""
    if request.param == "memory":
        memory = MemorySamples()
        yield memory, lambda samples: memory.kept.setdefault((step, "target"), {}).update(samples)
        return
    request.getfixturevalue("aws")

    def write(samples: Mapping[str, bytes]) -> None:
        for rank, data in samples.items():
            put(f"{samples_of(WORKLOAD, step, 'target')}{rank}.json", data)

    yield S3Samples(boto3.client("s3"), BUCKET), write


def put(key: str, data: bytes) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=data)


def rank(number: int) -> str:
    return f"{number:064x}"


def test_the_lowest_ranks_come_in_their_order(kept: tuple[Samples, Write], step: str) -> None:
    samples, write = kept
    write({rank(number): str(number).encode() for number in (9, 3, 12, 7)})

    found = samples.lowest(WORKLOAD, step, "target", 3)

    assert list(found.items()) == [(rank(3), b"3"), (rank(7), b"7"), (rank(9), b"9")]


def test_variants_and_steps_are_kept_apart(kept: tuple[Samples, Write], step: str) -> None:
    samples, write = kept
    write({rank(1): b"1"})

    assert samples.lowest(WORKLOAD, step, "source", 3) == {}
    assert samples.lowest(WORKLOAD, f"{step}0", "target", 3) == {}


def test_what_no_client_writes_is_passed_over(aws: None, step: str) -> None:  # noqa: ARG001 - the bucket
    prefix = samples_of(WORKLOAD, step, "target")
    for name in ("0.json", f"{rank(0)}.txt", f"deeper/{rank(0)}.json", f"{rank(0)}.json.json"):
        put(f"{prefix}{name}", b"strange")
    put(f"{prefix}{rank(1)}.json", b"x" * (LARGEST + 1))
    put(f"{prefix}{rank(2)}.json", b"fine")

    found = S3Samples(boto3.client("s3"), BUCKET).lowest(WORKLOAD, step, "target", 5)

    assert found == {rank(2): b"fine"}


def test_no_application_decides_how_much_memory_its_judge_takes(
    aws: None,  # noqa: ARG001 - the bucket
    step: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(s3_samples, "MOST_BYTES", 25)
    prefix = samples_of(WORKLOAD, step, "target")
    for number in range(4):
        put(f"{prefix}{rank(number)}.json", b"x" * 10)

    found = S3Samples(boto3.client("s3"), BUCKET).lowest(WORKLOAD, step, "target", 4)

    assert list(found) == [rank(0), rank(1)]


def test_a_sample_that_is_deleted_meanwhile_is_none(aws: None, step: str) -> None:  # noqa: ARG001 - the bucket
    prefix = samples_of(WORKLOAD, step, "target")
    for number in range(2):
        put(f"{prefix}{rank(number)}.json", b"x")
    s3: Any = boto3.client("s3")
    samples = S3Samples(s3, BUCKET)
    real = s3.get_paginator

    def late(operation: str) -> Any:
        pages = list(real(operation).paginate(Bucket=BUCKET, Prefix=prefix))
        s3.delete_object(Bucket=BUCKET, Key=f"{prefix}{rank(0)}.json")
        return SimpleNamespace(paginate=lambda **_: pages)

    s3.get_paginator = late

    assert samples.lowest(WORKLOAD, step, "target", 2) == {rank(1): b"x"}
