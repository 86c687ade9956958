"""What a run will take, said before it takes anything, with how wrong that may be."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from brainswap.core.calls import Inference
from brainswap.core.money.asked import REASON, Asked, who_answers, who_judges, who_rewrites
from brainswap.core.money.costs import rates_of
from brainswap.core.money.engine import engine_forecast
from brainswap.core.money.forecasts import BatchForecast, EngineForecast, Forecast
from brainswap.core.money.lengths import CHARACTERS, FEWEST_CHARACTERS, MOST_CHARACTERS, TextLengths
from brainswap.core.money.prices import MILLION, Price
from brainswap.core.money.ranges import CountRange, MinutesRange, MoneyRange, total
from brainswap.core.money.searching import who_improves
from brainswap.core.money.step_lengths import StepLengths
from brainswap.core.rollout.feasibility import most_judged
from brainswap.core.sharding import ShardPlan, shard_plan
from brainswap.core.workload import Workload

SECONDS = MinutesRange(low=1 / 60, expected=3 / 60, high=12 / 60)  # of a call; 5, 50 and 95 % of 2,845 calls, 2023

_NONE: Mapping[str, int] = MappingProxyType({})


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
    train_cases: int = 0,
    validation_cases: int = 0,
    steps: Sequence[StepLengths] = (),
) -> Forecast:
    """Forecast the evaluation of a workload.

    Args:
        workload: as declared; ``auto`` inference is counted as on demand.
        test_cases: cases that every contender answers.
        prompt_characters: of the rendered prompts.
        answer_characters: by name of a recording, where there are any.
        prices: by slot, of those who answer and of those who judge.
        unknown_because: by slot, why there is no price.
        quotas: tokens per minute by model id, where known.
        burndowns: quota tokens that one output token takes, by model id; 1 where left out.
        train_cases: on which prompts are improved.
        validation_cases: on which improved prompts are chosen.
        steps: of a chain, the calls that a case takes; left out where it takes one.
    """
    calls = steps or [StepLengths(prompts=prompt_characters, recorded=answer_characters)]
    answering = who_answers(workload, cases=test_cases, steps=calls)
    judging = who_judges(workload, cases=test_cases, prompts=calls[-1].prompts, recorded=answer_characters)
    rewriting = [one for call in calls for one in who_rewrites(workload, prompts=call.prompts)]
    searching = who_improves(
        workload,
        train=train_cases,
        validation=validation_cases,
        prompts=prompt_characters,
        steps=calls,
    )
    asked = [*answering, *judging, *rewriting, *searching]
    inference: Inference = "batch" if workload.inference == "batch" and not steps else "on_demand"
    found = [_cost(one, prices.get(one.slot), inference) for one in answering]
    found += [_cost(one, prices.get(one.slot), "on_demand") for one in (*judging, *rewriting, *searching)]
    cost: dict[str, MoneyRange] = {}
    unpriced: dict[str, str] = dict(_unpriced_optimisers(workload))
    for one, amount in zip(asked, found, strict=True):
        if isinstance(amount, MoneyRange):
            cost[one.purpose] = total([cost[one.purpose], amount]) if one.purpose in cost else amount
        else:
            unpriced[one.model] = (unknown_because or {}).get(one.slot) or amount
    minutes, limited_by = _minutes(workload, asked, quotas, burndowns)
    calls_at_once = _calls_at_once(workload, sum(one.calls for one in asked), minutes)
    plan = shard_plan(test_cases, calls_at_once, looks=workload.stopping.looks if workload.stopping else 1)
    return Forecast(
        calls=sum(one.calls for one in asked),
        input_tokens=_all_calls(asked, [one.put_in for one in asked]),
        output_tokens=_all_calls(asked, [one.got_out for one in asked]),
        most_input_tokens=sum(one.calls * one.most_put_in for one in asked),
        cost=cost,
        unpriced=unpriced,
        batch=_batch(answering, prices),
        minutes=minutes,
        limited_by=limited_by,
        calls_at_once=calls_at_once,
        judging_live=_judging_live(workload, judging, prices),
        engine=_engine(workload, answering, judging, minutes, plan) if test_cases else None,
        assumptions=tuple(
            _assumptions(workload, answering, judging, prices, prompt_characters, in_batches=inference == "batch")
        ),
    )


def _judging_live(
    workload: Workload, judging: Sequence[Asked], prices: Mapping[str, Price | None]
) -> MoneyRange | None:
    """Of as many live answers as a roll-out may have judged, each as long as those of the cases."""
    most, judge = most_judged(workload), workload.rollout.judge if workload.rollout is not None else None
    if most is None or judge is None:
        return None
    seats = [one for one in judging if one.slot.rpartition("/")[0] == judge.scorer]
    calls = [replace(one, calls=most.calls // len(seats)) for one in seats]
    found = [_cost(one, prices.get(one.slot), "on_demand") for one in calls]
    amounts = [amount for amount in found if isinstance(amount, MoneyRange)]
    return total(amounts) if amounts and len(amounts) == len(found) else None


def _unpriced_optimisers(workload: Workload) -> Iterator[tuple[str, str]]:
    """What Amazon Bedrock's own optimisers take is known to nobody beforehand."""
    if not any(target.answers == "live" for target in workload.targets):
        return
    if "optimize_prompt" in workload.rewriters:
        yield "OptimizePrompt", "no source tells what it costs"
    if "prompt_optimization_job" in workload.rewriters:
        yield (
            "Advanced Prompt Optimization",
            "a job is paid by the tokens of its calls, and how many it makes is the service's to decide",
        )


