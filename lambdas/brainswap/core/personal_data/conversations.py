"""The texts of a conversation that a case holds, each in its place; ids, names of tools and their definitions stay."""

from collections.abc import Callable
from typing import Any, assert_never

from brainswap.core.cases import Case
from brainswap.core.conversations import (
    AssistantTurn,
    Attachment,
    Passage,
    RecordedResult,
    ToolTurn,
    Turn,
    UserTurn,
)

Value = Callable[[Any], Any]


def replaced(case: Case, value: Value) -> dict[str, Any]:
    """The parts of a case beside its input with every text, every call's arguments and every result replaced.

    Args:
        case: whose parts are left out where they hold nothing.
        value: what comes in the place of a text or of any other JSON, of the same type but for numbers.
    """
    parts: dict[str, Any] = {}
    if case.messages:
        parts["messages"] = tuple(_turn(turn, value) for turn in case.messages)
    if case.tool_results:
        parts["tool_results"] = tuple(_result(result, value) for result in case.tool_results)
    if case.attachments:
        parts["attachments"] = _named(case.attachments, value)
    if isinstance(case.context, str):
        parts["context"] = value(case.context)
    elif case.context is not None:
        parts["context"] = tuple(_passage(passage, value) for passage in case.context)
    return parts


def _turn(turn: Turn, value: Value) -> Turn:
    match turn:
        case UserTurn():
            return turn.model_copy(
                update={"content": value(turn.content), "attachments": _named(turn.attachments, value)}
            )
        case AssistantTurn():
            calls = tuple(
                call.model_copy(update={"arguments": value(dict(call.arguments))}) for call in turn.tool_calls
            )
            return turn.model_copy(update={"content": value(turn.content), "tool_calls": calls})
        case ToolTurn():
            return turn.model_copy(update={"content": value(turn.content)})
        case _:
            assert_never(turn)


def _result(result: RecordedResult, value: Value) -> RecordedResult:
    arguments = None if result.arguments is None else value(dict(result.arguments))
    return result.model_copy(update={"arguments": arguments, "result": value(result.result)})


def _named(attachments: tuple[Attachment, ...], value: Value) -> tuple[Attachment, ...]:
    """A model is told what a document is called."""
    return tuple(
        each if each.name is None else each.model_copy(update={"name": value(each.name)}) for each in attachments
    )


def _passage(passage: str | Passage, value: Value) -> str | Passage:
    if isinstance(passage, str):
        return str(value(passage))
    title = None if passage.title is None else value(passage.title)
    return passage.model_copy(update={"text": value(passage.text), "title": title})
