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


class ContainsAnySpec(BaseSpec):
    """The answer holds at least one of ``values``, or of the reference where they are left out."""

    type: Literal["contains_any"]
    values: tuple[str, ...] | None = Field(default=None, min_length=1)
    ignore_case: bool = True


class ContainsAllSpec(BaseSpec):
    """The answer holds every one of ``values``, or of the reference where they are left out.

    Attributes:
        partial: give the share of them that the answer holds; where it is false, all or nothing.
    """

    type: Literal["contains_all"]
    values: tuple[str, ...] | None = Field(default=None, min_length=1)
    partial: bool = False
    ignore_case: bool = True


class StartsWithSpec(BaseSpec):
    """The answer, after white space, starts with the reference (or ``value``)."""

    type: Literal["starts_with"]
    value: str | None = None
    ignore_case: bool = True


class RegexSpec(BaseSpec):
    """The answer matches ``pattern`` somewhere."""

    type: Literal["regex"]
    pattern: str = Field(min_length=1)
