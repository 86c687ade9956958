"""Prompt templates with ``{{name}}`` placeholders: substitution only, no expressions."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from brainswap.core.answers import ToolCall

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_.-]*)\s*\}\}")

STEPS = "steps."  # begins the names by which a step of a chain calls the answers of earlier ones

Role = Literal["user", "assistant", "system", "tool", "case"]
Take = Literal["messages", "attachments", "tools"]
TAKES: tuple[Take, ...] = ("messages", "attachments", "tools")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """A file beside the words of a turn; its bytes are elsewhere, and are fetched when it is sent.

    Attributes:
        name: as the model is told; of documents alone.
        format: a name in `brainswap.core.attachments.kinds.FORMATS`.
        size: in bytes.
        tokens: about as many as it takes.
        file: its name in the workload's folder.
    """

    name: str
    format: str
    sha256: str
    size: int
    tokens: int
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation.

    Attributes:
        role: ``tool`` is the result of a call; ``case`` stands in a template for the turns that a case brings.
        attachments: of a turn of the user.
        tool_calls: of a turn of the assistant, each with an id.
        call_id: of a tool's turn: the call that it answers.
        failed: the tool failed, and the content says how.
        thoughts: of a turn of the assistant; see `brainswap.core.answers.Answer`.
    """

    role: Role
    content: str
    attachments: tuple[AttachedFile, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    failed: bool = False
    thoughts: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function that the model may ask to be called; ``input_schema`` is JSON Schema."""

    name: str
    input_schema: Mapping[str, Any]
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """The JSON that the application expects as an answer; ``json_schema`` is JSON Schema."""

    json_schema: Mapping[str, Any]
    name: str = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt with its placeholders still open, or, once rendered, with all of them filled.

    Placeholders are looked for in the texts alone, never in tools or in the schema of the output.

    An application may ask several times in a row about each case: then this is what it asks last, and before that
    ``earlier``, whose answers it may use.

    Attributes:
        name: of the step; empty where a case takes one call.
        earlier: the steps before this one, none of which has any before it.
        takes: what of a case goes with it, beside the input.
    """

    system: str | None
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    output: Output | None = None
    name: str = ""
    earlier: tuple["Prompt", ...] = ()
    takes: tuple[Take, ...] = TAKES

    @property
    def steps(self) -> tuple["Prompt", ...]:
        """What is asked about a case, in order, each by itself; of most prompts, nothing but this one."""
        return (*self.earlier, replace(self, earlier=())) if self.earlier else (self,)

    @property
    def placeholders(self) -> frozenset[str]:
        """What a case has to give, at all steps; the answers of earlier steps are not among it."""
        names = {name for step in self.steps for text in step.texts for name in PLACEHOLDER.findall(text)}
        return frozenset(name for name in names if not (self.name and name.startswith(STEPS)))

    @property
    def used_answers(self) -> frozenset[str]:
        """The names of the answers of earlier steps that this step shows."""
        names = {name for text in self.texts for name in PLACEHOLDER.findall(text)} if self.name else set()
        return frozenset(name for name in names if name.startswith(STEPS))

    @property
    def texts(self) -> tuple[str, ...]:
        """The system text, empty where there is none, and the words of each turn; of a chain, of its last step."""
        return (self.system or "", *(turn.content for turn in self.messages))

    def render(self, values: Mapping[str, Any]) -> "Prompt":
        """Fill every placeholder in one pass, so that a value which looks like a placeholder stays text.

        Raises:
            KeyError: a placeholder has no value.
        """

        def fill(text: str) -> str:
            return PLACEHOLDER.sub(lambda match: as_text(values[match.group(1)]), text)

        return replace(
            self,
            system=None if self.system is None else fill(self.system),
            messages=tuple(replace(turn, content=fill(turn.content)) for turn in self.messages),
        )

    def with_turns(self, turns: Sequence[Message]) -> "Prompt":
        """Put the turns of a case where the prompt says, or else before its last turn of the user."""
        place = next((index for index, turn in enumerate(self.messages) if turn.role == "case"), None)
        if place is not None:
            return replace(self, messages=(*self.messages[:place], *turns, *self.messages[place + 1 :]))
        return self.with_place_for_turns().with_turns(turns) if turns else self

    def with_place_for_turns(self) -> "Prompt":
        """Mark where the turns of a case come, where the prompt does not say: before its last turn of the user."""
        if any(turn.role == "case" for turn in self.messages):
            return self
        users = [index for index, turn in enumerate(self.messages) if turn.role == "user"]
        last = users[-1] if users else 0
        return replace(self, messages=(*self.messages[:last], Message(role="case", content=""), *self.messages[last:]))

    def with_attachments(self, files: Sequence[AttachedFile]) -> "Prompt":
        """Give files to the last turn of the user; without any, a turn of theirs comes at the end."""
        if not files:
            return self
        places = [index for index, turn in enumerate(self.messages) if turn.role == "user"]
        if not places:
            return replace(self, messages=(*self.messages, Message(role="user", content="", attachments=tuple(files))))
        last = places[-1]
        turn = replace(self.messages[last], attachments=(*self.messages[last].attachments, *files))
        return replace(self, messages=(*self.messages[:last], turn, *self.messages[last + 1 :]))

    def attached(self) -> Iterator[AttachedFile]:
        """Every file of every turn."""
        for turn in self.messages:
            yield from turn.attachments


def chained(steps: Sequence[Prompt]) -> Prompt:
    """Steps in order as one prompt; the inverse of `Prompt.steps`."""
    return replace(steps[-1], earlier=tuple(steps[:-1]))


def as_text(value: Any) -> str:
    """Render a value of a case's input: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
