"""How the Marketplace writes what a model costs: dimensions of a rate card, which end up in usage types."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from local.bedrock.tariff import BATCH, Direction, Rate, Sold

_COUNTS: dict[Direction, str] = {
    "input": "InputTokenCount",
    "output": "OutputTokenCount",
    "cache_read": "CacheReadInputTokenCount",
    "cache_write": "CacheWriteInputTokenCount",
}
_TOKENS: dict[Direction, str] = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write": "cache_write_tokens",
}
_WORDS: dict[Direction, str] = {
    "input": "Input Tokens",
    "output": "Output Tokens",
    "cache_read": "Cache Read Input Tokens",
    "cache_write": "Cache Write Input Tokens",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A line of a rate card.

    Attributes:
        name: such as ``USE1_InputTokenCount_Global`` or ``USE1_input_tokens_global_standard``.
        usd: for a million tokens.
    """

    name: str
    usd: Decimal
    description: str


def dimensions(sold: Sold) -> Iterator[Dimension]:
    """Tokens on demand and in batches; then a line that is no price of tokens, as every real card has some."""
    for rate in sold.rates:
        yield _dimension(sold, rate, batch=False)
        if rate.direction in ("input", "output"):
            yield _dimension(sold, rate, batch=True)
    yield Dimension(
        name=f"{sold.code}_Reserved_1Month_InputTPM_Geo",
        usd=next(iter(sold.rates)).usd * Decimal("0.06"),
        description="Input Tokens per Minute per Hour, 1 Month Reserved, Geo",
    )


def _dimension(sold: Sold, rate: Rate, *, batch: bool) -> Dimension:
    if sold.speaks_of_token_counts:
        ends = (_COUNTS[rate.direction], "Global" if rate.reach == "global" else "", "Batch" if batch else "")
    else:
        reach = "global" if rate.reach == "global" else ""
        ends = (_TOKENS[rate.direction], reach, "batch" if batch else "standard")
    # OpenAI's cards name no region.
    parts = (() if sold.model_id.startswith("openai.") else (sold.code,), ends)
    return Dimension(
        name="_".join(filter(None, (*parts[0], *parts[1]))),
        usd=rate.usd * BATCH if batch else rate.usd,
        description=f"Million {_WORDS[rate.direction]} {rate.reach.title()}{' Batch' if batch else ''}",
    )
