"""The scorer of the functions that a model wants called."""

from typing import Literal

from pydantic import Field

from brainswap.core.scoring.specs.base import BaseSpec
from brainswap.core.scoring.specs.structured import FieldRule


class ToolCallSpec(BaseSpec):
    """The answer calls the tools of the reference: ``{name, arguments}``, or a list of such.

    Attributes:
        ordered: the calls also come in the order of the reference.
        names_only: arguments are not looked at.
        arguments: rules by dotted path, for every call whose reference has something there; all other arguments of the
            reference are compared exactly.
        extra: what an argument counts that the reference's call does not have.
        rounds: which requests of a conversation count: ``all``, or the ``first`` alone, in which every model is asked
            the same.
        expect: ``none`` where an empty reference (``[]`` or null) means that no tool may be called.
    """

    type: Literal["tool_call"]
    ordered: bool = False
    names_only: bool = False
    arguments: dict[str, FieldRule] | None = Field(default=None, min_length=1)
    extra: Literal["wrong", "allow"] = "wrong"
    rounds: Literal["all", "first"] = "all"
    expect: Literal["calls", "none"] = "calls"
