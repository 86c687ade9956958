"""Scorers made of other scorers of the same workload."""

from typing import Annotated, Literal

from pydantic import Field

from brainswap.core.scoring.specs.base import BaseSpec


class SetSpec(BaseSpec):
    """The weighted mean of the scores of other scorers.

    Attributes:
        members: weight by the name of a scorer, which may be a set as well.
        every: the lowest of the scores instead of their mean.
        threshold: 1 where the score reaches it, else 0.
        missing: what an unscored member does: leave the set unscored, or not count.
    """

    type: Literal["set"]
    members: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(min_length=1, max_length=100)
    every: bool = False
    threshold: float | None = Field(default=None, gt=0, le=1)
    missing: Literal["unscored", "ignore"] = "unscored"
