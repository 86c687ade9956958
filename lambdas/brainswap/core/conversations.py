"""What a case may hold besides its input: earlier turns, tools with recorded results, passages, attached files.

These are our own forms, whichever service a model is asked through. Whatever a case holds is fixed, so that between two
contenders nothing changes but the model.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ToolName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
CallId = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_.:-]{1,64}$")]


class Part(BaseModel):
    """A part of a case."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Attachment(Part):
    """A file that goes with a turn of the user: an image or a document.

    Attributes:
        file: its name in the workload's folder; exactly one of this and ``s3`` is given.
        s3: its address in Amazon S3, which is read when a run begins.
        media_type: such as ``image/png``, where the ending of its name does not tell.
        name: what the model is told that a document is called; its name without folders where left out.
        sha256: of its bytes; checked where it is given.
        size: in bytes, and ``tokens``, about as many as it takes: both are filled in when a run begins.
    """

    file: str | None = Field(default=None, min_length=1, max_length=1024)
    s3: str | None = Field(default=None, pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+$", max_length=2048)
    media_type: str | None = None
    name: str | None = Field(default=None, min_length=1, max_length=200)
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    size: int | None = Field(default=None, ge=0)
    tokens: int | None = Field(default=None, ge=0)

    @property
    def source(self) -> str:
        """Where it is: a name or an address."""
        return self.file or self.s3 or ""


class RequestedCall(Part):
    """A call that the assistant asked for."""

    id: CallId
    name: ToolName
    arguments: Mapping[str, Any] = Field(default_factory=dict)


class UserTurn(Part):
    """What the user said."""

    role: Literal["user"]
    content: str = Field(min_length=1)
    attachments: tuple[Attachment, ...] = ()


class AssistantTurn(Part):
    """What the assistant said, or which tools it wanted called, or both."""

    role: Literal["assistant"]
    content: str = ""
    tool_calls: tuple[RequestedCall, ...] = ()


class ToolTurn(Part):
    """What a tool returned for a call of the turn before.

    Attributes:
        content: text, or any other JSON.
        error: whether the tool failed, and ``content`` says how.
    """

    role: Literal["tool"]
    tool_call_id: CallId
    content: Any
    error: bool = False


Turn = Annotated[UserTurn | AssistantTurn | ToolTurn, Field(discriminator="role")]


class RecordedResult(Part):
    """What a tool returns when the model under test calls it.

    Attributes:
        arguments: of the call; where they are left out, any call of the tool gets the result.
        result: text, or any other JSON.
        error: whether the tool failed, and ``result`` says how.
    """

    name: ToolName
    arguments: Mapping[str, Any] | None = None
    result: Any
    error: bool = False


class RecordedCall(Part):
    """A call in a recorded answer."""

    name: ToolName
    arguments: Mapping[str, Any] = Field(default_factory=dict)


class Passage(Part):
    """A retrieved passage."""

    text: str = Field(min_length=1)
    title: str | None = Field(default=None, min_length=1)


Context = str | tuple[str | Passage, ...]
