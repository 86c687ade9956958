"""A forecast of scorers that call, as it is kept."""

from dataclasses import dataclass

from brainswap.core.money.ranges import MoneyRange


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingForecast:
    """What one scorer will take.

    Attributes:
        calls: at most: a text that two answers share is sent once, and what is known already is not sent at all.
        cost: of the tokens; None where a price is unknown, and where nothing is paid by the token.
        unpriced_because: why a price is unknown.
    """

    scorer: str
    type: str
    calls: int
    cost: MoneyRange | None = None
    unpriced_because: str | None = None
