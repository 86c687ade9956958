import json
from typing import Any

import pytest

from brainswap.core.scoring.scorers import compiled, reference_problem, score, spec_problem
from brainswap.core.scoring.specs import Extract, FieldRule, JsonSpec
from brainswap.core.scoring.subject import Subject

VALID = JsonSpec(name="form", type="json")


def schema_of(schema: dict[str, Any]) -> JsonSpec:
    return JsonSpec(name="form", type="json", json_schema=schema)


def test_validity_alone_counts_where_the_reference_is_no_object() -> None:
    assert score(VALID, '{"answer": 1}', "64").reason == "valid JSON"
    assert score(VALID, '{"answer": 1', None).value == 0.0
    assert reference_problem(VALID, None) is None


def test_raw_newlines_count_as_invalid_only_if_strict() -> None:
    text = '{"a": "one\ntwo"}'

    assert score(VALID, text, None).value == 0.0
    assert score(JsonSpec(name="form", type="json", strict=False), text, None).value == 1.0


def test_every_top_level_field_of_an_object_reference_is_compared() -> None:
    reference = {"name": "Ann", "age": 41, "a.b": True, "tags": ["x", {"y": 1}]}

    right = score(VALID, '{"tags": ["x", {"y": 1.0}], "a.b": true, "age": 41.0, "name": " Ann", "more": 0}', reference)
    partly = score(VALID, '{"tags": ["x"], "a.b": 1, "name": "Ann"}', reference)

    assert (right.value, right.reason) == (1.0, "4 of 4 fields right")
    assert partly.value == 0.25
    assert partly.reason == (
        "1 of 4 fields right; missing: age; wrong: a.b is “1” instead of “true”, "
        'tags is “["x"]” instead of “["x", {"y": 1}]”'
    )


def test_fields_count_by_their_weight_and_are_compared_by_their_rule() -> None:
    spec = JsonSpec(
        name="order",
        type="json",
        fields={
            "order.total": FieldRule(type="number", tolerance=0.01, weight=2),
            "order.items.0": FieldRule(ignore_case=True),
            "note": FieldRule(type="contains", ignore_case=True),
        },
    )
    reference = {"order": {"total": "$19.99", "items": ["Tea"]}, "note": "urgent"}
    answers = [
        {"order": {"total": 20, "items": ["TEA"]}, "note": "Very URGENT!"},
        {"order": {"total": True, "items": ["tea", "milk"]}, "note": ["urgent"]},
        {"order": {"total": "20.01", "items": []}, "note": None},
        {"order": {"total": 19.98, "items": {}}, "note": ""},
        {"order": {"total": [19.99], "items": []}},
    ]

    scores = [score(spec, json.dumps(answer), reference) for answer in answers]

    assert [each.value for each in scores] == [1.0, 0.5, 0.0, 0.5, 0.0]
    assert scores[1].reason == "2 of 3 fields right; wrong: order.total is “true” instead of “$19.99”"
    assert scores[2].reason == (
        "0 of 3 fields right; missing: order.items.0; "
        "wrong: order.total is “20.01” instead of “$19.99”, note is “null” instead of “urgent”"
    )


@pytest.mark.parametrize(
    ("rule", "reference", "problem"),
    [
        (FieldRule(), {"a": {"b": None}}, None),
        (FieldRule(), {"a": {}}, "the reference has no field “a.b”"),
        (FieldRule(), "text", "the reference has no field “a.b”"),
        (FieldRule(type="number"), {"a": {"b": "many"}}, "the reference “many” is not a number"),
        (
            FieldRule(type="contains"),
            {"a": {"b": ["x"]}},
            "the reference's field “a.b” is not text that could be contained",
        ),
        (
            FieldRule(type="contains"),
            {"a": {"b": ""}},
            "the reference's field “a.b” is not text that could be contained",
        ),
    ],
)
def test_the_reference_has_to_hold_every_declared_field(rule: FieldRule, reference: Any, problem: str | None) -> None:
    spec = JsonSpec(name="form", type="json", fields={"a.b": rule})

    assert reference_problem(spec, reference) == problem


