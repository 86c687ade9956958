"""How traffic moves, as a workload declares it: steps, the time of watching after each, and what sends it back."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from brainswap.core.declared_models import Declared

GuardMeasure = Literal["errors", "throttles", "format_failures", "slow", "thumbs_down", "judged_bad"]

ALL = 100
"""Per cent."""

MOST_SAMPLED = 1000
"""Answers of a variant that are judged after a bake."""

JUDGING_MINUTES = 30
"""That a judge has for the answers of a bake; what is not judged by then is not known."""

LONGEST_MINUTES = 13 * 24 * 60
"""Of a whole roll-out, should every step need every bake; its machine gives up a day later."""


class Guard(Declared):
    """What the target may do more often than the source.

    Attributes:
        margin: of the two shares, target less source.
    """

    measure: GuardMeasure
    margin: float = Field(gt=0, lt=1)


class Shadow(Declared):
    """The target asked beside the source, before any answer of its own is used.

    Attributes:
        percent: of the requests of the source that are asked again.
        minutes: of watching them.
        budget_usd: that asking again may cost, at the mean cost that was measured; counted across all processes.
    """

    percent: int = Field(default=10, ge=1, le=ALL)
    minutes: int = Field(default=60, ge=0, le=24 * 60)
    budget_usd: Decimal = Field(gt=0)


class OnlineJudge(Declared):
    """A judged scorer of the workload that looks at a sample of the answers to live requests.

    Attributes:
        scorer: its name; a ``rubric`` or a ``closed_qa`` that needs no reference, for live requests have none.
        good_from: the least score that counts as good.
        sample: how many answers of each variant are judged after a bake; with each further bake of a step so many more.
        budget_usd: that all judgements of the roll-out together may cost.
    """

    scorer: str
    good_from: float = Field(default=0.5, gt=0, le=1)
    sample: int = Field(default=100, ge=1, le=MOST_SAMPLED)
    budget_usd: Decimal = Field(gt=0)


class Rollout(Declared):
    """How traffic moves: percentages, and the minutes of watching after each.

    Attributes:
        bakes: how often a step is watched at the most before it has to be clear; one that is not clear then goes back.
        min_requests: of the target, and of the source, before a step is judged.
        confidence: with which traffic that need not go back stays, over all looks and guards together.
        slow_ms: what counts as slow, for a guard on ``slow``.
        shadow: a step before the first one, judged by the same guards.
        judge: who judges a sample of the answers, for a guard on ``judged_bad``; the application's own judgements where
            left out.
    """

    steps: tuple[Annotated[int, Field(ge=1, le=ALL)], ...] = (1, 10, 50, 100)
    bake_minutes: int = Field(default=30, ge=0, le=24 * 60)
    bakes: int = Field(default=2, ge=1, le=10)
    min_requests: int = Field(default=100, ge=1)
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    slow_ms: int | None = Field(default=None, ge=1)
    shadow: Shadow | None = None
    judge: OnlineJudge | None = None
    guards: tuple[Guard, ...] = Field(
        default=(
            Guard.model_construct(measure="errors", margin=0.02),
            Guard.model_construct(measure="throttles", margin=0.02),
        ),
        min_length=1,
    )

    @property
    def watches(self) -> int:
        """How many bakes there are, at the most."""
        return (len(self.steps) + (self.shadow is not None)) * self.bakes

    @property
    def looks(self) -> int:
        """How often the figures are looked at, at the most: where there is a judge, before and after it is asked."""
        return self.watches * (1 if self.judge is None else 2)

    @property
    def minutes(self) -> int:
        """Of watching and judging, at the most."""
        judging = 0 if self.judge is None else JUDGING_MINUTES * self.watches
        return (
            len(self.steps) * self.bake_minutes + (self.shadow.minutes if self.shadow else 0)
        ) * self.bakes + judging

    @field_validator("steps")
    @classmethod
    def _rising_to_all(cls, steps: tuple[int, ...]) -> tuple[int, ...]:
        if not steps or list(steps) != sorted(set(steps)) or steps[-1] != ALL:
            raise ValueError("steps rise and end in 100")
        return steps

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        measures = [guard.measure for guard in self.guards]
        if len(measures) != len(set(measures)):
            raise ValueError("each measure has one guard at the most")
        if "slow" in measures and self.slow_ms is None:
            raise ValueError("a guard on slow needs slow_ms, the milliseconds from which an answer is slow")
        if self.judge is not None and "judged_bad" not in measures:
            raise ValueError("a judge needs a guard on judged_bad, such as {measure: judged_bad, margin: 0.05}")
        if self.judge is not None and self.judge.sample * self.bakes < self.min_requests:
            raise ValueError(
                f"the judge looks at {self.judge.sample * self.bakes} answers of a variant in all bakes of a step, and "
                f"min_requests wants {self.min_requests}, so that no step would be clear; raise judge.sample"
            )
        if self.minutes > LONGEST_MINUTES:
            raise ValueError(
                "steps with their bakes, and the shadow with its, come to more than 13 days; take fewer or shorter ones"
            )
        return self
