import asyncio
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from moto import mock_aws

from benchmarks.mischief import KilledError, Kind, Mischief, living, mischief
from brainswap.adapters.http import HttpClient
from brainswap.adapters.urls import url
from brainswap.core.errors import ModelBrokeOffError, ModelUnavailableError
from local.bedrock.server import EmbeddedBedrock
from tests.fakes.asking import MachineClock

TABLE = "counted"


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A table, and a client that tries five times."""
    with mock_aws():
        config = Config(retries={"mode": "standard", "total_max_attempts": 5})
        made = boto3.client("dynamodb", region_name="us-east-1", config=config)
        made.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )
        yield made


def count_up(client: Any, what: str) -> None:
    """An effect that can be counted."""
    client.update_item(
        TableName=TABLE,
        Key={"pk": {"S": what}},
        UpdateExpression="ADD #count :one",
        ExpressionAttributeNames={"#count": "count"},
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def counted(client: Any, what: str) -> int:
    return int(
        client.get_item(TableName=TABLE, Key={"pk": {"S": what}}).get("Item", {"count": {"N": "0"}})["count"]["N"]
    )


def seed_of(kind: Kind, *, lasts: bool) -> int:
    """A seed whose first call meets this kind of trouble, at every attempt or at the first alone."""
    for seed in range(1000):
        strike = Mischief(seed=seed, rates={kind: 1.0}).strike("somebody", "dynamodb.UpdateItem")
        if strike is not None and (strike.attempts > 1) == lasts:
            return seed
    raise AssertionError("no seed")


@pytest.mark.parametrize(
    ("kind", "arrived"),
    [("throttled", 0), ("broken", 0), ("reset", 0), ("lost", 5), ("killed", 0), ("killed_after", 1)],
)
def test_a_call_that_fails_at_every_attempt_fails_in_its_own_way(client: Any, kind: Kind, arrived: int) -> None:
    died = kind.startswith("killed")
    plan = Mischief(seed=seed_of(kind, lasts=True), rates={kind: 1.0})
    with mischief(plan), living("somebody") as life:
        with pytest.raises(KilledError if died else (ClientError, ConnectionClosedError)):
            count_up(client, kind)
        assert (life.error is not None) == died
        if died:
            with pytest.raises(KilledError):  # the dead call nobody
                count_up(client, kind)

    assert counted(client, kind) == arrived


def test_an_answer_that_is_lost_once_is_asked_for_again_by_the_client(client: Any) -> None:
    with mischief(Mischief(seed=seed_of("lost", lasts=False), rates={"lost": 1.0})), living("somebody"):
        count_up(client, "once")

    assert counted(client, "once") == 2


def test_whoever_is_no_function_is_left_alone(client: Any) -> None:
    with mischief(Mischief(seed=1, rates={"broken": 1.0})):
        count_up(client, "peace")

    assert counted(client, "peace") == 1


def test_trouble_is_that_of_its_seed_and_ends() -> None:
    rates: dict[Kind, float] = {"killed": 0.2, "reset": 0.2}

    def strikes(seed: int) -> list[Kind | None]:
        plan = Mischief(seed=seed, rates=rates)
        found = [plan.strike("answer", "dynamodb.PutItem") for _ in range(300)]
        return [None if each is None else each.kind for each in found]

    assert strikes(1) == strikes(1) != strikes(2)
    assert strikes(1).count("killed") <= Mischief(seed=1, rates=rates).most
    assert strikes(1).count("reset") > 20


def test_people_do_not_die() -> None:
    plan = Mischief(seed=1, rates={"killed": 1.0})

    assert {plan.strike("person", "stepfunctions.SendTaskSuccess") for _ in range(20)} == {None}


@pytest.mark.parametrize(
    ("kind", "raised", "arrived"),
    [
        ("reset", ModelUnavailableError, 0),
        ("lost", ModelBrokeOffError, 1),
        ("killed", KilledError, 0),
        ("killed_after", KilledError, 1),
    ],
)
def test_models_are_asked_in_vain_or_for_nothing(kind: Kind, raised: type[BaseException], arrived: int) -> None:
    async def ask(server_url: str) -> None:
        http = HttpClient(MachineClock(), timeout_s=5)
        try:
            async with http.post(
                "the model", url(f"{server_url}/model/m/converse"), headers={}, body=b"{}"
            ) as exchange:
                await exchange.body()
        finally:
            await http.close()

    with EmbeddedBedrock(cases=[], pace=0) as server, mischief(Mischief(seed=1, rates={kind: 1.0})):
        with living("answer") as life:
            with pytest.raises(raised):
                asyncio.run(ask(server.url))
            assert (life.error is not None) == kind.startswith("killed")
            if life.error is not None:
                with pytest.raises(KilledError):
                    asyncio.run(ask(server.url))

        assert sum(server.counts().values()) == arrived
