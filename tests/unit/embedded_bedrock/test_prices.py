import json
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from brainswap.core.money.prices import known_models
from local.bedrock.notation import model_name, provider_name
from local.bedrock.pricelist import products
from local.bedrock.server import EmbeddedBedrock
from local.bedrock.shapes import Shapes, service_model
from local.bedrock.tariff import Reach, sold_by_id

if TYPE_CHECKING:
    from types_boto3_bedrock import BedrockClient

SONNET = "anthropic.claude-sonnet-4-6"
FROM_VIRGINIA = {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"}


@pytest.fixture(scope="module")
def pricing(bedrock: EmbeddedBedrock, aws_session: boto3.Session) -> Iterator[Any]:
    """A client that finds the Price List by the environment alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_PRICING", bedrock.url)
        client: Any = aws_session.client("pricing", region_name="us-east-1")
        yield client
        client.close()


def rows(pricing: Any, offer: str, **wanted: str) -> list[Any]:
    filters = [
        FROM_VIRGINIA,
        *({"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in wanted.items()),
    ]
    pages = pricing.get_paginator("get_products").paginate(ServiceCode=offer, Filters=filters)
    return [json.loads(text) for page in pages for text in page["PriceList"]]


def priced(row: Any) -> tuple[str, Decimal]:
    (term,) = row["terms"]["OnDemand"].values()
    (dimension,) = term["priceDimensions"].values()
    return dimension["unit"], Decimal(dimension["pricePerUnit"]["USD"])


def by_usage(found: list[Any]) -> dict[str, tuple[str, Decimal]]:
    return {row["product"]["attributes"]["usagetype"]: priced(row) for row in found}


def test_a_model_of_awss_own_offer_is_priced_by_the_thousand_with_its_tiers_batches_and_caches(pricing: Any) -> None:
    found = by_usage(rows(pricing, "AmazonBedrock", model="Nova Pro"))

    assert found == {
        "USE1-NovaPro-input-tokens": ("1K tokens", Decimal("0.0008")),
        "USE1-NovaPro-input-tokens-batch": ("1K tokens", Decimal("0.0004")),
        "USE1-NovaPro-input-tokens-flex": ("1K tokens", Decimal("0.0004")),
        "USE1-NovaPro-input-tokens-priority": ("1K tokens", Decimal("0.0014")),
        "USE1-NovaPro-output-tokens": ("1K tokens", Decimal("0.0032")),
        "USE1-NovaPro-output-tokens-batch": ("1K tokens", Decimal("0.0016")),
        "USE1-NovaPro-output-tokens-flex": ("1K tokens", Decimal("0.0016")),
        "USE1-NovaPro-output-tokens-priority": ("1K tokens", Decimal("0.0056")),
        "USE1-NovaPro-cache-read-input-token-count": ("1K tokens", Decimal("0.0002")),
    }


def test_a_model_of_the_marketplace_is_priced_by_the_million_and_named_by_its_edition(pricing: Any) -> None:
    edition = "Claude Haiku 4.5 (Amazon Bedrock Edition)"

    found = by_usage(rows(pricing, "AmazonBedrockFoundationModels", servicename=edition))

    assert found["USE1-MP:USE1_InputTokenCount-Units"] == ("Units", Decimal("1.1"))
    assert found["USE1-MP:USE1_InputTokenCount_Global-Units"] == ("Units", Decimal(1))
    assert found["USE1-MP:USE1_OutputTokenCount_Global_Batch-Units"] == ("Units", Decimal("2.5"))


def test_later_models_of_the_marketplace_speak_of_tokens_and_not_of_counts(pricing: Any) -> None:
    edition = "Claude Opus 5.5 (Amazon Bedrock Edition)"

    found = by_usage(rows(pricing, "AmazonBedrockFoundationModels", servicename=edition))

    assert found["USE1-MP:USE1_input_tokens_standard-Units"] == ("Units", Decimal("4.4"))
    assert found["USE1-MP:USE1_output_tokens_global_standard-Units"] == ("Units", Decimal(20))


def test_two_releases_that_share_a_name_leave_a_price_by_name_ambiguous(pricing: Any) -> None:
    edition = "Claude 3.7 Sonnet (Amazon Bedrock Edition)"

    marketplace = rows(
        pricing,
        "AmazonBedrockFoundationModels",
        servicename=edition,
        usagetype="USE1-MP:USE1_InputTokenCount-Units",
    )
    own = rows(pricing, "AmazonBedrock", model="Mistral Large", inferenceType="Input tokens")

    assert sorted(priced(row)[1] for row in marketplace) == [Decimal(3), Decimal("3.6")]
    assert len({row["product"]["sku"] for row in marketplace}) == 2
    plain = {usage: price for usage, price in by_usage(own).items() if usage.endswith("input-tokens")}
    assert sorted(price for _, price in plain.values()) == [Decimal("0.002"), Decimal("0.004")]


def test_a_row_has_the_tree_of_the_price_list(pricing: Any) -> None:
    row = rows(pricing, "AmazonBedrock", usagetype="USE1-NovaPro-output-tokens")[0]

    sku = row["product"]["sku"]
    (term_key, term), = row["terms"]["OnDemand"].items()  # fmt: skip
    (rate_key, rate), = term["priceDimensions"].items()  # fmt: skip
    assert row["serviceCode"] == row["product"]["attributes"]["servicecode"] == "AmazonBedrock"
    assert term_key == f"{sku}.JRTCKXETXF"
    assert rate_key == rate["rateCode"] == f"{sku}.JRTCKXETXF.6YS6EN2CT7"
    assert rate["pricePerUnit"] == {"USD": "0.0032000000"}
    assert rate["description"] == "$0.0032 per 1K output tokens for Nova Pro in US East (N. Virginia)"
    assert row["product"]["attributes"]["provider"] == "Amazon"
    assert term["effectiveDate"] == "2026-11-01T00:00:00Z"


def test_each_kind_of_filter_narrows_the_rows(pricing: Any) -> None:
    def models(kind: str, value: str, field: str = "model") -> set[str]:
        found = pricing.get_products(
            ServiceCode="AmazonBedrock",
            Filters=[
                {"Type": kind, "Field": field, "Value": value},
                {"Type": "EQUALS", "Field": "inferenceType", "Value": "Output tokens"},
                {"Type": "CONTAINS", "Field": "feature", "Value": "On-demand"},
                {"Type": "TERM_MATCH", "Field": "service_tier", "Value": "flex"},
                FROM_VIRGINIA,
            ],
        )
        return {json.loads(text)["product"]["attributes"].get("model", "") for text in found["PriceList"]}

    everything = models("NONE_OF", "nothing")
    assert models("EQUALS", "Nova Pro") == {"Nova Pro"}
    assert models("CONTAINS", "Nova Pr") == {"Nova Pro", "Nova Premier"}
    assert models("ANY_OF", "Nova Pro,Nova Lite") == {"Nova Pro", "Nova Lite"}
    assert models("NONE_OF", "Nova Pro,Nova Lite") == everything - {"Nova Pro", "Nova Lite"}
    assert models("TERM_MATCH", "Nova Pro", "nobody's attribute") == set()


def test_pages_hold_all_rows_once(pricing: Any) -> None:
    pages = list(
        pricing.get_paginator("get_products").paginate(
            ServiceCode="AmazonBedrock", Filters=[FROM_VIRGINIA], PaginationConfig={"PageSize": 70}
        )
    )

    texts = [text for page in pages for text in page["PriceList"]]
    in_virginia = [row for row in products()["AmazonBedrock"] if row.attributes["regionCode"] == "us-east-1"]
    assert {len(page["PriceList"]) for page in pages[:-1]} == {70}
    assert len(texts) == len(set(texts)) == len(in_virginia)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"ServiceCode": "AmazonNothing"}, "NotFoundException"),
        ({"ServiceCode": "AmazonBedrock", "NextToken": "OTk5OTk5"}, "InvalidNextTokenException"),
        ({"ServiceCode": "AmazonBedrock", "FormatVersion": "aws_v2"}, "InvalidParameterException"),
        ({"ServiceCode": "AmazonBedrock", "MaxResults": 101}, "InvalidParameterException"),
        (
            {"ServiceCode": "AmazonBedrock", "Filters": [{"Type": "LIKE", "Field": "model", "Value": "x"}]},
            "InvalidParameterException",
        ),
    ],
)
def test_what_the_price_list_does_not_know_is_refused_in_its_own_words(
    pricing: Any, asked: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        pricing.get_products(**asked)

    assert caught.value.response["Error"]["Code"] == code


def test_no_two_rows_share_a_sku() -> None:
    skus = [json.loads(row.text())["product"]["sku"] for offer in products().values() for row in offer]

    assert len(skus) == len(set(skus))


def test_every_price_of_the_table_is_sold_as_the_table_says() -> None:
    in_virginia = {
        model_id: {(rate.direction, rate.reach): rate.usd for rate in each.rates}
        for model_id, sold in sold_by_id().items()
        for each in sold
        if each.region == "us-east-1"
    }

    for model_id, known in known_models().items():
        prefix, _, base = model_id.partition(".")
        if known.price is not None and prefix in ("us", "global") and "@" not in model_id:
            reach: Reach = "regional" if prefix == "us" else "global"
            assert in_virginia[base]["input", reach] == known.price.input
            assert in_virginia[base]["output", reach] == known.price.output


def test_a_rate_card_tells_regional_global_and_batch_prices_of_every_region(control: "BedrockClient") -> None:
    (offer,) = control.list_foundation_model_agreement_offers(modelId=SONNET)["offers"]

    card = {line["dimension"]: line for line in offer["termDetails"]["usageBasedPricingTerm"]["rateCard"]}
    assert card["USE1_InputTokenCount"] == {
        "dimension": "USE1_InputTokenCount",
        "price": "3.3",
        "description": "Million Input Tokens Regional",
        "unit": "Units",
    }
    assert card["USE1_OutputTokenCount_Global"]["price"] == "15"
    assert card["EUW1_OutputTokenCount_Batch"]["price"] == "8.25"
    assert card["APN1_CacheReadInputTokenCount_Global"]["price"] == "0.3"
    assert "USE1_Reserved_1Month_InputTPM_Geo" in card
    assert len(card) == len(offer["termDetails"]["usageBasedPricingTerm"]["rateCard"])


def test_the_rate_cards_of_openai_name_no_region(control: "BedrockClient") -> None:
    (offer,) = control.list_foundation_model_agreement_offers(modelId="openai.gpt-6-sol")["offers"]

    card = {line["dimension"]: line["price"] for line in offer["termDetails"]["usageBasedPricingTerm"]["rateCard"]}
    assert (card["input_tokens_standard"], card["output_tokens_global_standard"]) == ("2.2", "10")


def test_a_model_that_the_marketplace_does_not_sell_has_no_agreement(control: "BedrockClient") -> None:
    for model_id in ("amazon.nova-pro-v1:0", "acme.batch-v1:0", "openai.gpt-oss-20b-1:0"):
        with pytest.raises(ClientError, match="Agreement not supported for this model") as caught:
            control.list_foundation_model_agreement_offers(modelId=model_id)
        assert caught.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        control.list_foundation_model_agreement_offers(modelId="acme.unknown-v1:0")


def test_the_bodies_of_all_answers_fit_the_service_model(pricing: Any, control: "BedrockClient") -> None:
    answers = (
        ("pricing", "GetProducts", pricing.get_products(ServiceCode="AmazonBedrock")),
        (
            "bedrock",
            "ListFoundationModelAgreementOffers",
            control.list_foundation_model_agreement_offers(modelId=SONNET),
        ),
        ("bedrock", "GetAccountDataRetention", control.get_account_data_retention()),
    )

    for service, operation, answer in answers:
        shape = service_model(service).operation_model(operation).output_shape
        assert shape is not None
        Shapes().verify(shape, {name: value for name, value in answer.items() if name != "ResponseMetadata"})


def test_nothing_is_decided_about_data_retention(control: "BedrockClient") -> None:
    assert control.get_account_data_retention()["mode"] == "default"


@pytest.mark.parametrize(
    ("model_id", "provider", "name"),
    [
        ("anthropic.claude-3-5-haiku-20241022-v1:0", "Anthropic", "Claude 3.5 Haiku"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "Anthropic", "Claude 3.5 Sonnet v2"),
        ("anthropic.claude-opus-4-6-v1", "Anthropic", "Claude Opus 4.6"),
        ("meta.llama3-3-70b-instruct-v1:0", "Meta", "Llama 3.3 70B Instruct"),
        ("deepseek.r1-v1:0", "DeepSeek", "DeepSeek-R1"),
        ("openai.gpt-oss-120b-1:0", "OpenAI", "gpt-oss-120b"),
        ("openai.gpt-5.6-terra", "OpenAI", "GPT-5.6 Terra"),
        ("mistral.mistral-large-2407-v1:0", "Mistral AI", "Mistral Large"),
        ("zai.glm-4.7-flash", "Z.AI", "GLM 4.7 Flash"),
        ("qwen.qwen3-235b-a22b-2507-v1:0", "Qwen", "Qwen3 235B A22B"),
        ("plain", "Plain", "Plain"),
    ],
)
def test_a_models_name_is_made_of_its_id(model_id: str, provider: str, name: str) -> None:
    assert (provider_name(model_id), model_name(model_id)) == (provider, name)
