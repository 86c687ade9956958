"""How many calls scorers will make, and what embeddings will cost."""

from decimal import Decimal
from typing import Any

from brainswap.core.calling.forecast import calling_forecast, with_calling
from brainswap.core.money.forecast import forecast
from brainswap.core.money.lengths import TextLengths
from brainswap.core.money.prices import Price
from brainswap.core.money.resolution import PriceFinding, find_called_prices
from brainswap.core.workload import Workload
from tests.fakes.functions import FUNCTION
from tests.fakes.runs import declaration

ALIKE = {"name": "alike", "type": "similarity", "model": "amazon.titan-embed-text-v2:0"}
OURS = {"name": "ours", "type": "lambda", "function": FUNCTION, "batch": 30}
SAFE = {"name": "safe", "type": "guardrail", "guardrail": {"id": "gr4a1l", "version": "3"}}
LENGTHS = {
    name: TextLengths(mean=400.0, longest=400, count=100)
    for name in ("anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0")
}
PRICE = Price(input=Decimal("0.02"), output=Decimal(0), source="a list", date="2026-11-01")


def workload(**changes: Any) -> Workload:
    return Workload.model_validate(declaration(**{"scorers": [ALIKE, OURS, SAFE], "gates": [], **changes}))


def test_calls_and_money_of_each_scorer() -> None:
    found = calling_forecast(
        workload(), test_cases=100, answer_characters=LENGTHS, prices={"alike": PriceFinding(price=PRICE)}
    )

    alike, ours, safe = found
    assert (alike.calls, ours.calls, safe.calls) == (300, 8, 200)  # two contenders; and the references
    assert alike.cost is not None
    # 300 texts of 400 characters: 30,000 tokens of 4 characters, at 0.02 USD a million
    assert alike.cost.expected == Decimal("0.0006")
    assert alike.cost.low < alike.cost.expected < alike.cost.high
    assert (ours.cost, safe.cost) == (None, None)


def test_repeats_are_embedded_and_references_are_not_embedded_again() -> None:
    (alike, ours, _) = calling_forecast(
        workload(repeats=3), test_cases=100, answer_characters=LENGTHS, prices={"alike": PriceFinding(price=PRICE)}
    )

    assert (alike.calls, ours.calls) == (700, 24)


def test_the_budget_is_held_against_embeddings_too() -> None:
    declared = workload()
    expected = forecast(
        declared,
        test_cases=100,
        prompt_characters=TextLengths(mean=100.0, longest=100, count=100),
        answer_characters=LENGTHS,
        prices={},
    )
    calling = calling_forecast(
        declared, test_cases=100, answer_characters=LENGTHS, prices={"alike": PriceFinding(price=PRICE)}
    )

    whole = with_calling(expected, calling, declared)

    assert whole.cost["scorers"] == calling[0].cost
    assert whole.known_cost.expected == expected.known_cost.expected + Decimal("0.0006")
    assert "a reference is as long as an answer" in whole.assumptions


def test_a_model_without_a_price_is_told_and_left_out() -> None:
    unknown = PriceFinding(price=None, reason="nobody knows")
    declared = workload(scorers=[ALIKE])
    (alike,) = calling_forecast(declared, test_cases=100, answer_characters=LENGTHS, prices={"alike": unknown})
    expected = forecast(
        declared,
        test_cases=100,
        prompt_characters=TextLengths(mean=100.0, longest=100, count=100),
        answer_characters=LENGTHS,
        prices={},
    )

    whole = with_calling(expected, (alike,), declared)

    assert alike.cost is None
    assert "scorers" not in whole.cost
    assert whole.unpriced["amazon.titan-embed-text-v2:0"] == "nobody knows"


def test_embeddings_are_priced_by_the_workload_or_by_the_table() -> None:
    own = {"amazon.titan-embed-text-v2:0": {"input": "0.01", "output": "0"}}

    of_table = find_called_prices(workload(), region="us-east-1")["alike"].price
    of_customer = find_called_prices(workload(prices=own), region="us-east-1")["alike"].price

    assert of_table is not None
    assert of_customer is not None
    assert (of_table.input, of_customer.input) == (Decimal("0.02"), Decimal("0.01"))
