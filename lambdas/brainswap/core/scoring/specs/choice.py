"""Scorers of one out of a closed set."""

from typing import Literal

from pydantic import Field

from brainswap.core.scoring.specs.base import BaseSpec


class LabelSpec(BaseSpec):
    """The answer names exactly one of ``labels``, and it is the reference."""

    type: Literal["label"]
    labels: tuple[str, ...] = Field(min_length=2)
