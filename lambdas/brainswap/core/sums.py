"""What several requests took together, where all of it is known."""

from collections.abc import Sequence

from brainswap.core.answers import Usage


def sum_of(values: Sequence[float | None]) -> float | None:
    """None as soon as one of them is unknown."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def sum_of_usages(usages: Sequence[Usage | None]) -> Usage | None:
    """Tokens of all requests, each of which is kept to be priced by itself; None as soon as one is unknown."""
    known = [usage for usage in usages if usage is not None]
    if len(known) < len(usages):
        return None
    return Usage(
        input_tokens=sum(usage.input_tokens for usage in known),
        output_tokens=sum(usage.output_tokens for usage in known),
        cache_read_tokens=sum(usage.cache_read_tokens for usage in known),
        cache_write_tokens=sum(usage.cache_write_tokens for usage in known),
        estimated=any(usage.estimated for usage in known),
        rounds=tuple(request for usage in known for request in usage.rounds or (usage,)),
    )
