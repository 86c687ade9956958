"""Scorers of how an answer came about: whether it was refused, how it ended, its length, its time and its cost."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from brainswap.core.scoring.specs.base import BaseSpec


class RefusalSpec(BaseSpec):
    """The model refused, or a filter did: 1 for a refusal, so that ``not: true`` asks for an answer.

    Answers of any status are looked at. One that is empty or failed is neither a refusal nor an answer and scores 0,
    inverted or not.
    """

    type: Literal["refusal"]


class FinishSpec(BaseSpec):
    """The answer ended in an ``allowed`` way; answers of any status are looked at.

    Attributes:
        allowed: statuses (``answered``, ``truncated``, ``empty``, ``refused``, ``filtered``, ``failed``,
            ``unfinished``) and stop reasons as the model's service calls them, such as ``end_turn``; in any case.
    """

    type: Literal["finish"]
    allowed: tuple[Annotated[str, Field(min_length=1, max_length=64)], ...] = Field(
        default=("answered",), min_length=1, max_length=50
    )


class LengthSpec(BaseSpec):
    """The answer has at least ``min`` and at most ``max`` of a unit.

    Attributes:
        unit: ``characters`` without the white space around the answer; ``words`` between white space, with a letter or
            a digit; ``sentences`` up to a full stop, a question or an exclamation mark; ``lines`` that are not blank;
            ``tokens`` of the whole output as the model's service counts them, thinking included.
    """

    type: Literal["length"]
    unit: Literal["characters", "words", "sentences", "lines", "tokens"] = "characters"
    minimum: int | None = Field(default=None, alias="min", ge=0)
    maximum: int | None = Field(default=None, alias="max", ge=0)


class LatencySpec(BaseSpec):
    """The answer took ``at_most_ms`` milliseconds; unscored where nothing was measured.

    Attributes:
        measure: up to the end of the ``answer``, or up to its ``first_token``.
    """

    type: Literal["latency"]
    at_most_ms: float = Field(gt=0, allow_inf_nan=False)
    measure: Literal["answer", "first_token"] = "answer"


class CostSpec(BaseSpec):
    """The answer cost ``at_most_usd`` US dollars; unscored where its tokens or their price are unknown."""

    type: Literal["cost"]
    at_most_usd: Decimal = Field(ge=0)
