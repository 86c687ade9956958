"""The cost of answers, exact to the last decimal."""

from decimal import Decimal

from brainswap.core.answers import Usage
from brainswap.core.money.prices import MILLION, Price


def cost_usd(usage: Usage, price: Price) -> Decimal:
    """What one call costs; cached tokens at the input's price where the table has no price of their own."""
    cache_read = price.input if price.cache_read is None else price.cache_read
    cache_write = price.input if price.cache_write is None else price.cache_write
    return (
        usage.input_tokens * price.input
        + usage.output_tokens * price.output
        + usage.cache_read_tokens * cache_read
        + usage.cache_write_tokens * cache_write
    ) / MILLION


def estimated_tokens(characters: int) -> int:
    """Tokens of a text that nobody counted: four characters each, rounded up, the vendors' own rule of thumb."""
    return -(-characters // 4)
