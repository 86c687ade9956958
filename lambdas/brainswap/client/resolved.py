"""What a request is asked with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from brainswap.client.sampling import Asked
from brainswap.client.versions import PublishedVersion

_SAMPLING = (("max_tokens", "maxTokens"), ("temperature", "temperature"), ("top_p", "topP"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """One request's version, with its prompt rendered.

    Attributes:
        variant: ``source`` or ``target``.
        step: the roll-out and its step, under which outcomes are reported.
        system: None where the prompt has none.
        messages: role (``user``, ``assistant``, ``system``) and text of each turn.
        slow_ms: from which an answer counts as slow; 0 where nothing does.
        version: everything else: parameters, settings, tools and the form of the answer.
        asked: what the request was made of, while a sample of the answers is kept for a judge; None otherwise.
    """

    workload: str
    variant: str
    step: str
    model: str
    system: str | None
    messages: tuple[tuple[str, str], ...]
    slow_ms: int
    version: PublishedVersion
    asked: Asked | None = None

    @property
    def parameters(self) -> Mapping[str, Any]:
        """As the workload declares them."""
        return self.version.parameters

    @property
    def tags(self) -> dict[str, str]:
        """For ``requestMetadata``, by which invocation logs tell the variants apart."""
        return {"workload": self.workload, "variant": self.variant, "rollout": self.step}

    def converse(self) -> dict[str, Any]:
        """The arguments of Bedrock's ``Converse`` and ``ConverseStream``, as the model was measured with them."""
        settings = self.version.settings
        system = [self.system] if self.system is not None else []
        system += [text for role, text in self.messages if role == "system"]
        tier = settings.get("service_tier")
        asked = {
            "messages": _alternating(self.messages),
            "system": [{"text": text} for text in system],
            "inferenceConfig": _inference(settings),
            "toolConfig": self._tools(),
            "outputConfig": self._output_format(),
            "additionalModelRequestFields": dict(settings.get("fields") or {}),
            "performanceConfig": {"latency": "optimized"} if settings.get("optimised_latency") else None,
            "serviceTier": {"type": tier} if tier else None,
            "guardrailConfig": _guardrail(settings.get("guardrail")),
        }
        told = {name: value for name, value in asked.items() if value}
        return {"modelId": self.model, **told, "requestMetadata": self.tags}

    def text_of(self, answer: Mapping[str, Any]) -> str:
        """The text of an answer of ``Converse``, as the model was measured by it.

        Arguments of the tool that stands for the form of the answer are its text, and what follows a stop sequence that
        the model does not take is cut off.
        """
        blocks = answer["output"]["message"]["content"]
        output = self.version.output
        if output is not None and self.version.settings.get("output") == "tool":
            for block in blocks:
                if block.get("toolUse", {}).get("name") == output["name"]:
                    return json.dumps(block["toolUse"].get("input", {}), ensure_ascii=False)
        text = "".join(block["text"] for block in blocks if "text" in block)
        places = [text.find(stop) for stop in self.version.settings.get("cut_at") or ()]
        return text[: min((place for place in places if place >= 0), default=len(text))]

    def _tools(self) -> dict[str, Any] | None:
        settings, output = self.version.settings, self.version.output
        specs = [_tool(tool["name"], tool["input_schema"], tool.get("description")) for tool in self.version.tools]
        choice = settings.get("tool_choice")
        if output is not None and settings.get("output") == "tool":
            specs.append(_tool(output["name"], output["json_schema"], None))
            choice = f"tool:{output['name']}"
        if not specs:
            return None
        if choice is None:
            return {"tools": specs}
        kind, _, name = str(choice).partition(":")
        return {"tools": specs, "toolChoice": {kind: {"name": name} if name else {}}}

    def _output_format(self) -> dict[str, Any] | None:
        output = self.version.output
        if output is None or self.version.settings.get("output") != "native":
            return None
        schema = json.dumps(output["json_schema"], ensure_ascii=False, separators=(",", ":"))
        structure = {"jsonSchema": {"schema": schema, "name": output["name"]}}
        return {"textFormat": {"type": "json_schema", "structure": structure}}


def _alternating(turns: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
    """Messages of alternating roles: neighbours of one role are the blocks of one message."""
    messages: list[dict[str, Any]] = []
    for role, text in turns:
        if role == "system":
            continue
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"].append({"text": text})
        else:
            messages.append({"role": role, "content": [{"text": text}]})
    return messages


def _inference(settings: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {theirs: settings.get(ours) for ours, theirs in _SAMPLING}
    wanted["stopSequences"] = list(settings.get("stop_sequences") or ()) or None
    return {name: value for name, value in wanted.items() if value is not None}


def _tool(name: str, schema: Mapping[str, Any], description: str | None) -> dict[str, Any]:
    spec = {"name": name, "description": description, "inputSchema": {"json": schema}}
    return {"toolSpec": {key: value for key, value in spec.items() if value is not None}}


def _guardrail(name: str | None) -> dict[str, str] | None:
    if name is None:
        return None
    identifier, _, version = name.rpartition("/")
    return {"guardrailIdentifier": identifier, "guardrailVersion": version, "trace": "enabled"}
