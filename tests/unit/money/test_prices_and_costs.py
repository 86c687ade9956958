"""The dated table, and what usage costs at its prices."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.answers import Usage
from brainswap.core.calling.embedding_models import embedding_model
from brainswap.core.calls import ServiceTier
from brainswap.core.money.costs import cost_usd, estimated_tokens
from brainswap.core.money.prices import LongPrompts, Price, Rates, known_models, price_of

PRICE = Price(
    input=Decimal(3),
    output=Decimal(15),
    cache_read=Decimal("0.3"),
    cache_write=Decimal("3.75"),
    batch_input=Decimal("1.5"),
    batch_output=Decimal("7.5"),
    flex=Rates(input=Decimal("1.2"), output=Decimal(6)),
    source="a list",
    date="2026-11-01",
)
USAGE = Usage(input_tokens=1_000, output_tokens=200)


def test_each_kind_of_token_is_counted_at_its_own_price() -> None:
    usage = Usage(input_tokens=7, output_tokens=11, cache_read_tokens=13, cache_write_tokens=17)

    cost = cost_usd(usage, PRICE, inference="on_demand", tier=None)

    # 7 * 3 + 11 * 15 + 13 * 0.3 + 17 * 3.75 = 21 + 165 + 3.9 + 63.75
    assert cost.usd == Decimal("0.00025365")
    assert cost.reason is None


@pytest.mark.parametrize(
    ("asked", "usd"),
    [
        ({"inference": "on_demand", "tier": None}, "0.006"),
        ({"inference": "on_demand", "tier": "default"}, "0.006"),
        ({"inference": "batch", "tier": None}, "0.003"),
        ({"inference": "on_demand", "tier": "flex"}, "0.0024"),
    ],
)
def test_each_way_of_asking_has_its_own_price(asked: dict[str, Any], usd: str) -> None:
    assert cost_usd(USAGE, PRICE, **asked).usd == Decimal(usd)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"inference": "on_demand", "tier": "priority"}, "tier priority"),
        ({"inference": "on_demand", "tier": "reserved"}, "by the month"),
        ({"inference": "on_demand", "tier": None, "optimised_latency": True}, "latency-optimised"),
    ],
)
def test_an_unknown_price_is_neither_the_price_on_demand_nor_nothing(asked: dict[str, Any], words: str) -> None:
    cost = cost_usd(USAGE, PRICE, **asked)

    assert cost.usd is None
    assert words in str(cost.reason)


def test_a_batch_without_a_batch_price_is_unknown() -> None:
    half_told = replace(PRICE, batch_output=None)

    cost = cost_usd(USAGE, half_told, inference="batch", tier=None)

    assert (cost.usd, cost.reason) == (None, "a list tells no price of batch inference")


@pytest.mark.parametrize("kind", ["cache_read", "cache_write"])
def test_cached_tokens_without_a_price_of_their_own_make_the_cost_unknown(kind: str) -> None:
    usage = Usage(input_tokens=1, output_tokens=1, **{f"{kind}_tokens": 1})  # type: ignore[arg-type]  # the keys are named
    untold = replace(PRICE, **{kind: None})  # type: ignore[arg-type]  # the same

    assert cost_usd(usage, untold, inference="on_demand", tier=None).usd is None
    assert cost_usd(USAGE, untold, inference="on_demand", tier=None).usd == Decimal("0.006")


def test_a_prompt_that_is_long_with_what_is_cached_costs_the_price_of_long_prompts() -> None:
    rates = Rates(input=Decimal(6), output=Decimal(30), cache_read=Decimal(1))
    price = replace(PRICE, long=LongPrompts(above=1_000, rates=rates))
    longer = Usage(input_tokens=1_000, output_tokens=200, cache_read_tokens=1)

    assert cost_usd(USAGE, price, inference="on_demand", tier=None).usd == Decimal("0.006")
    assert cost_usd(longer, price, inference="on_demand", tier=None).usd == Decimal("0.012001")
    assert "above 1,000 tokens in a batch" in str(cost_usd(longer, price, inference="batch", tier=None).reason)
    assert "in the tier flex" in str(cost_usd(longer, price, inference="on_demand", tier="flex").reason)


tokens = st.integers(0, 10**9)
usages = st.builds(
    Usage, input_tokens=tokens, output_tokens=tokens, cache_read_tokens=tokens, cache_write_tokens=tokens
)


@given(st.lists(usages, max_size=5), st.sampled_from([None, "default"]))
def test_the_cost_of_a_sum_is_the_sum_of_the_costs_to_the_last_digit(many: list[Usage], tier: ServiceTier) -> None:
    whole = Usage(
        input_tokens=sum(each.input_tokens for each in many),
        output_tokens=sum(each.output_tokens for each in many),
        cache_read_tokens=sum(each.cache_read_tokens for each in many),
        cache_write_tokens=sum(each.cache_write_tokens for each in many),
    )

    parts = [cost_usd(each, PRICE, inference="on_demand", tier=tier).usd for each in many]

    assert sum((part for part in parts if part is not None), Decimal(0)) == (
        cost_usd(whole, PRICE, inference="on_demand", tier=tier).usd
    )


@pytest.mark.parametrize(("characters", "count"), [(0, 0), (1, 1), (4, 1), (5, 2)])
def test_four_characters_are_a_token_and_a_rest_is_one_too(characters: int, count: int) -> None:
    assert estimated_tokens(characters) == count


def test_the_table_tells_tiers_batches_caches_and_where_a_price_is_from() -> None:
    price = price_of("us.amazon.nova-pro-v1:0")

    assert price is not None
    assert (price.input, price.output, price.cache_read) == (Decimal("0.8"), Decimal("3.2"), Decimal("0.2"))
    assert (price.batch_input, price.batch_output) == (Decimal("0.4"), Decimal("1.6"))
    assert price.priority == Rates(input=Decimal("1.4"), output=Decimal("5.6"), cache_read=Decimal("0.35"))
    assert "AmazonBedrock/current/us-east-1" in price.source
    assert price.date == "2026-11-01"


def test_a_global_profile_costs_less_than_one_of_a_geography() -> None:
    everywhere, american = price_of("global.anthropic.claude-opus-5-5"), price_of("us.anthropic.claude-opus-5-5")

    assert everywhere is not None
    assert american is not None
    assert (everywhere.input, everywhere.cache_write_1h) == (Decimal(4), Decimal(8))
    assert american.input == Decimal("4.4")


def test_a_price_of_the_region_comes_before_the_general_one() -> None:
    general, tokyo = price_of("deepseek.v3.2"), price_of("deepseek.v3.2", "ap-northeast-1")

    assert general is not None
    assert tokyo is not None
    assert (general.input, tokyo.input) == (Decimal("0.62"), Decimal("0.74"))
    assert price_of("deepseek.v3.2", "mars-north-1") == general


def test_a_similar_id_has_no_price() -> None:
    assert price_of("amazon.nova-pro-v2:0") is None
    assert price_of("AMAZON.nova-pro-v1:0") is None


def test_no_price_of_the_table_is_zero_or_without_source_and_date() -> None:
    priced = {name: known.price for name, known in known_models().items() if known.price is not None}

    assert len(priced) > 280
    for name, price in priced.items():
        assert price.input > 0
        assert (price.output == 0) == (embedding_model(name) is not None)  # which puts nothing out that is paid
        assert price.source
        assert price.date
        for rates in (price.flex, price.priority, price.long.rates if price.long else None):
            assert rates is None or min(rates.input, rates.output) > 0


def test_long_prompts_of_the_table_cost_more() -> None:
    told = [known.price for known in known_models().values() if known.price is not None and known.price.long]

    assert told
    assert all(price.long is not None and price.long.rates.input > price.input for price in told)
