"""A case: one input with what is expected of it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from brainswap.core.conversations import Attachment, Context, RecordedCall, RecordedResult, Turn
from brainswap.core.declared_models import DeclaredTool


class Split(StrEnum):
    """What a case may be used for: reflection, selection, or the verdict."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class RecordedStep(BaseModel):
    """An answer that somebody recorded earlier, as it came; tokens and latency only where they were measured."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    output: str
    latency_ms: float | None = Field(default=None, ge=0)
    first_token_ms: float | None = Field(default=None, ge=0)
    input_tokens: int | None = Field(default=None, ge=0)
    output_tokens: int | None = Field(default=None, ge=0)
    stop_reason: str | None = None
    tool_calls: tuple[RecordedCall, ...] = ()


class Recorded(RecordedStep):
    """The application's answer, with what all of it took.

    Attributes:
        steps: of a chain, what the model said before that, by the name of the step; each with what that step took.
    """

    steps: Mapping[str, RecordedStep] = Field(default_factory=dict)


class Case(BaseModel):
    """One input with what is expected of it, and with whatever else of a conversation is fixed.

    Attributes:
        input: the value of each placeholder; what is not text is rendered as JSON.
        messages: earlier turns of the conversation; where they stand is up to the prompt, see `Prompt.with_turns`.
        tools: besides those of the prompt; one of the same name takes the place of the prompt's.
        tool_results: what the tools return to the model under test.
        attachments: files that go with the last turn of the user.
        context: retrieved passages, which the prompt shows where it says ``{{context}}``.
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
    messages: tuple[Turn, ...] = ()
    tools: tuple[DeclaredTool, ...] = ()
    tool_results: tuple[RecordedResult, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    context: Context | None = None
    reference: Any = None
    segment: str | None = None
    cluster: str | None = None
    critical: bool = False
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    split: Split | None = None
    recorded: Mapping[str, Recorded] = Field(default_factory=dict)
    meta: Any = None

    @property
    def is_plain(self) -> bool:
        """Whether the case is nothing but an input, as most are; what follows need not be looked at."""
        beside = self.messages or self.tools or self.tool_results or self.attachments or self.context is not None
        return not beside

    @model_validator(mode="after")
    def _names_are_text(self) -> Self:
        if any(not name for name in self.input):
            raise ValueError("an input needs a name")
        return self