def _cost(one: Asked, price: Price | None, inference: Inference) -> MoneyRange | str:
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
        amounts.append((put_in * rates.input + got_out * rates.output) * one.calls / MILLION)
    return MoneyRange(low=amounts[0], expected=amounts[1], high=amounts[2])


def _batch(asked: Sequence[Asked], prices: Mapping[str, Price | None]) -> BatchForecast:
    if len({one.slot for one in asked}) < len(asked):  # a step waits for those before it, which no batch job does
        return BatchForecast()
    in_batches = {one.slot: _cost(one, prices.get(one.slot), "batch") for one in asked}
    on_demand = [_cost(one, prices.get(one.slot), "on_demand") for one in asked]
    unpriced = [one.model for one in asked if isinstance(in_batches[one.slot], str)]
    if unpriced or not asked:
        return BatchForecast(unpriced=tuple(dict.fromkeys(unpriced)))
    cost = total(amount for amount in in_batches.values() if isinstance(amount, MoneyRange))
    otherwise = total(amount for amount in on_demand if isinstance(amount, MoneyRange))
    comparable = otherwise.expected > 0 and not any(isinstance(amount, str) for amount in on_demand)
    return BatchForecast(cost=cost, share=cost.expected / otherwise.expected if comparable else None)


def _minutes(
    workload: Workload,
    asked: Sequence[Asked],
    quotas: Mapping[str, int],
    burndowns: Mapping[str, int],
) -> tuple[MinutesRange, str]:
    """How long asking takes: as long as the calls in flight need, or the scarcest quota if that needs longer."""
    concurrency = workload.limits.concurrency
    waiting = sum(one.calls for one in asked) / concurrency
    low, expected, high = waiting * SECONDS.low, waiting * SECONDS.expected, waiting * SECONDS.high
    limited_by = f"{concurrency} calls at once"
    for model in dict.fromkeys(one.model for one in asked):
        quota = quotas.get(model)
        if not quota:
            continue
        usable = quota * workload.limits.quota_share
        of_model = [one for one in asked if one.model == model]
        burden = _all_calls(of_model, [_burden(one, burndowns.get(model, 1)) for one in of_model])
        needed = burden.expected / usable
        low = max(low, burden.low / usable)
        high = max(high, burden.high / usable)
        if needed > expected:
            expected = needed
            limited_by = f"{workload.limits.quota_share:.0%} of the {quota:,} tokens per minute of {model}"
    return MinutesRange(low=low, expected=expected, high=high), limited_by


def _burden(one: Asked, burndown: int) -> CountRange:
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


def _engine(
    workload: Workload, answering: Sequence[Asked], judging: Sequence[Asked], minutes: MinutesRange, plan: ShardPlan
) -> EngineForecast:
    slots = dict.fromkeys(one.slot for one in answering)
    return engine_forecast(
        plan,
        live=sum(workload.most_prompts_of(workload.slots[slot]) for slot in slots),
        recorded=len(workload.targets) + 1 - len(slots),
        steps=max(1, len(workload.step_names)),
        judged=bool(workload.judges),
        judgements=sum(one.calls for one in judging),
        repeats=workload.repeats,
        asking_minutes=minutes.expected,
        answer_bytes=max((one.answers.expected for one in (*answering, *judging)), default=0.0),
    )


def _all_calls(asked: Sequence[Asked], tokens: Sequence[CountRange]) -> CountRange:
    """Tokens of all calls, from those of one of each."""
    pairs = list(zip(asked, tokens, strict=True))
    return CountRange(
        low=sum(one.calls * each.low for one, each in pairs),
        expected=sum(one.calls * each.expected for one, each in pairs),
        high=sum(one.calls * each.high for one, each in pairs),
    )


def _assumptions(
    workload: Workload,
    answering: Sequence[Asked],
    judging: Sequence[Asked],
    prices: Mapping[str, Price | None],
    prompts: TextLengths,
    *,
    in_batches: bool,
) -> list[str]:
    asked = [*answering, *judging]
    said = []
    if asked:
        said.append(
            f"a token has {CHARACTERS:g} characters ({FEWEST_CHARACTERS:g} to {MOST_CHARACTERS:g}, in Latin script)"
        )
        lengths = dict.fromkeys(one.answers.because for one in answering)
        said += [f"answers are {length}" for length in lengths]
        if workload.step_names:
            said.append(
                f"every case goes through all {len(workload.step_names)} steps, and a part of an answer that a later "
                "step shows is as long as the whole"
            )
        said.append(
            f"a call takes {60 * SECONDS.expected:g} seconds ({60 * SECONDS.low:g} to {60 * SECONDS.high:g})"
            if not in_batches
            else "minutes are those of asking on demand; a batch job may take a day"
        )
        if judging:
            said.append(
                f"a judge reads as much as the model whose answer it judges, the answer and its own instructions, and "
                f"gives reasons of {REASON.expected:g} characters ({REASON.low:g} to {REASON.high:g})"
            )
        if any(workload.most_prompts_of(target) > 1 for target in workload.targets):
            said.append("every target gets every prompt that is asked for; where one does not, there are fewer calls")
        if workload.rewriters and any(target.answers == "live" for target in workload.targets):
            said.append("prompts are rewritten on demand, never in batches")
        said.append("no call is repeated, and no answer is known already")
    if any(one.parameters.thinking != "off" for one in asked):
        said.append("what a model thinks before it answers counts in the high end alone")
    for one in asked:
        price = prices.get(one.slot)
        if price and price.long and prompts.longest / FEWEST_CHARACTERS > price.long.above:
            said.append(f"prompts above {price.long.above:,} tokens cost more at {one.model}")
    return said
