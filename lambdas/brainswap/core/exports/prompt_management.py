"""A request of Bedrock Prompt Management's ``CreatePrompt``.

Its limits are those of the service's model in botocore 1.4x, November 2026: one variant, twenty variables, four stop
sequences, temperatures up to 1, names of letters and digits with single hyphens and underscores between.
"""

import json
import re
from itertools import pairwise
from typing import Any

from brainswap.core.exports.notation import double_braces, pieces, single_underscores
from brainswap.core.exports.shipped import Exported, NotExportableError, Shipped, left_out

_MOST_VARIABLES = 20
_MOST_STOPS = 4
_HOTTEST = 1
_LONGEST_NAME = 100
_LONGEST_VALUE = 1024
_TOOL = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,63}")
_BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_KEPT = re.compile(r"[^a-zA-Z0-9\s._:/=+@-]")  # what metadata and tags cannot hold
_PLACED = frozenset({"model", "tools", "max_tokens", "temperature", "top_p", "stop_sequences", "tool_choice", "fields"})


def create_prompt(shipped: Shipped) -> Exported:
    """The request as JSON, of type TEXT for a single turn and CHAT for all else.

    Raises:
        NotExportableError: more variables than the service takes, or a model that Bedrock does not have.
    """
    if ":" in shipped.model.partition(".")[0] and not shipped.model.startswith("arn:"):
        raise NotExportableError(f"{shipped.model} is no model of Amazon Bedrock, whose prompts these are.")
    names = single_underscores(shipped.prompt.placeholders)
    if len(names) > _MOST_VARIABLES:
        raise NotExportableError(
            f"The prompt has {len(names)} placeholders, and a prompt of Prompt Management at most {_MOST_VARIABLES}. "
            "Put several inputs into one."
        )
    missing = [*left_out(shipped, _PLACED)]
    name = _named(shipped)
    chat = shipped.prompt.system is not None or len(shipped.prompt.messages) > 1 or bool(shipped.prompt.tools)
    variables = [{"name": names[each]} for each in sorted(names)]
    template: dict[str, Any]
    if chat:
        template = {"chat": {**_chat(shipped, names, missing), "inputVariables": variables}}
    else:
        template = {"text": {"text": double_braces(shipped.prompt.messages[0].content, names)}}
        template["text"]["inputVariables"] = variables
    variant: dict[str, Any] = {
        "name": name,
        "templateType": "CHAT" if chat else "TEXT",
        "templateConfiguration": template,
        "modelId": shipped.model,
        "inferenceConfiguration": {"text": _inference(shipped, missing)},
        "metadata": [
            {"key": key, "value": _KEPT.sub("-", value)[:_LONGEST_VALUE]}
            for key, value in (("brainswap-run", shipped.run_id), ("brainswap-contender", shipped.contender))
        ],
    }
    if shipped.settings.fields:
        variant["additionalModelRequestFields"] = dict(shipped.settings.fields)
    missing += _strange_braces(shipped)
    request = {
        "name": name,
        "description": f"The {shipped.variant} prompt of {shipped.workload}, run {shipped.run_id}."[:200],
        "defaultVariant": name,
        "variants": [variant],
    }
    text = json.dumps(request, indent=2, ensure_ascii=False) + "\n"
    return Exported(text=text, left_out=tuple(missing), renamed=_changed(names))


def _changed(names: dict[str, str]) -> dict[str, str]:
    return {name: other for name, other in names.items() if name != other}


def _named(shipped: Shipped) -> str:
    plain = re.sub(r"[^0-9a-zA-Z]+", "-", f"{shipped.workload}-{shipped.contender}").strip("-")
    return plain[:_LONGEST_NAME].strip("-")


def _chat(shipped: Shipped, names: dict[str, str], missing: list[str]) -> dict[str, Any]:
    system = [] if shipped.prompt.system is None else [shipped.prompt.system]
    turns = []
    for turn in shipped.prompt.messages:
        if turn.role in ("user", "assistant"):
            turns.append({"role": turn.role, "content": [{"text": double_braces(turn.content, names)}]})
        elif turn.role == "system":
            system.append(turn.content)
            missing.append("that a text of the system comes after other turns: it stands with the system text")
    if not turns:
        raise NotExportableError("The prompt has no turn of its own that Prompt Management could hold.")
    chat: dict[str, Any] = {"messages": turns}
    if system:
        chat["system"] = [{"text": double_braces(text, names)} for text in system if text]
    tools = [tool for tool in shipped.prompt.tools if _TOOL.fullmatch(tool.name)]
    missing += [f"the tool {tool.name}, for its name" for tool in shipped.prompt.tools if tool not in tools]
    if tools:
        chat["toolConfiguration"] = {
            "tools": [
                {
                    "toolSpec": {
                        "name": tool.name,
                        **({"description": tool.description} if tool.description else {}),
                        "inputSchema": {"json": dict(tool.input_schema)},
                    }
                }
                for tool in tools
            ]
        }
        choice = _choice(shipped.settings.tool_choice, {tool.name for tool in tools}, missing)
        if choice:
            chat["toolConfiguration"]["toolChoice"] = choice
    return chat


def _choice(choice: str | None, tools: set[str], missing: list[str]) -> dict[str, Any]:
    if choice is None or choice in ("auto", "any"):
        return {} if choice is None else {choice: {}}
    name = choice.removeprefix("tool:")
    if name in tools:
        return {"tool": {"name": name}}
    missing.append(f"tool_choice: {choice}")
    return {}


def _inference(shipped: Shipped, missing: list[str]) -> dict[str, Any]:
    settings = shipped.settings
    found: dict[str, Any] = {"maxTokens": settings.max_tokens, "topP": settings.top_p}
    if settings.temperature is not None and settings.temperature > _HOTTEST:
        missing.append(f"temperature: {settings.temperature}, for it is at most {_HOTTEST}")
    else:
        found["temperature"] = settings.temperature
    if len(settings.stop_sequences) > _MOST_STOPS:
        missing.append(f"the stop sequences after the first {_MOST_STOPS}")
    found["stopSequences"] = list(settings.stop_sequences[:_MOST_STOPS]) or None
    return {name: value for name, value in found.items() if value is not None}


def _strange_braces(shipped: Shipped) -> list[str]:
    """Double braces that are text here and may be a variable there."""
    cut = [[*pieces(text)] for text in shipped.prompt.texts]
    literal = any(_BRACES.search(each.text) for parts in cut for each in parts if not each.is_name)
    touching = any(one.text.endswith("{") and other.is_name for parts in cut for one, other in pairwise(parts))
    if literal or touching:
        return ["that some double braces of the text are no variables, which it cannot be told"]
    return []
