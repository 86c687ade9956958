"""Prompt templates with ``{{name}}`` placeholders: substitution only, no expressions."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_.-]*)\s*\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation."""

    role: Literal["user", "assistant", "system"]
    content: str


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
    """

    system: str | None
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    output: Output | None = None

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(name for text in self._texts() for name in PLACEHOLDER.findall(text))

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
            messages=tuple(Message(role=turn.role, content=fill(turn.content)) for turn in self.messages),
        )

    def _texts(self) -> tuple[str, ...]:
        return (self.system or "", *(turn.content for turn in self.messages))


def as_text(value: Any) -> str:
    """Render a value of a case's input: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
