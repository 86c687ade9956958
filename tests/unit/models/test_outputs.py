import json
from collections.abc import Callable
from typing import Any

import pytest

from brainswap.core.models.fitting import Fitted
from brainswap.core.models.output_schemas import InexpressibleSchemaError, cut
from brainswap.core.prompts.template import Message, Output, Prompt, Tool

Fit = Callable[..., Fitted]

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"label": {"type": "string"}},
    "required": ["label"],
    "additionalProperties": False,
}
ASKED = Prompt(system=None, messages=(Message(role="user", content="{{q}}"),), output=Output(json_schema=SCHEMA))
TOOL = Tool(name="add", input_schema={"type": "object"})


def asked(schema: dict[str, Any] = SCHEMA, **more: Any) -> Prompt:
    return Prompt(**{"system": None, "messages": ASKED.messages, "output": Output(json_schema=schema), **more})


def test_a_schema_that_the_model_takes_whole_needs_no_remark(fitted: Fit) -> None:
    call = fitted(prompt=ASKED)

    assert (call.settings.output, call.prompt, call.adjustments) == ("native", ASKED, ())


def test_what_a_schema_loses_is_said(fitted: Fit) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}, "s": {"maxLength": 3}}}

    call = fitted(prompt=asked(schema))

    assert call.settings.output == "native"
    assert call.prompt.output is not None
    assert call.prompt.output.json_schema == {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "s": {}},
        "additionalProperties": False,
    }
    assert call.adjustments[0].sent == "the schema, without `minimum`, `maxLength` and further properties refused"


@pytest.mark.parametrize("native", ["no", "unknown"])
def test_a_tool_that_has_to_be_called_stands_in_for_structured_output(fitted: Fit, native: str) -> None:
    call = fitted(prompt=ASKED, profile={"native_output": native})

    assert (call.settings.output, call.prompt) == ("tool", ASKED)
    assert [note.parameter for note in call.adjustments] == ["prompt.output"]


def test_a_tool_takes_a_schema_that_structured_output_does_not(fitted: Fit) -> None:
    call = fitted(prompt=asked({"type": "object", "additionalProperties": {"type": "number"}}))

    assert call.settings.output == "tool"
    assert "names of their own" in call.adjustments[0].reason


@pytest.mark.parametrize(
    ("profile", "declared", "more"),
    [
        ({"native_output": "no", "tools": "unknown"}, {}, {}),
        ({"native_output": "no", "tool_choice": ("auto", "any")}, {}, {}),
        ({"native_output": "no"}, {}, {"tools": (TOOL,)}),
        ({"native_output": "no", "thinking": "optional", "thinking_form": "claude-budget"}, {"thinking": "low"}, {}),
        ({}, {}, {"output": Output(json_schema={"type": "array", "items": {}})}),
        ({}, {"tool_choice": "any"}, {"tools": (TOOL,)}),
    ],
    ids=["no tools", "no demand", "tools of its own", "thinks", "no object", "demanded tool"],
)
def test_words_ask_for_json_where_nothing_better_works(
    fitted: Fit, profile: dict[str, Any], declared: dict[str, Any], more: dict[str, Any]
) -> None:
    prompt = asked(**more)

    call = fitted(prompt=prompt, profile=profile, **declared)

    assert prompt.output is not None
    assert (call.settings.output, call.prompt.output) == ("text", None)
    assert call.prompt.messages[0].content.startswith("{{q}}\n\nAnswer with nothing but JSON")
    assert json.loads(call.prompt.messages[0].content.rpartition(":\n")[2]) == prompt.output.json_schema


def test_a_schema_in_words_brings_no_placeholder_with_it(fitted: Fit) -> None:
    schema = {"type": "object", "description": "as in {{{name}} and {{q}}"}

    call = fitted(prompt=asked(schema), profile={"native_output": "no", "tools": "unknown"})

    assert call.prompt.placeholders == {"q"}
    assert json.loads(call.prompt.messages[0].content.rpartition(":\n")[2]) == schema


def test_structured_output_goes_with_tools_and_with_thinking(fitted: Fit) -> None:
    call = fitted(
        prompt=asked(tools=(TOOL,)),
        profile={"thinking": "optional", "thinking_form": "claude-budget"},
        thinking="low",
        tool_choice="auto",
    )

    assert call.settings.output == "native"


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "string"}, "does not describe an object"),
        ({}, "does not describe an object"),
        ({"type": "object"}, "properties are not named"),
        ({"type": "object", "properties": {"a": {"type": ["object", "null"]}}}, "properties are not named"),
        ({"type": "object", "properties": {"a": {}}, "additionalProperties": True}, "names of their own"),
        ({"type": "object", "properties": {"a": {}}, "required": ["b"]}, "does not describe"),
        ({"type": "object", "properties": {"a": {}}, "allOf": [{"required": ["a"]}]}, "several schemas"),
        ({"type": "object", "properties": {"a": {}}, "anyOf": [{"properties": {"b": {}}}]}, "several schemas"),
        ({"type": "object", "properties": {"a": {"$ref": "#"}}}, "refers to itself"),
        ({"type": "object", "properties": {"a": {"$ref": "http://x.test/s"}}}, "outside of itself"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/b"}}}, "not there"),
        ({"type": "object", "properties": {"a": False}}, "nothing fits"),
        (
            {
                "type": "object",
                "properties": {"a": {"$ref": "#/$defs/a"}},
                "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"items": {"$ref": "#/$defs/a"}}},
            },
            "refers to itself",
        ),
    ],
)
def test_a_schema_beyond_the_subset_is_not_bent(schema: dict[str, Any], why: str) -> None:
    with pytest.raises(InexpressibleSchemaError, match=why):
        cut(schema)


def test_a_definition_may_be_used_twice() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/x~1y"}, "b": {"$ref": "#/$defs/x~1y"}},
        "additionalProperties": False,
        "$defs": {"x/y": {"type": "string"}},
    }

    assert cut(schema).schema == schema


def test_properties_may_be_called_like_keywords() -> None:
    schema = {
        "type": "object",
        "properties": {"minimum": {"type": "number"}, "$ref": {"type": "string"}, "allOf": {"const": 1}},
        "additionalProperties": False,
    }

    assert cut(schema).schema == schema


def test_weaker_keywords_are_named() -> None:
    trimmed = cut(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "a": {"oneOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
                "b": {"type": "array", "items": {"type": "string", "pattern": "x"}, "minItems": 2, "maxItems": 3},
                "c": {"type": "string", "format": "regex"},
            },
        }
    )

    assert trimmed.closed
    assert set(trimmed.dropped) == {"oneOf", "pattern", "minItems", "maxItems", "format"}
    assert trimmed.schema["properties"] == {
        "a": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "b": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "c": {"type": "string"},
    }


def test_cutting_twice_changes_nothing_more() -> None:
    once = cut({"type": "object", "properties": {"a": {"minItems": 7, "oneOf": [{}, {"maximum": 1}]}}})

    twice = cut(once.schema)

    assert twice.schema == once.schema
    assert (twice.dropped, twice.closed) == ((), False)
