"""Live answers judged in a roll-out: applications, the machine, AppConfig, S3 and a judge of the embedded Bedrock."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from unittest import mock

import boto3
import pytest

from brainswap.rollout.judging import purse_of
from local.bedrock import judging
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import BUCKET
from local.embedded import endpoints
from local.functions import environment
from tests.fakes.live_answers import JUDGE_MODEL, with_judge
from tests.workflow.stories import Stage, World, staged, world_on

STEPS = {"steps": [10, 100], "bake_minutes": 0, "min_requests": 10}
SAMPLE = 20
GOOD, BAD = 0.9, 0.1


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as made:
        yield made


@pytest.fixture
def world(stage: Stage, request: pytest.FixtureRequest) -> Iterator[World]:
    with world_on(stage, request.node.name) as made:
        yield made


@pytest.fixture
def bedrock() -> Iterator[EmbeddedBedrock]:
    """A judge who finds answers bad that say ``rude``."""

    def quality(answer: str, *_: object) -> float:
        return BAD if "rude" in answer else GOOD

    models = Models(simulated=(JUDGE_MODEL,))
    server = EmbeddedBedrock(cases=[], models=models, pace=0, account=Account(tokens_per_minute=100_000_000))
    with mock.patch.object(judging, "_quality", quality), server as known, environment(endpoints(known.url)):
        yield server


def answering(target: str) -> Callable[[str, int], Mapping[str, Any]]:
    """What becomes of requests: no two answers are the same, and those of the target begin so."""
    number = itertools.count()
    return lambda variant, _step: {"ok": True, "answer": f"{target if variant == 'target' else 'fine'} {next(number)}"}


def roll_out(world: World, **judge: Any) -> str:
    """The state in which the roll-out ended."""
    outcome, state = world.roll_out(change=lambda run: with_judge(run, STEPS, sample=SAMPLE, **judge))
    assert outcome.status == "SUCCEEDED"
    return state


def samples(world: World) -> list[str]:
    pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"samples/{world.name}/")
    return [entry["Key"] for page in pages for entry in page.get("Contents", ())]


@pytest.mark.usefixtures("bedrock")
def test_a_target_whose_answers_are_as_good_gets_all_traffic(world: World) -> None:
    world.application.answers = answering("fine")

    state = roll_out(world)

    record = world.record()
    groups = {key.rpartition("/")[0].removeprefix(f"samples/{world.name}/{world.run_id}/") for key in samples(world)}
    assert (state, record["status"]) == ("EndCompleted", "completed")
    assert world.looks() == [(0, 1), (0, 1), (1, 1), (1, 1)]  # before and after the judge
    assert groups == {"1/source", "1/target", "2/target"}
    assert len(samples(world)) == 3 * SAMPLE  # of 1,200 requests, what the judge looks at and no more
    assert (record["judged"]["target"]["good"], record["judged"]["target"]["bad"]) == (SAMPLE, 0)
    assert world.using.purse.balance(purse_of(world.run_id)).calls == {"judge": 3 * SAMPLE}


@pytest.mark.usefixtures("bedrock")
def test_a_target_whose_answers_are_worse_in_the_judges_eyes_goes_back_within_one_bake(world: World) -> None:
    world.application.answers = answering("rude")

    state = roll_out(world)

    assert (state, world.record()["status"]) == ("EndRolledBack", "rolled_back")
    assert world.looks() == [(0, 1), (0, 1)]
    assert "judged_bad: 20 of 20 of the target's requests against 0 of 20 of the source's" in world.record()["reason"]
    assert world.variants_now() == {"source"}


def test_a_judge_who_is_not_there_holds_a_step_and_then_sends_the_traffic_back(world: World) -> None:
    world.application.answers = answering("fine")
    nobody = EmbeddedBedrock(cases=[], models=Models(), pace=0)  # knows no such model

    with nobody as known, environment(endpoints(known.url)):
        state = roll_out(world)

    assert (state, world.looks()) == ("EndRolledBack", [(0, 1), (0, 1), (0, 2), (0, 2)])
    assert "still not clear after 2 bakes: judged_bad: nothing is known" in world.record()["reason"]
    assert "the judge: no" in world.record()["reason"]
    assert world.variants_now() == {"source"}


@pytest.mark.usefixtures("bedrock")
def test_the_cap_of_the_judge_holds_and_without_its_judgements_the_traffic_goes_back(world: World) -> None:
    world.application.answers = answering("fine")

    state = roll_out(world, budget_usd="0.02")

    balance = world.using.purse.balance(purse_of(world.run_id))
    assert (state, world.looks()) == ("EndRolledBack", [(0, 1), (0, 1), (0, 2), (0, 2)])
    assert 0 < balance.calls["judge"] < 2 * SAMPLE
    assert balance.committed <= Decimal("0.02")
    assert "the money of the run was used up" in world.record()["reason"]
