"""What a run will take, said before it takes anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from brainswap.core.answers import Usage
from brainswap.core.money.costs import cost_usd, estimated_tokens
from brainswap.core.money.prices import Price
from brainswap.core.statistics.power import detectable_difference_binary
from brainswap.core.workload import Workload

ASSUMED_OUTPUT_CHARACTERS = 1200  # of an answer, where no recording tells
ASSUMED_SECONDS = 3.0  # of one call
ASSUMED_DISCORDANCE = 0.2  # share of cases on which two models differ, where nothing tells
POWER = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a run will take; ``cost_usd`` is None when a price is unknown.

    Attributes:
        calls: to live models, without any answer from the cache.
        smallest_difference: the margin at which a target that is as good as the source passes with a power of 80 %;
            None without test cases.
        assumptions: what the figures rest on, a sentence each.
    """

    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    minutes: float
    smallest_difference: float | None
    assumptions: tuple[str, ...]


def forecast(
    workload: Workload,
    *,
    test_cases: int,
    mean_prompt_characters: float,
    mean_answer_characters: Mapping[str, float],
    prices: Mapping[str, Price | None],
) -> Forecast:
    """Forecast the evaluation of a workload.

    Args:
        workload: as declared.
        test_cases: cases that every contender answers.
        mean_prompt_characters: of a rendered prompt.
        mean_answer_characters: by name of a recording, where there are any.
        prices: by model id.
    """
    live = [model for model in (workload.source, *workload.targets) if model.answers == "live"]
    calls_each = test_cases * workload.repeats
    input_each = estimated_tokens(round(mean_prompt_characters)) * calls_each
    known = [value for value in mean_answer_characters.values() if value > 0]
    answer_characters = sum(known) / len(known) if known else ASSUMED_OUTPUT_CHARACTERS
    costs: list[Decimal | None] = []
    output_tokens = 0
    for model in live:
        most = workload.parameters_of(model).max_tokens
        output_each = min(estimated_tokens(round(answer_characters)), most) * calls_each
        output_tokens += output_each
        price = prices.get(model.model)
        usage = Usage(input_tokens=input_each, output_tokens=output_each, estimated=True)
        costs.append(None if price is None else cost_usd(usage, price))
    calls = calls_each * len(live)
    return Forecast(
        calls=calls,
        input_tokens=input_each * len(live),
        output_tokens=output_tokens,
        cost_usd=_total(costs),
        minutes=calls * ASSUMED_SECONDS / workload.limits.concurrency / 60,
        smallest_difference=_smallest_difference(test_cases, workload.confidence),
        assumptions=_assumptions(answer_known=bool(known)),
    )


def _total(costs: Sequence[Decimal | None]) -> Decimal | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if len(known) == len(costs) else None


def _smallest_difference(cases: int, confidence: float) -> float | None:
    return detectable_difference_binary(cases, ASSUMED_DISCORDANCE, confidence, POWER) if cases else None


def _assumptions(*, answer_known: bool) -> tuple[str, ...]:
    length = "as long as the recorded ones" if answer_known else f"{ASSUMED_OUTPUT_CHARACTERS} characters long"
    return (
        f"answers are {length}, four characters a token",
        f"a call takes {ASSUMED_SECONDS:g} seconds",
        f"source and target differ on {ASSUMED_DISCORDANCE:.0%} of the cases",
    )
