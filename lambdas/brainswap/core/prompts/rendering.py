"""A prompt as it is asked about one case: placeholders filled, the case's turns, tools and files in their places."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, assert_never

from brainswap.core.answers import ToolCall
from brainswap.core.attachments.kinds import format_of
from brainswap.core.cases import Case
from brainswap.core.conversations import AssistantTurn, Attachment, Context, ToolTurn, Turn, UserTurn
from brainswap.core.declared_models import DeclaredTool
from brainswap.core.prompts.template import TAKES, AttachedFile, Message, Prompt, Tool, as_text

CONTEXT = "context"


def rendered(prompt: Prompt, case: Case, answers: Mapping[str, str] = MappingProxyType({})) -> Prompt:
    """The prompt for a case; of a chain, one of its steps.

    Args:
        prompt: one call.
        case: of which the step takes everything.
        answers: of earlier steps, by the names that stand for them.

    Raises:
        KeyError: a placeholder has no value.
    """
    values = {**values_of(case), **answers} if answers else values_of(case)
    if not (case.messages or case.tools or case.attachments):
        return prompt.render(values).with_turns(())
    turned = prompt.render(values).with_turns([_message(turn) for turn in case.messages])
    files = [attached_file(each) for each in case.attachments]
    return replace(turned.with_attachments(files), tools=tools_of(prompt.tools, case))


def taken_by(step: Prompt, case: Case) -> Case:
    """What of a case goes with a step of a chain: its input, its passages, and what else the step takes."""
    if case.is_plain or step.takes == TAKES:
        return case
    left: dict[str, Any] = {name: () for name in ("messages", "attachments") if name not in step.takes}
    if "tools" not in step.takes:
        left |= {"tools": (), "tool_results": ()}
    return case.model_copy(update=left)


def values_of(case: Case) -> Mapping[str, Any]:
    """What a case gives for placeholders: its input, and its passages as ``context``."""
    return case.input if case.context is None else {**case.input, CONTEXT: context_text(case.context)}


def context_text(context: Context) -> str:
    """Passages one below the other, each with its number and title above it; a text stays as it is."""
    if isinstance(context, str):
        return context
    parts = []
    for number, passage in enumerate(context, start=1):
        text, title = (passage, None) if isinstance(passage, str) else (passage.text, passage.title)
        parts.append(f"[{number}]{f' {title}' if title else ''}\n{text}")
    return "\n\n".join(parts)


def tools_of(declared: tuple[Tool, ...], case: Case) -> tuple[Tool, ...]:
    """The tools of a prompt, and those of a case in place of the ones of the same name or behind them."""
    own = {tool.name: _tool(tool) for tool in case.tools}
    kept = tuple(own.pop(tool.name, tool) for tool in declared)
    return (*kept, *own.values())


def given_texts(case: Case) -> Iterator[str]:
    """What the model is told of a case besides its input: earlier turns, and the passages."""
    if case.context is not None:
        yield context_text(case.context)
    for turn in case.messages:
        yield as_text(turn.content)


def attached_file(attachment: Attachment) -> AttachedFile:
    """A file as a turn names it; what is filled in when a run begins is nothing before."""
    source = attachment.source
    found = format_of(source, attachment.media_type)
    return AttachedFile(
        name=attachment.name or source.rpartition("/")[2],
        format=found.name if found else "",
        sha256=attachment.sha256 or "",
        size=attachment.size or 0,
        tokens=attachment.tokens or 0,
        file=source,
    )


def _message(turn: Turn) -> Message:
    match turn:
        case UserTurn():
            files = tuple(attached_file(each) for each in turn.attachments)
            return Message(role="user", content=turn.content, attachments=files)
        case AssistantTurn():
            calls = tuple(
                ToolCall(id=call.id, name=call.name, arguments=json.dumps(dict(call.arguments), ensure_ascii=False))
                for call in turn.tool_calls
            )
            return Message(role="assistant", content=turn.content, tool_calls=calls)
        case ToolTurn():
            return Message(role="tool", content=as_text(turn.content), call_id=turn.tool_call_id, failed=turn.error)
        case _:
            assert_never(turn)


def _tool(declared: DeclaredTool) -> Tool:
    return Tool(name=declared.name, description=declared.description, input_schema=declared.input_schema)
