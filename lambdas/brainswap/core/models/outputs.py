"""How JSON of a schema is asked for: of the model's own structured output, through a tool, or in words."""

import json
from dataclasses import dataclass, replace
from typing import Literal

from brainswap.core.models.notes import Notes
from brainswap.core.models.output_schemas import CutSchema, InexpressibleSchemaError, cut
from brainswap.core.models.profiles import Profile
from brainswap.core.models.thinking import Plan
from brainswap.core.models.turns import with_instruction
from brainswap.core.prompts.template import Output, Prompt
from brainswap.core.wording import listed

_OUTPUT = "prompt.output"
_IN_WORDS = "Answer with nothing but JSON, without a fence round it, that fits this JSON Schema:\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The way, and the prompt as it goes that way."""

    prompt: Prompt
    mode: Literal["text", "native", "tool"]


def choose_output(
    prompt: Prompt, profile: Profile, *, forced: bool, with_tools: bool, thinking: Plan, notes: Notes
) -> Asking:
    """Take the strictest way that the model surely goes; whoever reads the answer validates it all the same.

    Args:
        prompt: whose output is asked for, if it has one.
        profile: of the model.
        forced: a tool of the prompt is demanded, so that there is no text that could be JSON.
        with_tools: the prompt or the cases have tools, which the model must stay free to call.
        thinking: what the model is told about it.
        notes: every way but the model's own with the whole schema is noted.
    """
    output = prompt.output
    if output is None:
        return Asking(prompt=prompt, mode="text")
    if forced:
        return _in_words(prompt, output, "a tool is demanded, whose call is the answer", notes)
    against: list[str] = []
    if profile.native_output == "yes":
        try:
            trimmed = cut(output.json_schema)
        except InexpressibleSchemaError as error:
            against.append(f"its structured output does not take the schema: {error}")
        else:
            return _native(prompt, output, trimmed, notes)
    else:
        known = "has no structured output" if profile.native_output == "no" else "is not known to have it"
        against.append(f"the model {known}")
    obstacle = _against_tool(output, profile, thinking, with_tools=with_tools)
    if obstacle is not None:
        return _in_words(prompt, output, "; ".join([*against, obstacle]), notes)
    notes.add(
        _OUTPUT,
        declared="JSON of a schema",
        sent=f"the arguments of the tool `{output.name}`, which the model has to call",
        reason="; ".join(against),
        loses="the model's word for every detail of the schema; a validation of the answer makes sure",
    )
    return Asking(prompt=prompt, mode="tool")


def _native(prompt: Prompt, output: Output, trimmed: CutSchema, notes: Notes) -> Asking:
    if trimmed.schema == output.json_schema:
        return Asking(prompt=prompt, mode="native")
    changes = [f"without {listed(trimmed.dropped)}"] if trimmed.dropped else []
    changes += ["further properties refused"] if trimmed.closed else []
    notes.add(
        _OUTPUT,
        declared="JSON of a schema",
        sent=f"the schema, {' and '.join(changes) or 'without remarks'}",
        reason="structured output takes a part of JSON Schema",
        loses="what these keywords demand; a validation of the answer makes sure" if trimmed.dropped else None,
    )
    return Asking(prompt=replace(prompt, output=replace(output, json_schema=trimmed.schema)), mode="native")


def _against_tool(output: Output, profile: Profile, thinking: Plan, *, with_tools: bool) -> str | None:
    if with_tools:
        return "the prompt has tools of its own, which one that has to be called would keep from use"
    if profile.tools != "yes" or "tool" not in profile.tool_choice:
        return "it is not known to call a tool on demand"
    if not thinking.forced_tools:
        return "it calls no tool on demand while it thinks"
    if output.json_schema.get("type") != "object":
        return "the arguments of a tool have to be an object"
    return None


def _in_words(prompt: Prompt, output: Output, reason: str, notes: Notes) -> Asking:
    """Braces that only a text can hold are escaped, so that no placeholder comes about."""
    schema = json.dumps(output.json_schema, ensure_ascii=False).replace("{{", "{\\u007b")
    notes.add(
        _OUTPUT,
        declared="JSON of a schema",
        sent="the schema in words, at the end of what the user says",
        reason=reason,
        loses="any certainty that the answer is JSON; a validation of the answer tells",
    )
    return Asking(prompt=with_instruction(replace(prompt, output=None), _IN_WORDS + schema), mode="text")
