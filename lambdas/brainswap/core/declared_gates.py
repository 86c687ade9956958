"""Gates, as a workload declares them: the conditions of a migration, written down before any answer exists."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from brainswap.core.declared_models import Declared

Tier = Literal["critical", "supporting", "advisory"]
Labels = Literal["use", "ignore"]
"""Whether people's labels of a scorer's answers decide a gate on it, where they carry a correction."""
Measure = Literal["cost", "latency_p50", "latency_p95"]


class DeclaredGate(Declared):
    """A condition, and what it weighs.

    Attributes:
        tier: ``critical``: the verdict is migrate only if it passes. ``supporting``: it holds a target when it fails,
            and leaves nothing open when it cannot be told. ``advisory``: it is reported and decides nothing.
    """

    tier: Tier = "critical"


class NotWorse(DeclaredGate):
    """The target's score is not lower than the source's by ``margin`` or more."""

    scorer: str
    rule: Literal["not_worse"]
    margin: float = Field(gt=0, lt=1)
    labels: Labels = "use"


class Better(DeclaredGate):
    """The target's score is higher than the source's, by more than ``by``."""

    scorer: str
    rule: Literal["better"]
    by: float = Field(default=0.0, ge=0, lt=1)
    labels: Labels = "use"


class AtLeast(DeclaredGate):
    """The target's own score is at least ``value``, whatever the source's is."""

    scorer: str
    rule: Literal["at_least"]
    value: float = Field(gt=0, lt=1)
    labels: Labels = "use"


OnScore = NotWorse | Better | AtLeast
"""What people's labels of a scorer's answers may decide."""


class AtMost(DeclaredGate):
    """The target costs, or takes, at most ``ratio`` times what the source does, or at most an amount of its own.

    Attributes:
        ratio: target over source.
        usd_per_1000_requests: the most that 1,000 requests may cost; for ``cost`` alone.
        ms: the longest that the percentile may be; for latencies alone.
    """

    measure: Measure
    rule: Literal["at_most"]
    ratio: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    usd_per_1000_requests: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    ms: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        own = "usd_per_1000_requests" if self.measure == "cost" else "ms"
        other = "ms" if self.measure == "cost" else "usd_per_1000_requests"
        if getattr(self, other) is not None:
            raise ValueError(f"{self.measure} is not measured in `{other}`; give either ratio or {own}")
        if (self.ratio is None) == (getattr(self, own) is None):
            raise ValueError(f"give either ratio or {own}")
        return self


class NoneLost(DeclaredGate):
    """No critical case that the source gets right is lost; by one scorer, or by each where it is left out."""

    cases: Literal["critical"]
    rule: Literal["none_lost"]
    scorer: str | None = None


class NoSegmentWorse(DeclaredGate):
    """In no segment is the target's score lower than the source's by ``margin`` or more.

    Attributes:
        min_cases: segments with fewer cases are taken together as one.
    """

    scorer: str
    rule: Literal["no_segment_worse"]
    margin: float = Field(gt=0, lt=1)
    min_cases: int = Field(default=1, ge=1)


Gate = Annotated[
    NotWorse | Better | AtLeast | AtMost | NoneLost | NoSegmentWorse,
    Field(discriminator="rule"),
]
