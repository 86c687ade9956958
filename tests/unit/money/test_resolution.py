"""Which source is believed, and in what order."""

from decimal import Decimal
from typing import Any

import pytest

from brainswap.core.money.price_lines import CandidatePrice
from brainswap.core.money.prices import Price, price_of
from brainswap.core.money.resolution import PriceFinding, base_model, find_prices, resolve
from brainswap.core.workload import DeclaredPrice, Workload

NOVA = "us.amazon.nova-pro-v1:0"
SONNET = "anthropic.claude-sonnet-4-6"


def price(usd: int, **known: Any) -> Price:
    return Price(input=Decimal(usd), output=Decimal(usd), source="said", date="2026-11-23", **known)


def candidate(found: Price | None, **changed: Any) -> CandidatePrice:
    facts: dict[str, Any] = {
        "model_id": "amazon.nova-pro-v1:0",
        "origin": "price_list",
        "reach": "regional",
        "price": found,
        **changed,
    }
    return CandidatePrice(**facts)


def resolved(model_id: str = NOVA, **changed: Any) -> PriceFinding:
    asked: dict[str, Any] = {"tier": None, "inference": "on_demand", "region": "us-east-1", **changed}
    return resolve(model_id, **asked)


def test_sources_are_believed_in_their_order() -> None:
    listed = candidate(price(2))
    card = candidate(price(1), origin="rate_card")
    declared = DeclaredPrice(input=Decimal(9), output=Decimal(9))

    assert resolved(candidates=[listed, card], declared=declared).price == Price(
        input=Decimal(9), output=Decimal(9), source="the workload's own price", date=""
    )
    assert resolved(candidates=[listed, card]).price == price(1)
    assert resolved(candidates=[listed]).price == price(2)
    assert resolved().price == price_of(NOVA)


def test_an_ambiguous_source_is_told_and_the_next_one_taken() -> None:
    card = candidate(None, origin="rate_card", notes=("ambiguous: input is 1, 2",))

    found = resolved(candidates=[card, candidate(price(2))])

    assert found.price == price(2)
    assert found.notes == ("the rate card: ambiguous: input is 1, 2",)


def test_two_candidates_of_one_source_that_differ_are_ambiguous() -> None:
    found = resolved(candidates=[candidate(price(2)), candidate(price(3))])

    assert found.price == price_of(NOVA)
    assert "the Price List: ambiguous" in found.notes[0]


def test_a_source_that_does_not_answer_is_a_note() -> None:
    silent = candidate(None, reach=None, notes=("not available: AccessDeniedException",))

    found = resolved(candidates=[silent])

    assert found.price == price_of(NOVA)
    assert found.notes == ("the Price List: not available: AccessDeniedException",)


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        (SONNET, 1),
        (f"us.{SONNET}", 2),
        (f"global.{SONNET}", 3),
        (f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.{SONNET}", 3),
        (f"arn:aws:bedrock:us-east-1::foundation-model/{SONNET}", 1),
    ],
)
def test_each_reach_has_its_own_price(model_id: str, expected: int) -> None:
    candidates = [
        candidate(price(1), model_id=SONNET),
        candidate(price(2), model_id=SONNET, reach="geo"),
        candidate(price(3), model_id=SONNET, reach="global"),
    ]

    assert resolved(model_id, candidates=candidates).price == price(expected)


def test_a_regional_price_holds_for_a_geography_without_one_and_never_for_everywhere() -> None:
    regional = [candidate(price(1), model_id=SONNET)]

    assert resolved(f"us.{SONNET}", candidates=regional).price == price(1)
    assert resolved(f"global.{SONNET}", candidates=regional).price == price_of(f"global.{SONNET}")


def test_a_source_without_the_price_of_this_way_of_asking_is_passed_over() -> None:
    found = resolved(inference="batch", candidates=[candidate(price(2))])

    assert found.price == price_of(NOVA)
    assert found.notes == ("the Price List: said tells no price of batch inference",)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"inference": "batch"}, "batch inference"),
        ({"tier": "flex"}, "the tier flex"),
        ({"tier": "reserved"}, "by the month"),
        ({"optimised_latency": True}, "latency-optimised"),
    ],
)
def test_what_nobody_tells_is_unknown_with_a_reason(changed: dict[str, Any], words: str) -> None:
    found = resolved(f"global.{SONNET}", **changed)

    assert found.price is None
    assert words in str(found.reason)


@pytest.mark.parametrize(
    "model_id",
    [
        "openai:gpt-4o-mini",
        "acme.model-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
    ],
)
def test_a_model_that_no_source_knows_has_no_price(model_id: str) -> None:
    found = resolved(model_id)

    assert found.price is None
    assert found.reason == f"{model_id}: no source knows a price of it; declare one under `prices`"


def test_what_a_customer_declares_is_final_even_where_it_is_silent() -> None:
    declared = DeclaredPrice(input=Decimal(1), output=Decimal(2), date="2026-10-01")

    batch = resolved(declared=declared, inference="batch", candidates=[candidate(price(2, batch_input=Decimal(1)))])
    flex = resolved(declared=declared, tier="flex").price

    assert batch.price is None
    assert "batch" in str(batch.reason)
    assert flex is not None
    assert flex.flex is not None
    assert (flex.flex.output, flex.date) == (Decimal(2), "2026-10-01")


def test_the_table_says_when_its_price_is_that_of_other_regions() -> None:
    elsewhere = resolved("meta.llama3-3-70b-instruct-v1:0", region="eu-west-1")
    known = resolved("minimax.minimax-m2.5", region="eu-west-1")

    assert "and not in eu-west-1" in elsewhere.notes[0]
    assert known.notes == ()


def test_every_slot_of_a_workload_gets_its_own_finding() -> None:
    workload = Workload.model_validate(
        {
            "version": 1,
            "name": "priced",
            "prompt": {"user": "{{q}}"},
            "cases": "cases.jsonl",
            "source": {"model": NOVA, "parameters": {"service_tier": "priority"}},
            "targets": [{"model": NOVA, "parameters": {}}, {"model": "openai:gpt-4o-mini"}],
            "scorers": [{"name": "right", "type": "exact"}],
            "prices": {"openai:gpt-4o-mini": {"input": "0.15", "output": "0.6"}},
        }
    )

    found = find_prices(workload, inference={"target-1": "batch"}, region=None)

    assert list(found) == ["source", "target-1", "target-2"]
    assert all(finding.price is not None for finding in found.values())
    assert found["target-2"].price is not None
    assert found["target-2"].price.input == Decimal("0.15")


@pytest.mark.parametrize(
    ("model_id", "base"),
    [(NOVA, "amazon.nova-pro-v1:0"), ("us-gov.xai.grok-4.6", "xai.grok-4.6"), (SONNET, SONNET), ("openai:gpt", None)],
)
def test_the_base_of_an_id_is_without_the_prefix_of_a_profile(model_id: str, base: str | None) -> None:
    assert base_model(model_id) == base
