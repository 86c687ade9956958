"""What a report says of those who rewrote prompts: what they took, and who they were."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from brainswap.contracts import Optimising, Rewriting
from brainswap.core.answers import Origin

IMPROVING = "improving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Improving:
    """What making prompts took in a whole run; ``usd`` is None where a part of it is unknown."""

    calls: int = 0
    cached: int = 0
    usd: Decimal | None = Decimal(0)
    origins: frozenset[Origin] = frozenset()

    def costs(self) -> dict[str, list[Decimal | None]]:
        """In US dollars, by purpose; nothing where nobody was asked."""
        return {IMPROVING: [self.usd]} if self.calls or self.cached else {}


def improving_of(taken: Iterable[Rewriting | Optimising]) -> Improving:
    """Add up what rewriters and searches took."""
    every = list(taken)
    known = [one.usd for one in every if one.usd is not None]
    return Improving(
        calls=sum(one.calls for one in every),
        cached=sum(one.cached for one in every),
        usd=sum(known, Decimal(0)) if len(known) == len(every) else None,
        origins=frozenset(origin for one in every for origin in one.origins),
    )


def improving_warnings(improving: Improving) -> Iterator[str]:
    """What a reader has to know before taking a rewritten prompt for one that a model wrote."""
    if Origin.SIMULATED in improving.origins:
        yield "prompts were rewritten by SIMULATED models: what they are like says nothing about any model's rewriting"
