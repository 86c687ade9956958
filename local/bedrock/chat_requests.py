"""What chat completions may say in a request, and which tool they force."""

from collections.abc import Iterator, Mapping
from typing import Any

from local.bedrock.faults import ServiceError
from local.bedrock.question import Tool

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
# Name, types, least and greatest value of the numbers in a request.
_NUMBERS: tuple[tuple[str, tuple[type, ...], float, float], ...] = (
    ("max_tokens", (int,), 1, float("inf")),
    ("max_completion_tokens", (int,), 1, float("inf")),
    ("temperature", (int, float), 0, 2),
    ("top_p", (int, float), 0, 1),
    ("n", (int,), 1, 1),
)
_MOST_STOPS = 4
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def problems(body: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the form of a request."""
    if not isinstance(body.get("model"), str):
        yield "you must provide a model parameter"
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "'messages' must be an array with at least one message."
    else:
        yield from (
            f"Invalid message at messages[{place}]." for place, each in enumerate(messages) if not _is_message(each)
        )
    yield from _problems_of_numbers(body)
    if not _is_stop(body.get("stop")):
        yield "'stop' must be a string or an array of at most 4 strings."
    metadata = body.get("metadata")
    if isinstance(metadata, dict) and not all(isinstance(value, str) for value in metadata.values()):
        yield "The values of 'metadata' must be strings."
    for name in ("metadata", "stream_options", "response_format"):
        if not isinstance(body.get(name), dict | None):
            yield f"'{name}' must be an object."
    if not isinstance(body.get("stream"), bool | None):
        yield "'stream' must be a boolean."
    if body.get("reasoning_effort") is not None and body["reasoning_effort"] not in _EFFORTS:
        yield f"Invalid value for 'reasoning_effort'. Supported values are: {', '.join(_EFFORTS)}."
    yield from _problems_of_tools(body)


def forced_tool(body: Mapping[str, Any]) -> Tool | None:
    """The function that the answer must call: the one that is named, or the first where one is required.

    Raises:
        ServiceError: ``ValidationException``: a function is named that there is none of.
    """
    choice = body.get("tool_choice")
    tools = tools_of(body)
    if choice == "required" and tools:
        return tools[0]
    if not isinstance(choice, dict):
        return None
    name = choice["function"]["name"]
    for tool in tools:
        if tool.name == name:
            return tool
    raise ServiceError("ValidationException", f"Tool choice '{name}' not found in 'tools' parameter.")


def tools_of(body: Mapping[str, Any]) -> list[Tool]:
    return [_tool(each) for each in body.get("tools") or ()]


def _tool(each: Mapping[str, Any]) -> Tool:
    parameters = each["function"].get("parameters")
    return Tool(name=each["function"]["name"], schema=parameters if isinstance(parameters, dict) else {})


def _problems_of_numbers(body: Mapping[str, Any]) -> Iterator[str]:
    for name, types, low, high in _NUMBERS:
        value = body.get(name)
        if value is not None and not (_is_number(value, types) and low <= value <= high):
            yield f"Invalid value for '{name}'."


def _problems_of_tools(body: Mapping[str, Any]) -> Iterator[str]:
    tools, choice = body.get("tools"), body.get("tool_choice")
    if tools is not None and not (isinstance(tools, list) and all(_names_a_function(each) for each in tools)):
        yield "'tools' must be an array of functions with names."
    if choice is not None and choice not in ("none", "auto", "required") and not _names_a_function(choice):
        yield "'tool_choice' must be none, auto, required, or name a function."
    if choice is not None and not tools:
        yield "'tool_choice' is only allowed when 'tools' are specified."


def _names_a_function(each: Any) -> bool:
    function = each.get("function") if isinstance(each, dict) else None
    return isinstance(function, dict) and isinstance(function.get("name"), str) and each.get("type") == "function"


def _is_number(value: Any, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)


def _is_message(message: Any) -> bool:
    role = message.get("role") if isinstance(message, dict) else None
    if not isinstance(role, str) or role not in _ROLES:
        return False
    content = message.get("content")
    if content is None:
        return role == "assistant"
    return isinstance(content, str) or (isinstance(content, list) and all(isinstance(part, dict) for part in content))


def _is_stop(stop: Any) -> bool:
    if isinstance(stop, list):
        return len(stop) <= _MOST_STOPS and all(isinstance(each, str) and each for each in stop)
    return stop is None or (isinstance(stop, str) and stop != "")
