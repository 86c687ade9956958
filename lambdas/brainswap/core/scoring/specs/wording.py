"""Scorers that look at the wording of an answer."""

from typing import Literal

from pydantic import Field

from brainswap.core.scoring.specs.base import BaseSpec


class ExactSpec(BaseSpec):
    """The answer is the reference, after trimming; ``ignore_case`` also folds case."""

    type: Literal["exact"]
    ignore_case: bool = False


class ContainsSpec(BaseSpec):
    """The answer holds the reference (or ``value``) somewhere."""

    type: Literal["contains"]
    value: str | None = None
    ignore_case: bool = True


class RegexSpec(BaseSpec):
    """The answer matches ``pattern`` somewhere."""

    type: Literal["regex"]
    pattern: str = Field(min_length=1)
