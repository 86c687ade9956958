"""A model as a provider of promptfoo."""

from typing import Any

from brainswap.core.exports.shipped import Shipped

_OPENAI = "openai:"
PLACED = frozenset({"model", "tools", "max_tokens", "temperature", "top_p", "stop_sequences"})


def provider_id(model: str) -> str:
    """By which promptfoo asks a model: one of OpenAI's kind, or one of Bedrock's by Converse."""
    if model.startswith(_OPENAI):
        return f"openai:chat:{model.removeprefix(_OPENAI)}"
    return f"bedrock:converse:{model}"


def provider(shipped: Shipped) -> tuple[dict[str, Any], frozenset[str]]:
    """The provider with its settings, and which settings it has a place for."""
    settings, ours = shipped.settings, shipped.model.startswith(_OPENAI)
    names = ("max_completion_tokens", "top_p", "stop") if ours else ("maxTokens", "topP", "stopSequences")
    config: dict[str, Any] = {
        names[0]: settings.max_tokens,
        "temperature": settings.temperature,
        names[1]: settings.top_p,
        names[2]: list(settings.stop_sequences) or None,
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    **({"description": tool.description} if tool.description else {}),
                    "parameters": dict(tool.input_schema),
                },
            }
            for tool in shipped.prompt.tools
        ]
        or None,
    }
    placed = PLACED
    if ours and shipped.prompt.output is not None:
        output = shipped.prompt.output
        config["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": output.name, "schema": dict(output.json_schema)},
        }
        placed |= {"output"}
    said = {key: value for key, value in config.items() if value is not None}
    return {"id": provider_id(shipped.model), "config": said}, placed
