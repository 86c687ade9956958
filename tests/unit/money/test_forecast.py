"""What a run will take, with its ends, and whether a budget can suffice."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from brainswap.core.money.forecast import forecast
from brainswap.core.money.forecasts import Forecast
from brainswap.core.money.lengths import TextLengths, answer_length
from brainswap.core.money.prices import Price
from brainswap.core.money.ranges import MoneyRange
from brainswap.core.preflight import budget_check
from brainswap.core.workload import Limits, Workload

JUDGE = "mistral.mistral-large-2407-v1:0"
SOURCE, TARGET = "us.amazon.nova-pro-v1:0", "us.amazon.nova-lite-v1:0"
PRICE = Price(
    input=Decimal(1),
    output=Decimal(10),
    batch_input=Decimal("0.5"),
    batch_output=Decimal(5),
    source="a list",
    date="2026-11-01",
)
PRICES = {"source": PRICE, "target-1": PRICE}
PROMPTS = TextLengths(mean=400.0, longest=800, count=100)


def workload(**changed: Any) -> Workload:
    return Workload.model_validate(
        {
            "version": 1,
            "name": "forecast",
            "prompt": {"user": "{{q}}"},
            "cases": "cases.jsonl",
            "source": {"model": SOURCE},
            "targets": [{"model": TARGET}],
            "scorers": [{"name": "right", "type": "exact"}],
            **changed,
        }
    )


def forecasted(declared: Workload | None = None, **changed: Any) -> Forecast:
    asked: dict[str, Any] = {
        "test_cases": 100,
        "prompt_characters": PROMPTS,
        "answer_characters": {},
        "prices": PRICES,
        **changed,
    }
    return forecast(declared or workload(), **asked)


def test_tokens_follow_from_characters_with_what_the_rule_is_known_to_miss() -> None:
    found = forecasted()

    # 400 characters: 100 tokens at 4 each, 76 at 5.2, 160 at 2.5; 100 cases, two models
    assert found.calls == 200
    assert (found.input_tokens.low, found.input_tokens.expected, found.input_tokens.high) == (15_200, 20_000, 32_000)
    assert found.most_input_tokens == 64_000
    # 1,200 characters: 300 tokens; 300 / 5.2 = 57; 4,800 / 2.5 = 1,920, more than may be answered
    assert (found.output_tokens.low, found.output_tokens.expected) == (11_400, 60_000)
    assert found.output_tokens.high == 2 * 100 * 1_024


def test_money_is_told_by_purpose_with_its_ends() -> None:
    found = forecasted(workload(targets=[{"model": TARGET}, {"model": TARGET}]), prices={**PRICES, "target-2": PRICE})

    # per model: 10,000 tokens in at 1 and 30,000 out at 10 dollars per million
    assert found.cost["source"].expected == Decimal("0.31")
    assert found.cost["targets"].expected == Decimal("0.62")
    assert found.cost_usd == Decimal("0.93")
    assert found.cost["source"].low == Decimal("0.0646")
    assert found.cost["source"].high == Decimal("1.04")


def test_an_unknown_price_leaves_the_whole_unknown_and_the_rest_told() -> None:
    found = forecasted(prices={"source": PRICE, "target-1": None}, unknown_because={"target-1": "nobody says"})

    assert found.cost_usd is None
    assert found.unpriced == {TARGET: "nobody says"}
    assert found.known_cost.expected == Decimal("0.31")


def test_recorded_answers_cost_nothing() -> None:
    found = forecasted(workload(source={"model": SOURCE, "answers": "recorded"}))

    assert found.calls == 100
    assert list(found.cost) == ["targets"]


RUBRIC = {"name": "good", "type": "rubric", "criteria": [{"name": "clear", "description": "It is clear."}]}
PAIRS = {"name": "better", "type": "pairwise", "judge": {"model": JUDGE}}


def test_judges_are_asked_about_every_answer_and_their_money_is_told_apart() -> None:
    panel = {**RUBRIC, "judge": [{"model": JUDGE}, {"model": SOURCE}], "judge_may_be_related": True, "repeats": 3}
    found = forecasted(workload(scorers=[panel]), prices={**PRICES, "good/1": PRICE, "good/2": PRICE})

    assert found.calls == 200 + 2 * 3 * 200
    assert found.cost["targets"] == forecasted().cost["targets"]
    assert found.cost["judge"].expected > 6 * found.cost["source"].low
    assert any("a judge reads" in said for said in found.assumptions)


def test_who_compares_is_asked_in_both_orders_and_not_about_the_source() -> None:
    found = forecasted(workload(scorers=[PAIRS]), prices={**PRICES, "better/1": PRICE})

    assert found.calls == 200 + 2 * 100


def test_judges_of_recorded_answers_are_all_that_costs() -> None:
    recorded = {"answers": "recorded"}
    declared = workload(
        source={"model": SOURCE, **recorded},
        targets=[{"model": TARGET, **recorded}],
        scorers=[PAIRS],
        inference="batch",
    )
    plain = forecasted(declared.model_copy(update={"scorers": workload().scorers}))
    found = forecasted(declared, prices={"better/1": _without_batch()})

    assert list(found.cost) == ["judge"]
    assert found.calls == 200
    assert found.engine is not None
    assert plain.engine is not None
    assert found.engine.child_executions == 2 * plain.engine.child_executions
    assert found.engine.total_usd > plain.engine.total_usd


def test_a_judge_without_a_price_leaves_the_whole_unknown() -> None:
    found = forecasted(workload(scorers=[PAIRS]), unknown_because={"better/1": "nobody says"})

    assert found.unpriced == {JUDGE: "nobody says"}


def test_a_judge_reads_the_more_the_longer_the_answers_are() -> None:
    declared = workload(scorers=[PAIRS])
    short, long = (
        forecasted(declared, answer_characters={SOURCE: TextLengths(mean=mean, longest=9_000, count=100)})
        for mean in (100.0, 8_000.0)
    )

    # both answers of each of 200 pairs, at four characters a token
    assert long.input_tokens.expected - short.input_tokens.expected == pytest.approx(200 * 2 * 7_900 / 4, rel=0.01)


def test_batch_inference_is_told_beside_with_its_share() -> None:
    found = forecasted()

    assert found.batch.share == Decimal("0.5")
    assert found.batch.cost is not None
    assert found.batch.cost.expected == Decimal("0.31")


def test_a_workload_in_batches_is_counted_at_batch_prices() -> None:
    found = forecasted(workload(inference="batch"), prices={"source": PRICE, "target-1": _without_batch()})

    assert found.cost["source"].expected == Decimal("0.155")
    assert "batch" in found.unpriced[TARGET]
    assert found.batch.cost is None
    assert found.batch.unpriced == (TARGET,)


def _without_batch() -> Price:
    return Price(input=Decimal(1), output=Decimal(10), source="a list", date="2026-11-01")


def test_answers_are_as_long_as_the_recorded_ones_give_or_take_their_error() -> None:
    recorded = {SOURCE: TextLengths(mean=40.0, longest=140, count=100)}

    own, other = answer_length(SOURCE, recorded), answer_length(TARGET, recorded)

    # 40 * (140 - 40) = 4,000; its root 63.2; of a mean of 100: 6.32, and twice that
    assert own.expected == 40.0
    assert own.high == pytest.approx(52.65, abs=0.01)
    assert own.low == pytest.approx(27.35, abs=0.01)
    assert (other.low, other.expected, other.high) == (20.0, 40.0, 80.0)


def test_without_recordings_the_length_is_wide_and_says_so() -> None:
    nothing = answer_length(SOURCE, {})

    assert nothing.high / nothing.low == 16
    assert "factor of 4" in nothing.because


def test_thinking_may_take_all_that_is_allowed() -> None:
    thinking = {"model": SOURCE, "parameters": {"thinking": "high", "max_tokens": 5_000}}

    found = forecasted(workload(source=thinking, targets=[{"model": TARGET, "answers": "recorded"}]))

    assert found.output_tokens.high == 500_000
    assert any("thinks" in said for said in found.assumptions)


def test_minutes_follow_from_the_calls_at_once() -> None:
    found = forecasted(workload(limits={"concurrency": 4}))

    assert found.minutes.expected == pytest.approx(200 / 4 * 3 / 60)
    assert found.limited_by == "4 calls at once"


def test_a_scarce_quota_sets_the_minutes_with_the_burn_down_rate() -> None:
    found = forecasted(
        workload(limits={"quota_share": 0.25}), quotas={SOURCE: 8_000, TARGET: 10**9}, burndowns={SOURCE: 5}
    )

    # a call takes 100 + max(1,024, 300 * 5) = 1,600 tokens; 100 calls at 2,000 a minute
    assert found.minutes.expected == pytest.approx(80)
    assert found.minutes.low == pytest.approx(100 * (76 + 57 * 5) / 2_000)
    assert found.limited_by == f"25% of the 8,000 tokens per minute of {SOURCE}"


def test_two_contenders_of_one_model_share_its_quota() -> None:
    found = forecasted(workload(targets=[{"model": SOURCE}]), quotas={SOURCE: 2_000})

    assert found.minutes.expected == pytest.approx(200 * 1_124 / 1_000)


def test_no_more_workers_are_paid_than_the_quota_keeps_busy() -> None:
    free = forecasted(workload(limits={"concurrency": 1_000}))
    bound = forecasted(workload(limits={"concurrency": 1_000}), quotas={SOURCE: 100_000})

    # 100 calls of 1,124 tokens at half of the quota: 2.248 minutes, and as many of the target beside them; a call
    # takes 0.2 minutes at most: 200 * 0.2 / 2.248 = 17.8
    assert free.calls_at_once == 1_000
    assert bound.calls_at_once == 18
    assert bound.engine is not None
    assert bound.engine.side_by_side == 2


def test_a_forecast_survives_its_way_through_json() -> None:
    found = forecasted(prices={"source": PRICE})
    form = TypeAdapter(Forecast)

    assert form.validate_json(form.dump_json(found)) == found


@given(
    mean=st.floats(0, 10_000),
    longer=st.integers(0, 10_000),
    count=st.integers(1, 1_000),
    recorded=st.none()
    | st.builds(TextLengths, mean=st.floats(0, 5_000), longest=st.just(5_000), count=st.integers(1, 9)),
    quota=st.none() | st.integers(1, 10**7),
    scorer=st.sampled_from([PAIRS, {"name": "right", "type": "exact"}]),
)
def test_what_is_expected_lies_between_the_ends(  # noqa: PLR0917 - each is drawn
    mean: float, longer: int, count: int, recorded: TextLengths | None, quota: int | None, scorer: Any
) -> None:
    found = forecasted(
        workload(scorers=[scorer]),
        prompt_characters=TextLengths(mean=mean, longest=int(mean) + longer, count=count),
        answer_characters={SOURCE: recorded} if recorded else {},
        quotas={TARGET: quota} if quota else {},
    )

    for ends in (found.input_tokens, found.output_tokens, found.known_cost, found.minutes):
        assert ends.low <= ends.expected <= ends.high


def budgeted(budget: str, *, unpriced: bool = False) -> tuple[str, str]:
    cost = MoneyRange(low=Decimal(1), expected=Decimal(3), high=Decimal(9))
    expected = Forecast(calls=1, cost={"source": cost}, unpriced={TARGET: "nobody says"} if unpriced else {})

    check = budget_check(Limits(budget_usd=Decimal(budget)), expected)

    assert check is not None
    return check.status, check.detail


@pytest.mark.parametrize(
    ("budget", "status"),
    [("0", "refused"), ("0.09", "refused"), ("0.1", "warning"), ("1", "warning"), ("2.99", "warning"), ("3", "passed")],
)
def test_only_a_run_of_which_next_to_nothing_is_paid_is_refused(budget: str, status: str) -> None:
    assert budgeted(budget)[0] == status


def test_a_run_that_will_probably_end_at_the_cap_is_warned_of() -> None:
    assert "probably end at the cap" in budgeted("2")[1]


def test_the_cap_cannot_count_a_model_without_a_price_and_says_which() -> None:
    status, detail = budgeted("100", unpriced=True)

    assert status == "warning"
    assert TARGET in detail


def test_without_a_budget_nothing_is_checked() -> None:
    assert budget_check(Limits(), Forecast(calls=1)) is None
