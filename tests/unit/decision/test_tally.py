"""What a contender's samples add up to."""

from decimal import Decimal

from brainswap.core.answers import AnswerStatus, Origin, Usage
from brainswap.core.decision.samples import Sample
from brainswap.core.decision.tally import ContenderTally
from brainswap.core.money.prices import Price

PRICE = Price(input=Decimal(3), output=Decimal(15), source="list", date="2026-11-01")


def sample(usage: Usage | None) -> Sample:
    return Sample(
        case_id="case-1",
        repeat=0,
        segment=None,
        cluster=None,
        critical=False,
        weight=1.0,
        status=AnswerStatus.ANSWERED,
        origin=Origin.LIVE,
        cached=False,
        latency_ms=100.0,
        first_token_ms=40.0,
        estimated_latency=False,
        usage=usage,
        scores={"right": 1.0},
        reasons={},
    )


def test_an_answer_costs_its_tokens_once() -> None:
    tally = ContenderTally(["right"], PRICE)

    tally.add_case([sample(Usage(input_tokens=1000, output_tokens=200))])

    assert tally.cost_per_answer_usd == Decimal("0.006")
    assert tally.paid_usd == Decimal("0.006")


def test_the_cost_of_an_answer_without_tokens_stays_unknown() -> None:
    tally = ContenderTally(["right"], PRICE)

    tally.add_case([sample(None)])

    assert tally.cost_per_answer_usd is None
    assert tally.paid_usd is None
