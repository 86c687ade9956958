"""Bedrock's ``Converse``: what a question is as a request, and what was said in its responses."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from brainswap.adapters.replies import Said, output_as_tool
from brainswap.core.answers import ToolCall, Usage
from brainswap.core.calling.findings import Finding, findings
from brainswap.core.calls import Settings
from brainswap.core.prompts.template import Output, Prompt
from brainswap.ports import Question

_LABELS = 16
_LABEL_LENGTH = 256
_NOT_IN_LABELS = re.compile(r"[^a-zA-Z0-9\s:_@$#=/+,.-]")
_BODY = json.JSONEncoder(separators=(",", ":"))
_READABLE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def request_body(question: Question) -> bytes:
    """The body of ``Converse`` and of ``ConverseStream``."""
    prompt, settings = question.prompt, question.settings
    system = [turn.content for turn in prompt.messages if turn.role == "system"]
    if prompt.system is not None:
        system.insert(0, prompt.system)
    members = {
        "messages": [
            {"role": turn.role, "content": [{"text": turn.content}]}
            for turn in prompt.messages
            if turn.role != "system"
        ],
        "system": [{"text": text} for text in system],
        "inferenceConfig": _inference(settings),
        "toolConfig": _tools(prompt, settings.tool_choice, output_as_tool(question)),
        "outputConfig": _output(prompt.output) if settings.output == "native" else None,
        "additionalModelRequestFields": dict(settings.fields),
        "performanceConfig": {"latency": "optimized"} if settings.optimised_latency else None,
        "serviceTier": {"type": settings.service_tier} if settings.service_tier else None,
        "guardrailConfig": _guardrail(settings.guardrail),
        "requestMetadata": _labels(question.labels),
    }
    return _BODY.encode({name: value for name, value in members.items() if value}).encode()


def read(payload: Mapping[str, Any]) -> Said:
    """What a response of ``Converse`` says.

    Raises:
        TypeError, ValueError, LookupError, AttributeError: it is no such response.
    """
    content = ((payload["output"] or {}).get("message") or {}).get("content") or ()
    calls = [block["toolUse"] for block in content if "toolUse" in block]
    return Said(
        text="".join(block["text"] for block in content if "text" in block),
        tool_calls=tuple(
            ToolCall(name=_text(call["name"]), arguments=_READABLE.encode(call.get("input", {}))) for call in calls
        ),
        stop_reason=_text(payload["stopReason"]),
        usage=_usage(payload.get("usage")),
        server_latency_ms=_latency(payload),
        found=_found(payload.get("trace")),
    )


class Listening:
    """Puts together what the events of ``ConverseStream`` say.

    Its methods raise TypeError, ValueError, LookupError or AttributeError where events do not have their form.

    Args:
        elapsed_ms: since the request was sent.
    """

    def __init__(self, elapsed_ms: Callable[[], float]) -> None:
        self._elapsed_ms = elapsed_ms
        self._texts: list[str] = []
        self._calls: dict[int, tuple[str, list[str]]] = {}
        self._first_ms: float | None = None
        self._stop_reason: str | None = None
        self._usage: Usage | None = None
        self._latency_ms: float | None = None
        self._found: tuple[Finding, ...] = ()
        self.begun = False

    @property
    def whole(self) -> bool:
        """Whether the message has come to its end."""
        return self._stop_reason is not None

    def hear(self, kind: str, event: Mapping[str, Any]) -> None:
        """Take in an event; kinds that nobody needs, or that are new, change nothing."""
        self.begun = self.begun or kind != "messageStart"
        if kind == "contentBlockDelta":
            self._hear_delta(event["delta"], event)
        elif kind == "contentBlockStart":
            call = event["start"].get("toolUse")
            if call is not None:
                self._calls[event["contentBlockIndex"]] = _text(call["name"]), []
        elif kind == "messageStop":
            self._stop_reason = _text(event["stopReason"])
        elif kind == "metadata":
            self._usage = _usage(event.get("usage"))
            self._latency_ms = _latency(event)
            self._found = _found(event.get("trace"))

    def said(self) -> Said:
        return Said(
            text="".join(self._texts),
            tool_calls=tuple(
                ToolCall(name=name, arguments="".join(pieces) or "{}") for name, pieces in self._calls.values()
            ),
            stop_reason=self._stop_reason,
            usage=self._usage,
            server_latency_ms=self._latency_ms,
            first_token_ms=self._first_ms,
            found=self._found,
        )

    def _hear_delta(self, delta: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """Reasoning is no part of the answer, and not its first token either."""
        text = delta.get("text")
        if text:
            self._texts.append(text)
        elif "toolUse" in delta:
            self._calls[event["contentBlockIndex"]][1].append(delta["toolUse"]["input"])
        else:
            return
        if self._first_ms is None:
            self._first_ms = self._elapsed_ms()


def _guardrail(name: str | None) -> dict[str, str] | None:
    """With a trace, which says why an answer is blocked and whether it is only masked."""
    if name is None:
        return None
    identifier, _, version = name.rpartition("/")
    return {"guardrailIdentifier": identifier, "guardrailVersion": version, "trace": "enabled"}


def _found(trace: Mapping[str, Any] | None) -> tuple[Finding, ...]:
    """What the guardrail did something about, in what was asked and in what was answered."""
    guarded = (trace or {}).get("guardrail") or {}
    asked = (guarded.get("inputAssessment") or {}).values()
    answered = (each for several in (guarded.get("outputAssessments") or {}).values() for each in several)
    return tuple(findings([*asked, *answered]))


def _inference(settings: Settings) -> dict[str, Any]:
    wanted = {
        "maxTokens": settings.max_tokens,
        "temperature": settings.temperature,
        "topP": settings.top_p,
        "stopSequences": list(settings.stop_sequences) or None,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _tools(prompt: Prompt, choice: str | None, output: Output | None) -> dict[str, Any] | None:
    specs = [_tool(tool.name, tool.input_schema, tool.description) for tool in prompt.tools]
    if output is not None:
        specs.append(_tool(output.name, output.json_schema, None))
        choice = f"tool:{output.name}"
    if not specs:
        return None
    return {"tools": specs} if choice is None else {"tools": specs, "toolChoice": _choice(choice)}


def _tool(name: str, schema: Mapping[str, Any], description: str | None) -> dict[str, Any]:
    spec = {"name": name, "description": description, "inputSchema": {"json": schema}}
    return {"toolSpec": {key: value for key, value in spec.items() if value is not None}}


def _choice(choice: str) -> dict[str, Any]:
    kind, _, name = choice.partition(":")
    return {kind: {"name": name} if name else {}}


def _output(output: Output | None) -> dict[str, Any] | None:
    if output is None:
        return None
    schema = {"schema": _READABLE.encode(output.json_schema), "name": output.name}
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}}


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    fitting = list(labels.items())[:_LABELS]
    return {f"brainswap-{name}": _NOT_IN_LABELS.sub("_", value)[:_LABEL_LENGTH] for name, value in fitting}


def _usage(usage: Mapping[str, Any] | None) -> Usage | None:
    if usage is None:
        return None
    return Usage(
        input_tokens=_count(usage["inputTokens"]),
        output_tokens=_count(usage["outputTokens"]),
        cache_read_tokens=_count(usage.get("cacheReadInputTokens") or 0),
        cache_write_tokens=_count(usage.get("cacheWriteInputTokens") or 0),
    )


def _latency(event: Mapping[str, Any]) -> float | None:
    latency = (event.get("metrics") or {}).get("latencyMs")
    return None if latency is None else float(latency)


def _count(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError("a count of tokens is no count")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("something that should be text is none")
    return value
