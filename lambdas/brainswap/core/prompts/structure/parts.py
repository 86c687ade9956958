"""The parts of a prompt; put together they are the prompt again, letter for letter."""

from dataclasses import dataclass
from typing import Literal

from brainswap.core.prompts.template import Message, Output, Prompt, Role, Tool

Kind = Literal["role", "task", "context", "rules", "examples", "input", "output", "protected", "text"]
Form = Literal["heading", "tag", "label", "prose", "protected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a turn with one purpose.

    Attributes:
        kind: what it is for; ``text`` where nothing tells.
        form: how it is set apart: by a Markdown heading, an XML element, a line that ends in a colon, or not at all.
        title: of the heading or the label, or the name of the element.
        opening: what sets it apart in front, letter for letter.
        body: its words.
        closing: what sets it apart behind, and the blank lines after it.
    """

    kind: Kind
    form: Form
    title: str | None = None
    opening: str = ""
    body: str
    closing: str = ""

    @property
    def text(self) -> str:
        return self.opening + self.body + self.closing


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one role says.

    Attributes:
        place: of the message that holds it, counted from 0; None for the system text.
        opening: markup of a chat template in front of it, such as ``[INST] ``; empty where messages part the turns.
        closing: markup behind it.
    """

    role: Role
    place: int | None
    opening: str = ""
    parts: tuple[Part, ...]
    closing: str = ""

    @property
    def content(self) -> str:
        return "".join(part.text for part in self.parts)

    @property
    def marked(self) -> bool:
        return bool(self.opening or self.closing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A whole prompt.

    Attributes:
        turns: in the order in which they stand.
        roles: of the messages, by place.
    """

    turns: tuple[Turn, ...]
    roles: tuple[Role, ...]
    tools: tuple[Tool, ...] = ()
    output: Output | None = None

    @property
    def marked(self) -> bool:
        """Whether a chat template is written out in a text."""
        return any(turn.marked for turn in self.turns)

    @property
    def prefill(self) -> Turn | None:
        """What the answer is begun with."""
        return self.turns[-1] if self.turns and self.turns[-1].role == "assistant" else None


def render(structure: Structure) -> Prompt:
    """Put the parts together in the dialect that they were written in."""
    held: dict[int | None, str] = {}
    for turn in structure.turns:
        held[turn.place] = held.get(turn.place, "") + turn.opening + turn.content + turn.closing
    return Prompt(
        system=held.get(None),
        messages=tuple(Message(role=role, content=held.get(place, "")) for place, role in enumerate(structure.roles)),
        tools=structure.tools,
        output=structure.output,
    )
