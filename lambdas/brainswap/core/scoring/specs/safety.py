"""Scorers of what an answer must not hold."""

from typing import Literal

from pydantic import Field

from brainswap.core.personal_data.kinds import Kind
from brainswap.core.scoring.specs.base import BaseSpec


class PiiSpec(BaseSpec):
    """The answer holds no personal data that the input does not hold.

    Attributes:
        kinds: that count; all where it is left out.
        allow: values that any answer may hold, such as an address that the prompt names; ``*`` stands for anything.
    """

    type: Literal["pii"]
    kinds: tuple[Kind, ...] | None = Field(default=None, min_length=1)
    allow: tuple[str, ...] = ()
