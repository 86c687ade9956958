"""OpenAI's chat completions: what a question is as a request, and what was said in its responses."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from brainswap.adapters.chat_messages import messages_of
from brainswap.adapters.replies import Said, output_as_tool
from brainswap.core.answers import ToolCall, Usage
from brainswap.core.prompts.template import Output
from brainswap.ports import Question

PREFIX = "openai:"

_BODY = json.JSONEncoder(separators=(",", ":"))
_CHOICES: Mapping[str, str] = {"auto": "auto", "any": "required"}


def request_body(question: Question, *, limit_name: str) -> bytes:
    """The body of a request.

    Args:
        question: what to ask.
        limit_name: how the endpoint calls the greatest number of tokens of an answer.

    Raises:
        ModelRefusesRequestError: a document is of a format that chat completions do not take.
    """
    prompt, settings = question.prompt, question.settings
    output = output_as_tool(question)
    tools = [_tool(tool.name, tool.input_schema, tool.description) for tool in prompt.tools]
    choice = settings.tool_choice
    if output is not None:
        tools.append(_tool(output.name, output.json_schema, None))
        choice = f"tool:{output.name}"
    wanted = {
        "model": question.model.removeprefix(PREFIX),
        "messages": messages_of(prompt, question.read),
        limit_name: settings.max_tokens,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "stop": list(settings.stop_sequences) or None,
        "tools": tools or None,
        "tool_choice": _choice(choice) if tools and choice else None,
        "response_format": _response_format(prompt.output) if settings.output == "native" else None,
        "stream": question.streams or None,
        "stream_options": {"include_usage": True} if question.streams else None,
    }
    own = {name: value for name, value in wanted.items() if value is not None}
    return _BODY.encode({**settings.fields, **own}).encode()


def read(completion: Mapping[str, Any]) -> Said:
    """What a whole completion says.

    Raises:
        TypeError, ValueError, LookupError, AttributeError: it is none.
    """
    choice = completion["choices"][0]
    message = choice["message"]
    refusal = message.get("refusal")
    calls = [call["function"] for call in message.get("tool_calls") or ()]
    return Said(
        text=_text(refusal or message.get("content") or ""),
        tool_calls=tuple(
            ToolCall(name=_text(call["name"]), arguments=_text(call.get("arguments") or "{}")) for call in calls
        ),
        stop_reason="refusal" if refusal else _reason(choice.get("finish_reason")),
        usage=_usage(completion.get("usage")),
    )


class Listening:
    """Puts together what the chunks of a streamed completion say.

    Its methods raise TypeError, ValueError, LookupError or AttributeError where chunks do not have their form.

    Args:
        elapsed_ms: since the request was sent.
    """

    def __init__(self, elapsed_ms: Callable[[], float]) -> None:
        self._elapsed_ms = elapsed_ms
        self._texts: list[str] = []
        self._calls: dict[int, tuple[str, list[str]]] = {}
        self._refuses = False
        self._first_ms: float | None = None
        self._stop_reason: str | None = None
        self._usage: Usage | None = None

    @property
    def begun(self) -> bool:
        """Whether something was generated."""
        return self._first_ms is not None

    @property
    def whole(self) -> bool:
        """Whether the completion has come to its end."""
        return self._stop_reason is not None

    def hear(self, chunk: Mapping[str, Any]) -> None:
        for choice in (chunk.get("choices") or ())[:1]:
            self._hear_delta(choice.get("delta") or {})
            self._stop_reason = _reason(choice.get("finish_reason")) or self._stop_reason
        self._usage = _usage(chunk.get("usage")) or self._usage

    def said(self) -> Said:
        return Said(
            text="".join(self._texts),
            tool_calls=tuple(
                ToolCall(name=_text(name), arguments="".join(pieces) or "{}") for name, pieces in self._calls.values()
            ),
            stop_reason="refusal" if self._refuses else self._stop_reason,
            usage=self._usage,
            first_token_ms=self._first_ms,
        )

    def _hear_delta(self, delta: Mapping[str, Any]) -> None:
        """Reasoning (``reasoning_content``) is no part of the answer, and not its first token either."""
        refusal = delta.get("refusal")
        text = refusal or delta.get("content")
        calls = delta.get("tool_calls")
        if not text and not calls:
            return
        if self._first_ms is None:
            self._first_ms = self._elapsed_ms()
        if refusal:
            self._refuses = True
        if text:
            self._texts.append(text)
        for call in calls or ():
            self._hear_call(call)

    def _hear_call(self, call: Mapping[str, Any]) -> None:
        """The first piece of a call names it; some endpoints send calls whole and number none of them."""
        function = call["function"]
        name = function.get("name")
        index = call.get("index")
        if index is None:
            index = len(self._calls) if name else len(self._calls) - 1
        if index not in self._calls:
            self._calls[index] = _text(name), []
        arguments = function.get("arguments")
        if arguments:
            self._calls[index][1].append(arguments)


class ServerSentEvents:
    """Turns the pieces of a stream, cut anywhere, into the data of its events, of one line each."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The data that is whole now; to be exhausted before the next call."""
        *lines, self._pending = (self._pending + piece).split(b"\n")
        return _data(lines)

    def finish(self) -> Iterator[bytes]:
        """What is left at the end, where no line end follows."""
        return _data([self._pending])


def _data(lines: list[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line.startswith(b"data:") and (data := line[5:].strip()):
            yield data


def _tool(name: str, schema: Mapping[str, Any], description: str | None) -> dict[str, Any]:
    function = {"name": name, "description": description, "parameters": schema}
    return {"type": "function", "function": {key: value for key, value in function.items() if value is not None}}


def _choice(choice: str) -> Any:
    kind, _, name = choice.partition(":")
    return {"type": "function", "function": {"name": name}} if name else _CHOICES[kind]


def _response_format(output: Output | None) -> dict[str, Any] | None:
    if output is None:
        return None
    schema = {"name": output.name, "schema": output.json_schema, "strict": is_closed(output.json_schema)}
    return {"type": "json_schema", "json_schema": schema}


def is_closed(schema: Any) -> bool:
    """Whether every object in a schema requires all of its properties and allows no others: OpenAI's ``strict``."""
    if isinstance(schema, list | tuple):
        return all(map(is_closed, schema))
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties")
    if schema.get("type") == "object" or properties is not None:
        if schema.get("additionalProperties") is not False or not isinstance(properties, Mapping):
            return False
        if set(properties) != set(schema.get("required", ())):
            return False
    return all(map(is_closed, schema.values()))


def _usage(usage: Mapping[str, Any] | None) -> Usage | None:
    """Reasoning counts as output, also where it is found only in the total."""
    if not usage:
        return None
    asked, said = _count(usage["prompt_tokens"]), _count(usage.get("completion_tokens") or 0)
    cached = min(_count((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0), asked)
    everything = _count(usage.get("total_tokens") or 0)
    return Usage(input_tokens=asked - cached, output_tokens=max(said, everything - asked), cache_read_tokens=cached)


def _count(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError("a count of tokens is no count")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("something that should be text is none")
    return value


def _reason(value: Any) -> str | None:
    return None if value is None else _text(value)
