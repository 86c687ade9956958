"""The cost of answers, exact to the last decimal."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from brainswap.core.answers import Usage
from brainswap.core.calls import Inference, ServiceTier, Settings
from brainswap.core.money.prices import MILLION, Price, Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What something costs in US dollars; None, with the reason, where a part of it is unknown."""

    usd: Decimal | None
    reason: str | None = None


def cost_usd(
    usage: Usage,
    price: Price,
    *,
    inference: Inference,
    tier: ServiceTier | None,
    optimised_latency: bool = False,
) -> Cost:
    """What one call costs, each kind of token at a price of its own.

    A price that the call needs and that nobody tells makes the cost unknown; another price never stands in for it.

    Args:
        usage: its input tokens are those that were neither read from nor written to a cache.
        price: of the model.
        inference: on demand or in a batch.
        tier: that was asked for; None is the default one.
        optimised_latency: whether the call asked for latency-optimised inference.
    """
    if usage.rounds:
        each = [
            cost_usd(one, price, inference=inference, tier=tier, optimised_latency=optimised_latency)
            for one in usage.rounds
        ]
        unknown = next((cost for cost in each if cost.usd is None), None)
        return unknown or Cost(usd=sum((cost.usd for cost in each if cost.usd is not None), Decimal(0)))
    prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    rates = rates_of(price, inference=inference, tier=tier, optimised_latency=optimised_latency, prompt_tokens=prompt)
    if isinstance(rates, str):
        return Cost(usd=None, reason=rates)
    usd = usage.input_tokens * rates.input + usage.output_tokens * rates.output
    cached = (
        (usage.cache_read_tokens, rates.cache_read, "tokens read from a cache"),
        (usage.cache_write_tokens, rates.cache_write, "tokens written to a cache"),
    )
    for tokens, rate, words in cached:
        if tokens and rate is None:
            return Cost(usd=None, reason=f"{price.source} tells no price of {words}")
        usd += tokens * (rate or 0)
    return Cost(usd=usd / MILLION)


def cost_of_calls(
    price: Price | None, settings: Settings, *, inference: Inference = "on_demand"
) -> Callable[[Usage], Decimal | None] | None:
    """What an answer to a call with these settings costs; None without a price."""
    if price is None:
        return None
    return lambda usage: (
        cost_usd(
            usage,
            price,
            inference=inference,
            tier=settings.service_tier,
            optimised_latency=settings.optimised_latency,
        ).usd
    )


def rates_of(
    price: Price,
    *,
    inference: Inference,
    tier: ServiceTier | None,
    optimised_latency: bool = False,
    prompt_tokens: int = 0,
) -> Rates | str:
    """The rates of one way of asking, or why they are unknown."""
    chosen = _chosen(price, inference=inference, tier=tier, optimised_latency=optimised_latency)
    if isinstance(chosen, str) or price.long is None or prompt_tokens <= price.long.above:
        return chosen
    if inference == "batch" or tier in ("flex", "priority"):
        way = "in a batch" if inference == "batch" else f"in the tier {tier}"
        return f"{price.source} tells no price of prompts above {price.long.above:,} tokens {way}"
    return price.long.rates


def _chosen(price: Price, *, inference: Inference, tier: ServiceTier | None, optimised_latency: bool) -> Rates | str:
    if optimised_latency:
        return f"{price.source} tells no price of latency-optimised inference"
    if inference == "batch":
        if price.batch_input is None or price.batch_output is None:
            return f"{price.source} tells no price of batch inference"
        return Rates(input=price.batch_input, output=price.batch_output)
    if tier == "reserved":
        return "the tier reserved is paid by the month, not by the token"
    if tier in ("flex", "priority"):
        return (price.flex if tier == "flex" else price.priority) or f"{price.source} tells no price of the tier {tier}"
    return Rates(input=price.input, output=price.output, cache_read=price.cache_read, cache_write=price.cache_write)


def estimated_tokens(characters: int) -> int:
    """Tokens of a text that nobody counted: four characters each, rounded up, the vendors' own rule of thumb."""
    return -(-characters // 4)
