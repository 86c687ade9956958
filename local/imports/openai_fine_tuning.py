"""Data of OpenAI's fine-tuning: lines with ``messages``, of which the assistant's last one is the right answer."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.imports.account import Account, Imported
from local.imports.assembly import Source, assemble
from local.imports.chat_messages import text_of_content
from local.imports.conversations import conversation_shape
from local.imports.drafts import CannotUseError, Draft, UnusedKeys, drafts_of, shown_name
from local.imports.json_values import below
from local.imports.records import Record
from local.imports.talks import declared_calls_of, talk_of

_KNOWN = frozenset({"messages", "tools", "functions", "parallel_tool_calls"})


def read(file: Path, group: int | None = None) -> Imported:
    """Read a JSONL file of training examples.

    Args:
        file: of examples for supervised training.
        group: which shape of conversation, the most frequent first.

    Raises:
        CannotImportError: no line is an example.
    """
    account = Account()
    unused = UnusedKeys(account, _KNOWN)
    drafts = drafts_of(file, lambda record: _draft(record, unused))
    shape = conversation_shape(shown_name(file), drafts, account, group=group)
    description = "Training examples of a fine-tuned model, as they were imported."
    return assemble(
        Source(file=file, description=description, drafts=drafts, shape=shape, account=account, verbatim=True)
    )


def _draft(record: Record, unused: UnusedKeys) -> Draft:
    example = record.value
    if not isinstance(example, dict) or not isinstance(example.get("messages"), list):
        if isinstance(example, dict) and "preferred_output" in example:
            raise CannotUseError("a pair of answers for preference training")
        raise CannotUseError("no example: it has no `messages`")
    messages = example["messages"]
    last = messages[-1] if messages else None
    if not isinstance(last, dict) or last.get("role") != "assistant":
        raise CannotUseError("an example whose last turn is not the assistant's")
    if last.get("weight") == 0:
        raise CannotUseError("an example whose last answer has the weight 0, so that it is no example")
    tools = _tools(example)
    calls = declared_calls_of(last, tools) or None
    answer = text_of_content(last.get("content"))
    if not answer.strip() and calls is None:
        raise CannotUseError("an example without an answer")
    unused.see(record.place, example)
    talk = talk_of(messages[:-1], tools=tools)
    weighted = any(isinstance(message, dict) and "weight" in message for message in messages[:-1])
    mapped = ["messages", *(["earlier turns"] if talk.earlier else []), *(["calls of tools"] if calls else [])]
    mapped += [*(["tools"] if tools else []), *(["weights of earlier turns, left out"] if weighted else [])]
    return Draft(
        place=record.place,
        size=record.size,
        turns=talk.turns,
        earlier=talk.earlier,
        reference=None if calls else answer,
        calls=calls,
        tools=tools,
        mapped=tuple(mapped),
    )


def _tools(example: Mapping[str, Any]) -> str:
    tools = example.get("tools")
    if not tools and isinstance(example.get("functions"), list):
        tools = [{"type": "function", "function": function} for function in example["functions"]]
    if not isinstance(tools, list) or not tools:
        return ""
    # What OpenAI calls strict is a way of answering, not a part of the tool.
    return json.dumps(tools, sort_keys=True, ensure_ascii=False) if below(tools[0]) is not None else ""
