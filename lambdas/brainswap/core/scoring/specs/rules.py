"""The scorer of business rules: conditions over the answer and its case, declared and never executed."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from brainswap.core.scoring.specs.base import BaseSpec

Operator = Literal[
    "equals",
    "not_equals",
    "less",
    "at_most",
    "greater",
    "at_least",
    "between",
    "in",
    "not_in",
    "contains",
    "not_contains",
    "matches",
    "exists",
    "absent",
]


class Condition(BaseModel):
    """One comparison. What is not there fulfils ``absent`` alone, not even ``not_equals``.

    Attributes:
        path: ``answer`` (its text), ``json`` (the answer read as JSON), ``input.NAME`` or ``reference``; dotted paths
            lead on from there, as in ``json.items.0.price``.
        value: what to compare with, or ``{ref: PATH}`` for what is at another path; a list of them for ``in`` and
            ``not_in``, the lowest and the highest for ``between``, a regular expression for ``matches``.
        ignore_case: texts are compared without regard to case.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    path: str = Field(min_length=1, max_length=500)
    op: Operator
    value: Any = None
    ignore_case: bool = False


class CheckedRule(Condition):
    """A condition that has to hold.

    Attributes:
        name: how reasons call it.
        weight: what it counts where ``partial`` is true.
        when: the rule applies to cases and answers only where this holds.
    """

    name: str | None = Field(default=None, min_length=1, max_length=100)
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    when: Condition | None = None


class ChecksSpec(BaseSpec):
    """All rules that apply hold.

    Attributes:
        partial: score the weighted share of the rules that hold instead of 0 or 1.
    """

    type: Literal["checks"]
    rules: tuple[CheckedRule, ...] = Field(min_length=1, max_length=200)
    partial: bool = False
