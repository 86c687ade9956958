"""What a case holds beside its input, in the words in which people and judges read it."""

from collections.abc import Iterator
from typing import Any

from brainswap.core.cases import Case
from brainswap.core.conversations import AssistantTurn, Attachment, RecordedResult, ToolTurn, Turn, UserTurn
from brainswap.core.prompts.rendering import CONTEXT, context_text
from brainswap.core.prompts.template import as_text


def told(case: Case) -> dict[str, Any]:
    """Passages, earlier turns, results of tools and names of files, each a text under its name; only what there is."""
    parts = {
        CONTEXT: None if case.context is None else context_text(case.context),
        "conversation": "\n".join(line for turn in case.messages for line in _lines(turn)),
        "tool_results": "\n".join(map(_result, case.tool_results)),
        "files": ", ".join(map(_file, case.attachments)),
    }
    return {name: text for name, text in parts.items() if text}


def _lines(turn: Turn) -> Iterator[str]:
    if isinstance(turn, UserTurn) and turn.attachments:
        yield f"user attaches {', '.join(map(_file, turn.attachments))}"
    if isinstance(turn, ToolTurn):
        yield f"{'tool fails' if turn.error else 'tool'}: {as_text(turn.content)}"
    elif turn.content:
        yield f"{turn.role}: {turn.content}"
    if isinstance(turn, AssistantTurn):
        yield from (f"assistant calls {call.name}({as_text(dict(call.arguments))})" for call in turn.tool_calls)


def _result(result: RecordedResult) -> str:
    arguments = "…" if result.arguments is None else as_text(dict(result.arguments))
    return f"{result.name}({arguments}): {as_text(result.result)}"


def _file(attachment: Attachment) -> str:
    size = "" if attachment.size is None else f" ({attachment.size:,} bytes)"
    return f"{attachment.name or attachment.source}{size}"
