"""What a run will take, said before it takes anything, with how wrong that may be."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from brainswap.core.calls import Inference
from brainswap.core.decision.prospects import Prospect
from brainswap.core.declared_models import Parameters
from brainswap.core.money.costs import rates_of
from brainswap.core.money.engine import EngineForecast, engine_forecast
from brainswap.core.money.lengths import (
    CHARACTERS,
    FEWEST_CHARACTERS,
    MOST_CHARACTERS,
    Characters,
    TextLengths,
    answer_length,
    input_tokens,
    output_tokens,
)
from brainswap.core.money.prices import MILLION, Price
from brainswap.core.money.ranges import NO_MINUTES, NO_TOKENS, CountRange, MinutesRange, MoneyRange, total
from brainswap.core.sharding import ShardPlan, shard_plan
from brainswap.core.workload import DeclaredModel, Workload

SECONDS = MinutesRange(low=1 / 60, expected=3 / 60, high=12 / 60)  # of a call; 5, 50 and 95 % of 2,845 calls, 2023

_NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchForecast:
    """What batch inference would cost instead.

    Attributes:
        cost: None when a batch price is unknown.
        share: of what the same calls cost on demand; None when either is unknown.
        unpriced: the models whose batch price is unknown.
    """

    cost: MoneyRange | None = None
    share: Decimal | None = None
    unpriced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a run will take; retries are not counted, and answers that are cached already are counted as calls.

    Attributes:
        calls: to live models.
        most_input_tokens: what the input cannot exceed if every prompt were as long as the longest.
        cost: by purpose (``source``, ``targets``), of the models whose price is known.
        unpriced: the models whose price is unknown, with the reason; their calls are in no cost.
        minutes: of asking.
        limited_by: what sets the minutes, in words.
        calls_at_once: that are of use: no more than the workload allows, nor than the quotas keep busy.
        prospects: what each gate on scores can show with these cases, and how many it takes.
        engine: what the run takes of an account besides tokens; None without test cases.
        assumptions: what the figures rest on, a sentence each.
    """

    calls: int
    input_tokens: CountRange = NO_TOKENS
    output_tokens: CountRange = NO_TOKENS
    most_input_tokens: int = 0
    cost: Mapping[str, MoneyRange] = field(default_factory=dict)
    unpriced: Mapping[str, str] = field(default_factory=dict)
    batch: BatchForecast = BatchForecast()
    minutes: MinutesRange = NO_MINUTES
    limited_by: str = ""
    calls_at_once: int = 1
    prospects: tuple[Prospect, ...] = ()
    engine: EngineForecast | None = None
    assumptions: tuple[str, ...] = ()

    @property
    def smallest_difference(self) -> float | None:
        """The margin that the cases can show by the first scorer of a gate that has one, as `prospects` says."""
        return next((one.smallest for one in self.prospects if one.smallest is not None), None)

    @property
    def known_cost(self) -> MoneyRange:
        """Of the models whose price is known."""
        return total(self.cost.values())

    @property
    def cost_usd(self) -> Decimal | None:
        """What all calls are expected to cost; None when a price is unknown."""
        return None if self.unpriced else self.known_cost.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A live model with the tokens of its mean call."""

    slot: str
    declared: DeclaredModel
    parameters: Parameters
    answers: Characters
    put_in: CountRange
    got_out: CountRange

    @property
    def purpose(self) -> str:
        return "source" if self.slot == "source" else "targets"


def forecast(
    workload: Workload,
    *,
    test_cases: int,
    prompt_characters: TextLengths,
    answer_characters: Mapping[str, TextLengths],
    prices: Mapping[str, Price | None],
    unknown_because: Mapping[str, str | None] | None = None,
    quotas: Mapping[str, int] = _NONE,
    burndowns: Mapping[str, int] = _NONE,
) -> Forecast:
    """Forecast the evaluation of a workload.

    Args:
        workload: as declared; ``auto`` inference is counted as on demand.
        test_cases: cases that every contender answers.
        prompt_characters: of the rendered prompts.
        answer_characters: by name of a recording, where there are any.
        prices: by slot.
        unknown_because: by slot, why there is no price.
        quotas: tokens per minute by model id, where known.
        burndowns: quota tokens that one output token takes, by model id; 1 where left out.
    """
    asked = _asked(workload, prompt_characters, answer_characters)
    each = test_cases * workload.repeats
    inference: Inference = "batch" if workload.inference == "batch" else "on_demand"
    found = {one.slot: _cost(one, prices.get(one.slot), inference, each) for one in asked}
    cost: dict[str, MoneyRange] = {}
    unpriced: dict[str, str] = {}
    for one in asked:
        amount = found[one.slot]
        if isinstance(amount, MoneyRange):
            cost[one.purpose] = total([cost[one.purpose], amount]) if one.purpose in cost else amount
        else:
            unpriced[one.declared.model] = (unknown_because or {}).get(one.slot) or amount
    minutes, limited_by = _minutes(workload, asked, each, quotas, burndowns)
    calls_at_once = _calls_at_once(workload, each * len(asked), minutes)
    return Forecast(
        calls=each * len(asked),
        input_tokens=_times([one.put_in for one in asked], each),
        output_tokens=_times([one.got_out for one in asked], each),
        most_input_tokens=math.ceil(prompt_characters.longest / FEWEST_CHARACTERS) * each * len(asked),
        cost=cost,
        unpriced=unpriced,
        batch=_batch(asked, prices, each),
        minutes=minutes,
        limited_by=limited_by,
        calls_at_once=calls_at_once,
        engine=_engine(workload, asked, minutes, shard_plan(test_cases, calls_at_once)) if test_cases else None,
        assumptions=tuple(_assumptions(asked, prices, prompt_characters, inference)),
    )


def _asked(workload: Workload, prompts: TextLengths, recorded: Mapping[str, TextLengths]) -> list[_Asked]:
    asked = []
    for slot, declared in workload.slots.items():
        if declared.answers != "live":
            continue
        parameters = workload.parameters_of(declared)
        answers = answer_length(declared.recording, recorded)
        asked.append(
            _Asked(
                slot=slot,
                declared=declared,
                parameters=parameters,
                answers=answers,
                put_in=input_tokens(prompts),
                got_out=output_tokens(answers, parameters),
            )
        )
    return asked


def _cost(one: _Asked, price: Price | None, inference: Inference, calls: int) -> MoneyRange | str:
    """Of all calls to a model, or why it is unknown."""
    if price is None:
        return "no price is known"
    amounts = []
    tokens = (
        (one.put_in.low, one.got_out.low),
        (one.put_in.expected, one.got_out.expected),
        (one.put_in.high, one.got_out.high),
    )
    for put_in, got_out in tokens:
        rates = rates_of(
            price,
            inference=inference,
            tier=one.parameters.service_tier,
            optimised_latency=one.parameters.latency == "optimised",
            prompt_tokens=put_in,
        )
        if isinstance(rates, str):
            return rates
        amounts.append((put_in * rates.input + got_out * rates.output) * calls / MILLION)
    return MoneyRange(low=amounts[0], expected=amounts[1], high=amounts[2])


def _batch(asked: Sequence[_Asked], prices: Mapping[str, Price | None], calls: int) -> BatchForecast:
    in_batches = {one.slot: _cost(one, prices.get(one.slot), "batch", calls) for one in asked}
    on_demand = [_cost(one, prices.get(one.slot), "on_demand", calls) for one in asked]
    unpriced = [one.declared.model for one in asked if isinstance(in_batches[one.slot], str)]
    if unpriced or not asked:
        return BatchForecast(unpriced=tuple(dict.fromkeys(unpriced)))
    cost = total(amount for amount in in_batches.values() if isinstance(amount, MoneyRange))
    otherwise = total(amount for amount in on_demand if isinstance(amount, MoneyRange))
    comparable = otherwise.expected > 0 and not any(isinstance(amount, str) for amount in on_demand)
    return BatchForecast(cost=cost, share=cost.expected / otherwise.expected if comparable else None)


def _minutes(
    workload: Workload,
    asked: Sequence[_Asked],
    calls: int,
    quotas: Mapping[str, int],
    burndowns: Mapping[str, int],
) -> tuple[MinutesRange, str]:
    """How long asking takes: as long as the calls in flight need, or the scarcest quota if that needs longer."""
    concurrency = workload.limits.concurrency
    waiting = calls * len(asked) / concurrency
    low, expected, high = waiting * SECONDS.low, waiting * SECONDS.expected, waiting * SECONDS.high
    limited_by = f"{concurrency} calls at once"
    for model in dict.fromkeys(one.declared.model for one in asked):
        quota = quotas.get(model)
        if not quota:
            continue
        usable = quota * workload.limits.quota_share
        burdens = [_burden(one, burndowns.get(model, 1)) for one in asked if one.declared.model == model]
        needed = calls * sum(burden.expected for burden in burdens) / usable
        low = max(low, calls * sum(burden.low for burden in burdens) / usable)
        high = max(high, calls * sum(burden.high for burden in burdens) / usable)
        if needed > expected:
            expected = needed
            limited_by = f"{workload.limits.quota_share:.0%} of the {quota:,} tokens per minute of {model}"
    return MinutesRange(low=low, expected=expected, high=high), limited_by


def _burden(one: _Asked, burndown: int) -> CountRange:
    """Tokens that a call takes of a quota: what it reserves when it starts, or what it used if that is more.

    A call reserves its input and ``max_tokens``; it uses its input and its output times the burn-down rate, and what it
    reserved beyond that is given back when it ends (Amazon Bedrock User Guide, token quotas, 2026). At best nothing
    waits for what is reserved.
    """
    reserved = one.parameters.max_tokens
    return CountRange(
        low=one.put_in.low + one.got_out.low * burndown,
        expected=one.put_in.expected + max(reserved, one.got_out.expected * burndown),
        high=one.put_in.high + max(reserved, one.got_out.high * burndown),
    )


def _calls_at_once(workload: Workload, calls: int, minutes: MinutesRange) -> int:
    """Workers that wait for a quota are paid as well, so there are as many as slow calls would keep busy."""
    allowed = workload.limits.concurrency
    return min(allowed, max(1, math.ceil(calls * SECONDS.high / minutes.expected))) if calls else allowed


def _engine(workload: Workload, asked: Sequence[_Asked], minutes: MinutesRange, plan: ShardPlan) -> EngineForecast:
    return engine_forecast(
        plan,
        live=len(asked),
        recorded=len(workload.targets) + 1 - len(asked),
        repeats=workload.repeats,
        asking_minutes=minutes.expected,
        answer_bytes=max((one.answers.expected for one in asked), default=0.0),
    )


def _times(tokens: Sequence[CountRange], calls: int) -> CountRange:
    return CountRange(
        low=calls * sum(each.low for each in tokens),
        expected=calls * sum(each.expected for each in tokens),
        high=calls * sum(each.high for each in tokens),
    )


def _assumptions(
    asked: Sequence[_Asked], prices: Mapping[str, Price | None], prompts: TextLengths, inference: Inference
) -> list[str]:
    said = []
    if asked:
        said.append(
            f"a token has {CHARACTERS:g} characters ({FEWEST_CHARACTERS:g} to {MOST_CHARACTERS:g}, in Latin script)"
        )
        lengths = dict.fromkeys(one.answers.because for one in asked)
        said += [f"answers are {length}" for length in lengths]
        said.append(
            f"a call takes {60 * SECONDS.expected:g} seconds ({60 * SECONDS.low:g} to {60 * SECONDS.high:g})"
            if inference == "on_demand"
            else "minutes are those of asking on demand; a batch job may take a day"
        )
        said.append("no call is repeated, and no answer is known already")
    if any(one.parameters.thinking != "off" for one in asked):
        said.append("what a model thinks before it answers counts in the high end alone")
    for one in asked:
        price = prices.get(one.slot)
        if price and price.long and prompts.longest / FEWEST_CHARACTERS > price.long.above:
            said.append(f"prompts above {price.long.above:,} tokens cost more at {one.declared.model}")
    return said
