"""Reading rate cards and rows of the Price List, which are untrusted and name models by display name."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.money.price_lines import CandidatePrice, Line, Unclear, read_line
from brainswap.core.money.price_lists import ListedName, listed_names, names_of, price_list_prices
from brainswap.core.money.prices import Rates
from brainswap.core.money.rate_cards import rate_card_prices

REGION = "us-east-1"
NOVA = "amazon.nova-pro-v1:0"
SONNET = "anthropic.claude-sonnet-4-6"


def row(usd: str, *, usage: str = "USE1-NovaPro-input-tokens", **changed: Any) -> str:
    attributes = {
        "model": "Nova Pro",
        "regionCode": REGION,
        "usagetype": usage,
        "feature": changed.get("feature", "On-demand Inference"),
        "inferenceType": "",
        **changed.get("attributes", {}),
    }
    dimension = {
        "unit": changed.get("unit", "1K tokens"),
        "description": changed.get("description", f"${usd} per 1K tokens"),
        "pricePerUnit": {"USD": usd},
    }
    return json.dumps(
        {
            "product": {"attributes": attributes},
            "terms": {"OnDemand": {"term": {"priceDimensions": {"rate": dimension}}}},
            "publicationDate": "2026-11-02T00:00:00Z",
        }
    )


def output(usd: str, **changed: Any) -> str:
    return row(usd, usage="USE1-NovaPro-output-tokens", **changed)


def sole(rows: list[str]) -> CandidatePrice:
    (found,) = price_list_prices(rows, offer="AmazonBedrock", region=REGION)
    return found


def line(name: str, description: str = "", unit: str = "1M tokens") -> Line | Unclear | None:
    return read_line(name=name, description=description, unit=unit, price="3")


def test_rows_by_the_thousand_become_a_price_by_the_million_with_source_and_date() -> None:
    found = sole([row("0.0008"), output("0.0032")])

    assert found.model_id == NOVA
    assert found.price is not None
    assert (found.price.input, found.price.output) == (Decimal("0.8"), Decimal("3.2"))
    assert (found.price.source, found.price.date) == ("AWS Price List, AmazonBedrock, us-east-1", "2026-11-02")
    assert found.price.batch_input is None


def test_batches_tiers_and_caches_have_their_own_prices_and_never_stand_in_for_others() -> None:
    found = sole(
        [
            row("0.0008"),
            output("0.0032"),
            row("0.0004", usage="USE1-NovaPro-input-tokens-batch"),
            output("0.0016", feature="Batch Inference"),
            row("0.0014", attributes={"service_tier": "priority"}),
            output("0.0056", attributes={"service_tier": "priority"}),
            row("0.0002", usage="USE1-NovaPro-cache-read-input-token-count"),
            row("0.9", usage="USE1-NovaPro-latency-optimized-input-tokens"),
            row("0.9", usage="USE1-NovaPro-input-tokens-custom-model"),
            row("9", usage="USE1-NovaPro-ProvisionedThroughput-input-tokens"),
        ]
    )

    assert found.notes == ()
    assert found.price is not None
    assert (found.price.batch_input, found.price.batch_output) == (Decimal("0.4"), Decimal("1.6"))
    assert found.price.priority == Rates(input=Decimal("1.4"), output=Decimal("5.6"))
    assert (found.price.cache_read, found.price.flex) == (Decimal("0.2"), None)


def test_two_prices_of_one_direction_are_ambiguous_and_neither_is_taken() -> None:
    found = sole([row("0.0008"), row("0.0009"), output("0.0032")])

    assert found.price is None
    assert found.notes == ("ambiguous: the standard price of input is 0.8, 0.9 USD per million tokens",)


def test_a_row_that_is_there_twice_is_no_contradiction() -> None:
    assert sole([row("0.0008"), row("0.0008"), output("0.0032")]).price is not None


def test_an_unclear_line_leaves_what_it_prices_open() -> None:
    found = sole([row("0.0008"), row("0.9", unit="Units", description="a price"), output("0.0032")])

    assert found.price is None
    assert found.notes == ("the unit of USE1-NovaPro-input-tokens is unclear",)


@pytest.mark.parametrize(
    ("unit", "description"),
    [("1K tokens", "$3 per 1M tokens"), ("1M tokens", "$3 per 1,000 tokens"), ("Units", "a price"), ("", "")],
)
def test_a_unit_that_nobody_tells_or_that_is_told_twice_differently_is_unclear(unit: str, description: str) -> None:
    found = line("USE1-NovaPro-input-tokens", description, unit)

    assert isinstance(found, Unclear)
    assert "unit" in found.why


@pytest.mark.parametrize(
    ("unit", "description", "usd"),
    [
        ("1K tokens", "per 1K input tokens", 3_000),
        ("Units", "Million Input Tokens", 3),
        ("1M tokens", "", 3),
        ("1,000 tokens", "", 3_000),
        ("Units", "per 1,000,000 tokens", 3),
        ("", "$3 per 1M input tokens", 3),
    ],
)
def test_the_unit_is_read_from_whoever_tells_it(unit: str, description: str, usd: int) -> None:
    found = line("USE1-NovaPro-input-tokens", description, unit)

    assert isinstance(found, Line)
    assert found.usd == usd


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("USE1_InputTokenCount", ("standard", "input", "regional")),
        ("USE1_OutputTokenCount_Global", ("standard", "output", "global")),
        ("USE1_input_tokens_global_batch", ("batch", "input", "global")),
        ("USE1_OutputTokenCount_Geo", ("standard", "output", "geo")),
        ("USE1_CacheWriteInputTokenCount", ("standard", "cache_write", "regional")),
        ("USE1_CacheWrite1hInputTokenCount", ("standard", "cache_write_1h", "regional")),
        ("USE1-Qwen3-input-tokens-flex", ("flex", "input", "regional")),
    ],
)
def test_what_a_line_prices_follows_from_its_words(name: str, read: tuple[str, str, str]) -> None:
    found = line(name)

    assert isinstance(found, Line)
    assert (found.way, found.direction, found.reach) == read


@pytest.mark.parametrize(
    "name",
    [
        "USE1_InputTokenCount_LCtx",
        "USE1_Reserved_1Month_InputTPM_Geo tokens",
        "USE1-Sonic-speech-input-tokens",
        "USE1-input-tokens-output-tokens",
        "USE1-cache-input-tokens",
        "USE1-input-tokens-batch-flex",
        "USE1-images",
    ],
)
def test_lines_about_something_else_are_left_out(name: str) -> None:
    assert line(name) is None


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-1", "0", "1e999999", "x", "", None, 3, "9" * 40, "1" * 9])
def test_what_is_no_price_is_unclear(price: Any) -> None:
    found = read_line(name="input-tokens", description="", unit="1M tokens", price=price)

    assert isinstance(found, Unclear)


def test_a_name_stands_for_the_ids_of_the_table_and_a_similar_one_for_nothing() -> None:
    similar = [row("0.0008", attributes={"model": "Nova Pro 2"}), output("0.0032", attributes={"model": "nova pro"})]

    assert price_list_prices(similar, offer="AmazonBedrock", region=REGION) == []
    assert price_list_prices([row("0.0008")], offer="AmazonBedrockFoundationModels", region=REGION) == []
    assert names_of([NOVA]) == [ListedName(offer="AmazonBedrock", attribute="model", name="Nova Pro")]
    assert names_of(["acme.model-v1"]) == []


def test_a_name_of_several_models_holds_for_each_of_them() -> None:
    attributes = {"model": "Mistral Large"}
    rows = [row("0.004", attributes=attributes), output("0.012", attributes=attributes)]

    found = price_list_prices(rows, offer="AmazonBedrock", region=REGION)

    assert {candidate.model_id for candidate in found} == {
        "mistral.mistral-large-2402-v1:0",
        "mistral.mistral-large-2407-v1:0",
    }


def test_every_listed_name_stands_for_something() -> None:
    assert all(ids for ids in listed_names().values())


def test_rows_of_other_regions_do_not_count() -> None:
    elsewhere = [row("0.1", attributes={"regionCode": "eu-west-1"})]

    assert sole([row("0.0008"), output("0.0032"), *elsewhere]).price is not None


def card(*lines: tuple[str, str]) -> list[Any]:
    entries = [
        {"dimension": name, "price": usd, "description": "Million Tokens", "unit": "Units"} for name, usd in lines
    ]
    return [{"offerToken": "t", "termDetails": {"usageBasedPricingTerm": {"rateCard": entries}}}]


def cards(offers: Any) -> dict[str | None, CandidatePrice]:
    found = rate_card_prices(offers, model_id=SONNET, region="eu-west-1", date="2026-11-23")
    return {candidate.reach: candidate for candidate in found}


def test_a_rate_card_tells_a_price_for_each_reach_of_the_region() -> None:
    found = cards(
        card(
            ("EUW1_InputTokenCount", "3.3"),
            ("EUW1_OutputTokenCount", "16.5"),
            ("EUW1_InputTokenCount_Batch", "1.65"),
            ("EUW1_InputTokenCount_Global", "3"),
            ("EUW1_OutputTokenCount_Global", "15"),
            ("USE1_InputTokenCount", "99"),
        )
    )

    regional, everywhere = found["regional"].price, found["global"].price
    assert regional is not None
    assert everywhere is not None
    assert (regional.input, regional.output, regional.batch_input) == (Decimal("3.3"), Decimal("16.5"), Decimal("1.65"))
    assert (everywhere.input, everywhere.date) == (Decimal(3), "2026-11-23")


def test_lines_without_a_region_hold_everywhere() -> None:
    price = cards(card(("input_tokens_standard", "2.2"), ("output_tokens_standard", "13.2")))["regional"].price

    assert price is not None
    assert price.output == Decimal("13.2")


def test_two_offers_that_differ_are_ambiguous() -> None:
    offers = card(("InputTokenCount", "3"), ("OutputTokenCount", "15")) + card(("InputTokenCount", "2"))

    found = cards(offers)["regional"]

    assert found.price is None
    assert "ambiguous" in found.notes[0]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["termDetails", "usageBasedPricingTerm", "rateCard", "dimension", "price", "product", "attributes"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=20,
)


@given(anything)
def test_whatever_the_offers_hold_they_raise_nothing(offers: Any) -> None:
    assert all(isinstance(each, CandidatePrice) for each in cards(offers).values())


@given(anything, st.text(max_size=30))
def test_whatever_the_rows_hold_they_raise_nothing(row_of: Any, text: str) -> None:
    rows: Any = [json.dumps(row_of), text, row_of, "[" * 50_000, "1" * 5_000]

    assert price_list_prices(rows, offer="AmazonBedrock", region=REGION) == []
