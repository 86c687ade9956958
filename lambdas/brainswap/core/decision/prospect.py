"""What gates can show with the cases that there are, and how soon, as it is kept with a run."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """One gate, and the target that it is hardest to show for.

    Attributes:
        gate: what has to be shown.
        scorer: that it looks at.
        power: the probability of showing it with the cases that there are, if it is true as ``because`` says.
        cases: that it takes for a probability of 80 %; None where no number would do.
        smallest: the margin that the cases can show with 80 %; None for a gate without one.
        cost_usd: of asking so many cases; None where that is unknown.
        confidence: at which the gate has to be shown, the workload's error being shared by all decisions (`holm`).
        because: what is taken to be true, and from where.
    """

    gate: str
    scorer: str
    power: float
    cases: int | None
    smallest: float | None
    cost_usd: Decimal | None
    confidence: float
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCalls:
    """How many calls looks on the way are expected to leave.

    Attributes:
        looks: that there are at the most.
        most: calls, of a run that goes to the end.
        expected: calls in the mean.
        because: what is taken to be true, and from where.
    """

    looks: int
    most: int
    expected: int
    because: str
