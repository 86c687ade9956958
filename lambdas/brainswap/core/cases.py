"""A case: one input with what is expected of it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Split(StrEnum):
    """What a case may be used for: reflection, selection, or the verdict."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Recorded(BaseModel):
    """An answer that somebody recorded earlier, as it came; tokens and latency only where they were measured."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    output: str
    latency_ms: float | None = Field(default=None, ge=0)
    first_token_ms: float | None = Field(default=None, ge=0)
    input_tokens: int | None = Field(default=None, ge=0)
    output_tokens: int | None = Field(default=None, ge=0)
    stop_reason: str | None = None


class Case(BaseModel):
    """One input with what is expected of it.

    Attributes:
        input: the value of each placeholder; what is not text is rendered as JSON.
        reference: what a right answer holds; its form is up to the scorers.
        segment: a part of the traffic that is reported on its own, such as a language.
        cluster: cases that belong together (one conversation, one document) and are therefore not independent.
        critical: a case whose loss alone may stop a migration.
        weight: how often such a case occurs, relative to the others.
        recorded: answers by name of the recording.
        meta: anything else that the owner wants to keep; never read.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    id: str = Field(min_length=1, max_length=512)
    input: Mapping[str, Any]
    reference: Any = None
    segment: str | None = None
    cluster: str | None = None
    critical: bool = False
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    split: Split | None = None
    recorded: Mapping[str, Recorded] = Field(default_factory=dict)
    meta: Any = None

    @model_validator(mode="after")
    def _names_are_text(self) -> Self:
        if any(not name for name in self.input):
            raise ValueError("an input needs a name")
        return self
