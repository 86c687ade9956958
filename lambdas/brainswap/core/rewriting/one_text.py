"""A prompt as the one text that the optimisers of Amazon Bedrock take, and back."""

import json
from dataclasses import asdict, dataclass, replace

from brainswap.core.prompts.template import Message, Prompt

OPTIMIZE = "optimize-prompt:"
"""Before the id of the model that a prompt is for, where ``OptimizePrompt`` is asked."""

MOST_CHARACTERS = 200_000
"""Of a prompt that ``OptimizePrompt`` takes (botocore's service model, 1.44.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimised:
    """What ``OptimizePrompt`` says: the new text, and what it thinks of the old one."""

    text: str
    analysis: str = ""


def packed(optimised: Optimised) -> str:
    """As the text of an answer, which is kept like any other."""
    return json.dumps(asdict(optimised))


def unpacked(text: str) -> Optimised:
    return Optimised(**json.loads(text))


def cannot_be_one_text(prompt: Prompt) -> str | None:
    """Why a prompt cannot be told as one text; None where it can be."""
    spoken = [turn.role for turn in prompt.messages if turn.role != "case"]
    if spoken != ["user"]:
        return f"it takes one text, and the prompt has {len(spoken)} turns"
    length = len(as_one_text(prompt))
    if length > MOST_CHARACTERS:
        return f"the prompt has {length:,} characters, of which it takes {MOST_CHARACTERS:,}"
    return None


def as_one_text(prompt: Prompt) -> str:
    """The system text, a blank line, and the user's turn."""
    texts = [prompt.system or "", *(turn.content for turn in prompt.messages if turn.role != "case")]
    return "\n\n".join(text for text in texts if text)


def with_one_text(prompt: Prompt, text: str) -> Prompt:
    """The prompt with a text in place of its own, which the user says; tools and the form of the answer stay."""
    return replace(
        prompt,
        system=None,
        messages=tuple(turn if turn.role == "case" else Message(role="user", content=text) for turn in prompt.messages),
    )


def unquoted(text: str) -> str:
    """A text without the quotes of JSON that ``OptimizePrompt`` puts round some of its answers."""
    stripped = text.strip()
    if stripped.startswith('"') and stripped.endswith('"'):
        try:
            inner = json.loads(stripped, strict=False)
        except ValueError:
            return text
        if isinstance(inner, str):
            return inner
    return text
