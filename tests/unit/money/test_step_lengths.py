"""What the steps of a chain take, beforehand."""

from decimal import Decimal
from typing import Any

import pytest

from brainswap.core.money.forecast import forecast
from brainswap.core.money.forecasts import Forecast
from brainswap.core.money.lengths import TextLengths
from brainswap.core.money.step_lengths import StepLengths, calls_of_a_case
from brainswap.core.workload import Workload
from tests.fakes.chains import steps
from tests.unit.money.test_forecast import PRICES, PROMPTS, SOURCE, workload

NOTHING = TextLengths(mean=0.0, longest=0, count=100)
ANSWER = TextLengths(mean=80.0, longest=80, count=100)


def chain(**changed: Any) -> Workload:
    return workload(
        **{"prompt": {"steps": steps()}, "source": {"model": SOURCE, "parameters": {"max_tokens": 300}}, **changed}
    )


def lengths(**shows: int) -> list[StepLengths]:
    """Three steps of the usual prompt, whose answers are recorded, and of which the last shows others."""
    recorded = {SOURCE: ANSWER}
    return [
        StepLengths(step="classify", prompts=PROMPTS, recorded=recorded),
        StepLengths(step="draft", prompts=PROMPTS, recorded=recorded),
        StepLengths(step="check", prompts=PROMPTS, recorded=recorded, shows=shows),
    ]


def forecasted(declared: Workload, of: list[StepLengths], **changed: Any) -> Forecast:
    asked: dict[str, Any] = {
        "test_cases": 100,
        "prompt_characters": TextLengths(mean=1200.0, longest=2400, count=100),
        "answer_characters": {},
        "prices": PRICES,
        "steps": of,
        **changed,
    }
    return forecast(declared, **asked)


def test_every_step_of_every_contender_is_a_call() -> None:
    found = forecasted(chain(), lengths())

    assert found.calls == 100 * 2 * 3


def test_a_step_is_asked_with_its_own_limit_and_with_the_answers_that_it_shows() -> None:
    declared = chain()

    classify, draft, check = calls_of_a_case(declared, declared.source, lengths(draft=2))

    assert (classify.got_out.expected, draft.got_out.expected, check.got_out.expected) == (20, 20, 5)
    assert (classify.put_in.expected, check.put_in.expected) == (100, 100 + 2 * 20)
    assert check.most_put_in == 320 + 2 * 300


def test_the_cost_is_the_sum_over_the_steps() -> None:
    """By hand: 100 cases, 2 contenders, (300 + 20) tokens in and (20 + 20 + 5) out, at 1 and 10 dollars a million."""
    recorded = {SOURCE: ANSWER, "us.amazon.nova-lite-v1:0": ANSWER}
    of = [
        StepLengths(step=one.step, prompts=one.prompts, recorded=recorded, shows=one.shows) for one in lengths(draft=1)
    ]

    found = forecasted(chain(), of)

    assert sum(each.expected for each in found.cost.values()) == pytest.approx(
        Decimal(100 * 2 * (320 + 45 * 10)) / 1_000_000
    )


def test_a_quota_is_held_against_all_steps() -> None:
    plenty, scarce = (forecasted(chain(), lengths(), quotas={SOURCE: quota}) for quota in (10**9, 1_000))

    assert scarce.minutes.expected > plenty.minutes.expected
    assert scarce.minutes.expected == pytest.approx(100 * (300 + 20 + 300 + 5) / 500)


def test_chains_are_never_counted_as_batches() -> None:
    found = forecasted(chain(inference="batch"), lengths())

    assert found.batch.cost is None
    assert found.cost == forecasted(chain(), lengths()).cost


def test_the_engine_keeps_an_answer_for_every_step() -> None:
    one = forecasted(workload(), [])
    three = forecasted(chain(), lengths())

    assert one.engine is not None
    assert three.engine is not None
    assert three.engine.dynamodb_reads == 3 * one.engine.dynamodb_reads
    assert three.engine.shards == one.engine.shards


def test_a_search_counts_the_calls_of_all_steps() -> None:
    improved = {"methods": ["optimise"], "budget_calls": 600}

    found = forecasted(chain(improve=improved), lengths(), train_cases=50, validation_cases=50)
    plain = forecasted(workload(improve=improved), [], train_cases=50, validation_cases=50)

    evaluation = 100 * (3 + 3 * 2)
    assert plain.calls == 100 * 3 + 600
    assert found.calls - evaluation == 3 * (200 - 10) + 10
