"""What is known of a prompt that was tried: how it did on which case, and what a call with it takes."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from brainswap.core.optimising.results import Outcome
from brainswap.core.prompts.template import Prompt

PER_DOUBLING_OF_COST = 0.01  # of quality, which a prompt has to win for each doubling of what a call costs …
PER_DOUBLING_OF_LATENCY = 0.005  # … and of how long it takes
OUTPUT_TOKENS = 4.0  # input tokens that one output token is worth where no price is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A case of the training split that a prompt shows, with an answer that was right.

    Attributes:
        turn: the user's turn as it was asked.
        given: the values of its placeholders alone.
    """

    case_id: str
    turn: str
    given: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a call takes in the mean.

    Attributes:
        cost: in US dollars, or in tokens where a price is unknown; only ratios of it mean anything.
    """

    cost: float
    latency_ms: float | None


@dataclass(slots=True, kw_only=True, eq=False)
class Trial:
    """A prompt that is tried, with what it has shown so far.

    Attributes:
        name: unique in a search.
        by: who proposed it.
        prompt: with the examples that it shows.
        bare: without them.
        examples: that it shows; their cases say nothing about it.
        parents: names of the trials that it was made from.
        what: it changes, in a sentence.
        known: what it did, by case.
    """

    name: str
    by: str
    prompt: Prompt
    bare: Prompt
    examples: tuple[Example, ...] = ()
    parents: tuple[str, ...] = ()
    what: str = ""
    known: dict[str, Outcome] = field(default_factory=dict)

    @property
    def shown(self) -> frozenset[str]:
        return frozenset(example.case_id for example in self.examples)

    def on(self, cases: Iterable[str]) -> list[Outcome]:
        """The outcomes of those cases that are known and scored."""
        return [self.known[case] for case in cases if case in self.known and self.known[case].quality is not None]


def quality(outcomes: Collection[Outcome], weights: Mapping[str, float]) -> float:
    """The mean quality, each case with its weight; 0 for no outcomes."""
    total = sum(weights.get(one.case_id, 1.0) for one in outcomes if one.quality is not None)
    summed = sum(weights.get(one.case_id, 1.0) * one.quality for one in outcomes if one.quality is not None)
    return summed / total if total else 0.0


def taken(outcomes: Collection[Outcome]) -> Taken | None:
    """What a call takes; None where no call was answered."""
    calls = [one for one in outcomes if one.input_tokens or one.output_tokens]
    if not calls:
        return None
    priced = all(one.usd is not None for one in calls)
    costs = [float(one.usd or 0) if priced else one.input_tokens + OUTPUT_TOKENS * one.output_tokens for one in calls]
    latencies = sorted(one.latency_ms for one in calls if one.latency_ms is not None)
    return Taken(
        cost=sum(costs) / len(costs),
        latency_ms=latencies[len(latencies) // 2] if len(latencies) == len(calls) else None,
    )


def price_of_growth(now: Taken | None, before: Taken | None) -> float:
    """The quality that a prompt has to win for costing more and taking longer; never below 0.

    What is cheaper earns nothing: a saving is no evidence that answers are better.
    """
    if now is None or before is None:
        return 0.0
    owed = PER_DOUBLING_OF_COST * _doublings(now.cost, before.cost)
    if now.latency_ms is not None and before.latency_ms is not None:
        owed += PER_DOUBLING_OF_LATENCY * _doublings(now.latency_ms, before.latency_ms)
    return owed


def _doublings(now: float, before: float) -> float:
    return max(0.0, math.log2(now / before)) if now > 0 and before > 0 else 0.0
