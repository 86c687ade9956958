"""Forecast figures with what they may turn out to be."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRange:
    """A number of tokens."""

    low: int
    expected: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRange:
    """US dollars."""

    low: Decimal
    expected: Decimal
    high: Decimal

    def __add__(self, other: "MoneyRange") -> "MoneyRange":
        return MoneyRange(
            low=self.low + other.low, expected=self.expected + other.expected, high=self.high + other.high
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesRange:
    """Minutes of asking."""

    low: float
    expected: float
    high: float


NO_TOKENS = CountRange(low=0, expected=0, high=0)
NO_MINUTES = MinutesRange(low=0.0, expected=0.0, high=0.0)
NOTHING = MoneyRange(low=Decimal(0), expected=Decimal(0), high=Decimal(0))


def total(amounts: Iterable[MoneyRange]) -> MoneyRange:
    """The sum; nothing for no amounts. Ends are added as though all errors went the same way."""
    return sum(amounts, NOTHING)
