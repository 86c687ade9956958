"""Scorers of numbers and of JSON."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from brainswap.core.scoring.specs.base import BaseSpec


class NumberSpec(BaseSpec):
    """The answer's number equals the reference's within ``tolerance`` (absolute, or relative to the reference)."""

    type: Literal["number"]
    tolerance: float = Field(default=0.0, ge=0)
    relative: bool = False


class FieldRule(BaseModel):
    """How one field of a JSON answer is compared, and what it counts."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    type: Literal["exact", "number", "contains"] = "exact"
    weight: float = Field(default=1.0, gt=0)
    tolerance: float = Field(default=0.0, ge=0)
    ignore_case: bool = False


class JsonSpec(BaseSpec):
    """The answer is JSON: strictly valid, of the given schema, and field by field as the reference.

    Attributes:
        strict: raw control characters inside strings make the JSON invalid, as every strict parser has it.
        json_schema: written ``schema``; JSON Schema 2020-12.
        fields: rules by dotted path; where left out, every top-level field of an object reference is compared
            exactly, and a reference that is no object is not compared at all.
    """

    type: Literal["json"]
    strict: bool = True
    json_schema: dict[str, Any] | None = Field(default=None, alias="schema")
    fields: dict[str, FieldRule] | None = Field(default=None, min_length=1)