def test_a_violation_of_the_schema_is_named_with_its_place() -> None:
    spec = schema_of({"properties": {"items": {"items": {"properties": {"price": {"type": "number"}}}}}})

    assert score(spec, '{"items": [{"price": 1}]}', {"items": []}).reason.startswith("0 of 1 field right")
    assert score(spec, '{"items": [{"price": "1"}]}', None).reason == (
        "not as the schema has it: $.items[0].price: “'1' is not of type 'number'”"
    )


def test_unique_items_are_told_apart_as_json_schema_has_it() -> None:
    unique = compiled(schema_of({"uniqueItems": True}))

    assert unique(Subject(text='[1, true, "1", [1], {"a": 1}, {"a": true}]')).value == 1.0
    assert unique(Subject(text='[{"a": 1, "b": [2]}, {"b": [2.0], "a": 1.0}]')).value == 0.0
    assert unique(Subject(text='{"a": 1}')).value == 1.0
    assert score(schema_of({"uniqueItems": False}), "[1, 1]", None).value == 1.0


def test_many_objects_are_checked_for_uniqueness_without_comparing_each_with_each() -> None:
    text = json.dumps([{"a": number} for number in range(50_000)])

    assert score(schema_of({"uniqueItems": True}), text, None).value == 1.0


def test_numbers_beyond_arithmetic_are_a_violation_and_not_a_crash() -> None:
    spec = schema_of({"properties": {"a": {"multipleOf": 0.01}}})

    assert score(spec, '{"a": 1e999}', None).reason.endswith("a number is too large to be checked")
    assert score(spec, '{"a": ' + "9" * 600 + "}", None).value == 0.0


def test_deep_nesting_is_a_zero_and_not_a_crash() -> None:
    recursive = schema_of({"$ref": "#/$defs/node", "$defs": {"node": {"items": {"$ref": "#/$defs/node"}}}})

    assert score(recursive, "[" * 400 + "]" * 400, None).reason == "the JSON is nested too deeply to be compared"
    assert score(VALID, "[" * 100_000, None).reason == "not readable as JSON: nested too deeply"


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"type": "object"}, None),
        (
            {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {}}, "$ref": "#/definitions/a"},
            None,
        ),
        ({"properties": {"$ref": {"type": "string"}, "$id": {"type": "string"}}}, None),
        ({"$id": "urn:a", "$defs": {"b": {"$id": "urn:b", "$anchor": "c"}}, "$ref": "urn:b#c"}, None),
        (
            {
                "$id": "https://example.com/a",
                "$defs": {"b": {"$id": "https://example.com/b", "$defs": {"c": {}}, "$ref": "#/$defs/c"}},
            },
            None,
        ),
        ({"const": {"$ref": "elsewhere"}}, None),
        (
            {"type": "text"},
            "schema is not valid JSON Schema: $.type: 'text' is not valid under any of the given schemas",
        ),
        ({"pattern": "(a"}, "schema is not valid JSON Schema: $.pattern: '(a' is not a 'regex'"),
        ({"$schema": 7}, "schema.$schema is not text"),
        ({"$ref": "#/$defs/a"}, "schema refers to '#/$defs/a', which is not in it"),
        (
            {"anyOf": [{"items": {"$ref": "https://example.com/a.json"}}]},
            "schema refers to 'https://example.com/a.json', which is not in it",
        ),
    ],
)
def test_a_schema_has_to_be_valid_and_complete(schema: dict[str, Any], problem: str | None) -> None:
    assert spec_problem(schema_of(schema)) == problem


def test_a_field_has_to_be_a_path() -> None:
    spec = JsonSpec(name="form", type="json", fields={"a.": FieldRule()})

    assert spec_problem(spec) == "fields: 'a.' is not a dotted path"


def test_extracted_json_is_judged_on_its_own() -> None:
    spec = JsonSpec(name="form", type="json", extract=Extract(tag="out"))

    assert score(spec, 'I think: <out>{"a": 1}</out>', {"a": 1}).value == 1.0
    assert score(spec, "I think: <out>a = 1</out>", {"a": 1}).extracted == "a = 1"
