import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.bedrock.structured import conform, fit

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)
SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
SCHEMAS = st.recursive(
    st.sampled_from([{"type": kind} for kind in SCALARS]),
    lambda inner: st.one_of(
        inner.map(lambda each: {"type": "array", "items": each}),
        st.dictionaries(st.sampled_from(["label", "a", "b"]), inner, min_size=1).map(
            lambda each: {"type": "object", "properties": each}
        ),
        inner.map(lambda each: {"anyOf": [{"type": "null"}, each]}),
    ),
    max_leaves=6,
)


def follows(value: Any, schema: Any) -> bool:
    if "anyOf" in schema:
        return any(follows(value, each) for each in schema["anyOf"])
    if schema["type"] == "array":
        return isinstance(value, list) and all(follows(item, schema["items"]) for item in value)
    if schema["type"] == "object":
        properties = schema["properties"]
        return set(value) == set(properties) and all(follows(value[name], each) for name, each in properties.items())
    kinds = SCALARS[schema["type"]]
    return isinstance(value, kinds) and (schema["type"] == "boolean" or not isinstance(value, bool))


@given(content=JSON, schema=SCHEMAS)
def test_whatever_the_content_the_answer_follows_the_schema(content: Any, schema: Any) -> None:
    assert follows(json.loads(conform(content, schema)), schema)


@given(content=JSON, schema=JSON)
def test_no_schema_is_too_odd(content: Any, schema: Any) -> None:
    json.dumps(fit(content, schema, schema if isinstance(schema, dict) else {}))


@pytest.mark.parametrize(
    ("content", "schema", "made"),
    [
        ("b", {"enum": ["a", "b"]}, "b"),
        ("B ", {"enum": ["a", "b"]}, "b"),
        ("c", {"enum": ["a", "b"]}, "a"),
        ("12.5", {"type": "number"}, 12.5),
        ("x", {"const": 1}, 1),
        ("x", {"$ref": "#/$defs/all", "$defs": {"all": {"type": "array", "items": {"type": "string"}}}}, ["x"]),
        ("x", {"$ref": "#/$defs/self", "$defs": {"self": {"$ref": "#/$defs/self"}}}, None),
        ("x", {"type": ["null", "string"]}, "x"),
        (5, {"properties": {"why": {"type": "string"}, "count": {"type": "integer"}}},
         {"why": "The request was read and answered.", "count": 5}),
        ("x", {"properties": {"label": {}, "why": {"type": "string"}}},
         {"label": "x", "why": "The request was read and answered."}),
    ],
)  # fmt: skip
def test_content_goes_where_the_schema_has_a_place_for_it(content: Any, schema: Any, made: Any) -> None:
    assert fit(content, schema, schema) == made
