"""Forms that keep our own placeholders: plain text, and a request of chat completions."""

import json
from typing import Any

from brainswap.core.exports.shipped import Exported, NotExportableError, Shipped, left_out
from brainswap.core.prompts.changes import as_written

_PLACED = frozenset({"model", "tools", "output", "max_tokens", "temperature", "top_p", "stop_sequences", "tool_choice"})
_OPENAI = "openai:"


def plain_text(shipped: Shipped) -> Exported:
    """The words alone: of a single turn as they are, of several each under its role, of a chain step by step."""
    prompt = shipped.prompt
    alone = not prompt.earlier and prompt.system is None and [turn.role for turn in prompt.messages] == ["user"]
    text = prompt.messages[0].content if alone else as_written(prompt)
    return Exported(text=text, left_out=left_out(shipped, {"turns"}))


def openai_messages(shipped: Shipped) -> Exported:
    """The body of a request of chat completions, whose placeholders are to be filled before it is sent.

    Raises:
        NotExportableError: nothing of the prompt is fixed.
    """
    prompt, settings = shipped.prompt, shipped.settings
    messages = [] if prompt.system is None else [{"role": "system", "content": prompt.system}]
    messages += [{"role": turn.role, "content": turn.content} for turn in prompt.messages if turn.role != "case"]
    if not messages:
        raise NotExportableError("The prompt consists of nothing but the turns of its cases.")
    body: dict[str, Any] = {"model": shipped.model.removeprefix(_OPENAI), "messages": messages}
    optional = {
        "max_completion_tokens": settings.max_tokens,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "stop": list(settings.stop_sequences) or None,
        "tools": [_tool(tool.name, tool.description, tool.input_schema) for tool in prompt.tools] or None,
        "tool_choice": _choice(settings.tool_choice),
    }
    body |= {name: value for name, value in optional.items() if value is not None}
    if prompt.output is not None:
        schema = {"name": prompt.output.name, "schema": dict(prompt.output.json_schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if shipped.model.startswith(_OPENAI):
        body |= settings.fields
        return Exported(text=_json(body), left_out=left_out(shipped, {*_PLACED, "fields"}))
    return Exported(text=_json(body), left_out=left_out(shipped, _PLACED))


def _tool(name: str, description: str | None, schema: Any) -> dict[str, Any]:
    said = {} if description is None else {"description": description}
    return {"type": "function", "function": {"name": name, **said, "parameters": dict(schema)}}


def _choice(choice: str | None) -> Any:
    if choice is None or choice == "auto":
        return choice
    if choice == "any":
        return "required"
    return {"type": "function", "function": {"name": choice.removeprefix("tool:")}}


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
