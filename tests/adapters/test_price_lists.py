"""Prices from agreement offers and the Price List."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from brainswap.adapters.price_lists import AwsPriceSource
from brainswap.core.cases import Case
from brainswap.core.money.resolution import resolve
from brainswap.ports import PriceSource
from local.bedrock.server import EmbeddedBedrock
from local.bedrock.server import Models as Known

NOVA, SONNET, GPT = "us.amazon.nova-pro-v1:0", "global.anthropic.claude-sonnet-4-6", "us.openai.gpt-6-sol"
REGION = "us-east-1"


@dataclass(frozen=True)
class Clock:
    """The day on which prices are asked for."""

    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)

    def monotonic_ms(self) -> float:
        return 0.0


@dataclass
class Refusing:
    """A service that answers every call with one error, and counts."""

    error: Exception
    calls: int = 0

    def get_paginator(self, _operation: str) -> "Refusing":
        return self

    def paginate(self, **_asked: Any) -> Iterator[Any]:
        self.calls += 1
        raise self.error

    def list_foundation_model_agreement_offers(self, **_asked: Any) -> Any:
        self.calls += 1
        raise self.error


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "arn:aws:iam::123456789012:role/secret"}}, "Op")


@pytest.fixture(scope="module")
def session() -> Iterator[boto3.Session]:
    """A session whose clients find the embedded services by the environment."""
    case = Case.model_validate({"id": "case", "input": {"q": "?"}})
    with EmbeddedBedrock(cases=[case], models=Known()) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_PRICING", running.url)
        patch.setenv("AWS_ENDPOINT_URL_BEDROCK", running.url)
        yield boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-west-1")  # noqa: S106 - any value signs for the embedded services


def source(*, bedrock: Any, pricing: Any) -> AwsPriceSource:
    return AwsPriceSource(lambda: bedrock, lambda: pricing, Clock())


def test_models_of_the_marketplace_have_rate_cards_and_awss_own_are_listed(session: boto3.Session) -> None:
    asked: PriceSource = AwsPriceSource.from_session(session, Clock())

    found = asked.prices([NOVA, SONNET, GPT, "openai:gpt-4o-mini"], REGION)

    assert set(found) == {NOVA, SONNET, GPT}
    assert {each.origin for each in found[NOVA]} == {"price_list"}
    assert {(each.origin, each.reach) for each in found[SONNET]} == {
        (origin, reach) for origin in ("rate_card", "price_list") for reach in ("regional", "global")
    }
    assert not [note for candidates in found.values() for each in candidates for note in each.notes]


def test_what_is_found_makes_the_price_of_a_run(session: boto3.Session) -> None:
    candidates = AwsPriceSource.from_session(session, Clock()).prices([NOVA, SONNET], REGION)

    nova = resolve(NOVA, tier="priority", inference="on_demand", region=REGION, candidates=candidates[NOVA]).price
    sonnet = resolve(SONNET, tier=None, inference="batch", region=REGION, candidates=candidates[SONNET]).price

    assert nova is not None
    assert nova.priority is not None
    assert (nova.priority.input, nova.source) == (Decimal("1.4"), "AWS Price List, AmazonBedrock, us-east-1")
    assert sonnet is not None
    assert (sonnet.batch_input, sonnet.date) == (Decimal("1.5"), "2026-11-23")
    assert "rate card" in sonnet.source


def test_what_was_found_is_asked_for_once(session: boto3.Session) -> None:
    pricing: Any = session.client("pricing", region_name=REGION)
    sent: list[str] = []
    pricing.meta.events.register("before-send.*", lambda **_about: sent.append("sent"))
    asked = source(bedrock=Refusing(refused("ValidationException")), pricing=pricing)

    first, again = asked.prices([NOVA], REGION), asked.prices([NOVA], REGION)

    assert first == again
    assert first[NOVA]
    assert len(sent) == 1
    pricing.close()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (refused("AccessDeniedException"), "AccessDeniedException"),
        (EndpointConnectionError(endpoint_url="https://nowhere"), "EndpointConnectionError"),
    ],
)
def test_who_does_not_answer_is_a_note_and_not_asked_about_the_next_model(error: Exception, code: str) -> None:
    bedrock, pricing = Refusing(error), Refusing(error)
    asked = source(bedrock=bedrock, pricing=pricing)

    found = asked.prices([NOVA, SONNET], REGION)

    assert [(each.origin, each.price, each.notes) for each in found[SONNET]] == [
        ("rate_card", None, (f"not available: {code}",)),
        ("price_list", None, (f"not available: {code}",)),
    ]
    assert (bedrock.calls, pricing.calls) == (1, 1)


def test_silence_is_not_remembered() -> None:
    bedrock = Refusing(refused("ThrottlingException"))
    asked = source(bedrock=bedrock, pricing=Refusing(refused("ThrottlingException")))

    asked.prices([NOVA], REGION)
    asked.prices([NOVA], REGION)

    assert bedrock.calls == 2


def test_a_model_without_an_agreement_is_no_silence() -> None:
    asked = source(bedrock=Refusing(refused("ValidationException")), pricing=Refusing(refused("NotFoundException")))

    found = asked.prices([NOVA], REGION)

    assert [each.origin for each in found[NOVA]] == ["price_list"]
