import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.answers import AnswerStatus
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.scorers import compiled, reference_problem, spec_problem
from brainswap.core.scoring.specs import ChecksSpec
from brainswap.core.scoring.subject import Subject

INPUT = {"amount": "100.00", "country": "DE", "allowed": ["open", "closed"], "a.b": 1, "note": "none"}
REFERENCE = {"total": 119.0, "range": [1, 5], "due": "2026-03-01", "word": "refund"}
ANSWER = {
    "total": 119,
    "net": "100",
    "status": "open",
    "due": "2026-02-28T10:00:00Z",
    "items": [{"sku": "A-1"}, {"sku": "B-2"}],
    "note": None,
}


def checks(*rules: dict[str, Any], **changes: Any) -> ChecksSpec:
    return ChecksSpec.model_validate({"name": "rules", "type": "checks", "rules": rules, **changes})


def checked(spec: ChecksSpec, answer: Any = ANSWER, *, reference: Any = REFERENCE) -> Score:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return compiled(spec)(Subject(text=text, input=INPUT, reference=reference))


def rule(path: str, op: str, *value: Any, **more: Any) -> dict[str, Any]:
    return {"path": path, "op": op, **({"value": value[0]} if value else {}), **more}


@pytest.mark.parametrize(
    "held",
    [
        rule("json.total", "equals", {"ref": "reference.total"}),
        rule("json.net", "equals", 100),
        rule("json.net", "equals", {"ref": "input.a.b"}) | {"op": "greater"},
        rule("json.total", "at_most", 119),
        rule("json.total", "at_least", "119.00"),
        rule("json.total", "less", 119.01),
        rule("json.total", "greater", {"ref": "input.amount"}),
        rule("json.total", "between", [119, 120]),
        rule("json.total", "between", [{"ref": "input.amount"}, 120]),
        rule("json.items.0.sku", "matches", "^A-[0-9]+$"),
        rule("json.items.0.sku", "matches", "^a", ignore_case=True),
        rule("json.status", "in", ["open", "closed"]),
        rule("json.status", "in", {"ref": "input.allowed"}),
        rule("json.status", "not_in", ["lost"]),
        rule("json.status", "not_equals", "Open"),
        rule("json.status", "equals", "Open", ignore_case=True),
        rule("json.due", "at_most", {"ref": "reference.due"}),
        rule("json.due", "less", "2026-03-01"),
        rule("json.items", "contains", {"sku": "B-2"}),
        rule("json", "contains", "items"),
        rule("json.status", "contains", "pe"),
        rule("json.status", "not_contains", "lost"),
        rule("json.note", "exists"),
        rule("json.note", "equals", None),
        rule("json.extra", "absent"),
        rule("answer", "contains", "A-1"),
        rule("answer", "not_contains", "sorry"),
        rule("json.items.0", "equals", {"sku": "A-1"}),
    ],
    ids=lambda each: f"{each['path']} {each['op']}",
)
def test_a_rule_that_holds_scores_one(held: dict[str, Any]) -> None:
    assert spec_problem(checks(held)) is None
    assert checked(checks(held)).value == 1.0


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (rule("json.total", "less", 119), "json.total is “119” and has to be less than “119”"),
        (rule("json.total", "not_equals", "119.0"), "json.total is “119” and must not be “119.0”"),
        (
            rule("json.net", "equals", {"ref": "reference.total"}),
            "json.net is “100” and has to be “119.0” (reference.total)",
        ),
        (rule("json.status", "less", 5), "json.status is “open” and has to be less than “5”"),
        (rule("json.total", "between", [120, 130]), "json.total is “119” and has to be between “[120, 130]”"),
        (rule("json.status", "in", ["lost"]), 'json.status is “open” and has to be one of “["lost"]”'),
        (rule("json.extra", "not_equals", 1), "json.extra is not there and must not be “1”"),
        (rule("json.extra", "exists"), "json.extra is not there and has to be there"),
        (rule("json.status", "absent"), "json.status is “open” and must not be there"),
        (
            rule("json.net", "at_most", {"ref": "json.extra"}),
            "json.net is “100” and has to be at most nothing (json.extra)",
        ),
        (rule("json.status", "in", {"ref": "json.net"}), "json.status is “open” and has to be one of “100” (json.net)"),
        (
            rule("json.status", "not_in", {"ref": "json.net"}),
            "json.status is “open” and must be none of “100” (json.net)",
        ),
        (
            rule("json.total", "between", {"ref": "json.net"}),
            "json.total is “119” and has to be between “100” (json.net)",
        ),
        (rule("json.status", "contains", ["o"]), 'json.status is “open” and has to contain “["o"]”'),
        (rule("json.status", "not_contains", ["o"]), 'json.status is “open” and must not contain “["o"]”'),
    ],
    ids=lambda each: f"{each['path']} {each['op']}" if isinstance(each, dict) else "",
)
def test_a_broken_rule_is_told_with_what_was_said_and_what_was_wanted(broken: dict[str, Any], reason: str) -> None:
    found = checked(checks(broken))

    assert (found.value, found.reason) == (0.0, f"0 of 1 rule kept; broken: {reason}")


def test_all_rules_have_to_hold_and_every_broken_one_is_named() -> None:
    spec = checks(
        rule("json.total", "equals", 1, name="the total is right"),
        rule("json.status", "equals", "open"),
        rule("json.net", "greater", 500, name="net"),
    )

    found = checked(spec)

    assert found.value == 0.0
    assert found.reason == (
        "1 of 3 rules kept; broken: “the total is right”: json.total is “119” and has to be “1”; "
        "“net”: json.net is “100” and has to be more than “500”"
    )


def test_rules_may_count_by_their_weight() -> None:
    spec = checks(rule("json.total", "equals", 119, weight=3), rule("json.net", "equals", 0), partial=True)

    assert checked(spec).value == 0.75
    assert checked(checks(rule("json.net", "equals", 0), partial=True)).value == 0.0


def test_a_rule_applies_only_when_its_condition_holds() -> None:
    abroad = rule("input.country", "not_equals", "DE")
    taxed = rule("json.total", "equals", 100, when=abroad)
    always = rule("json.status", "equals", "open")

    assert checked(checks(taxed, always)).reason == "1 of 1 rule kept"
    assert checked(checks(taxed)).value is None
    assert checked(checks(taxed)).reason == "no rule applies to this case"
    assert checked(checks(rule("json.total", "equals", 100, when=rule("json.status", "equals", "open")))).value == 0.0
    assert checked(checks(taxed | {"when": rule("input.gone", "not_equals", 1)}, always)).reason == "1 of 1 rule kept"


def test_what_the_case_lacks_leaves_the_answer_unscored() -> None:
    missing = checks(rule("json.total", "equals", {"ref": "reference.gone"}))
    unordered = checks(rule("json.total", "less", {"ref": "reference.word"}))
    no_input = checks(rule("json.total", "less", {"ref": "input.gone"}))
    no_number = checks(rule("json.total", "less", {"ref": "input.note"}))
    no_list = checks(rule("json.total", "in", {"ref": "reference.total"}))
    no_range = checks(rule("json.total", "between", {"ref": "reference.due"}))
    in_time = checks(rule("json.total", "equals", {"ref": "reference.gone"}, when=rule("json.total", "exists")))

    assert reference_problem(missing, REFERENCE) == "the case has nothing at “reference.gone”"
    assert reference_problem(unordered, REFERENCE) == (
        "the case's “reference.word” is “refund”, which is neither a number nor a date"
    )
    assert reference_problem(no_list, REFERENCE) == "the case's “reference.total” is no list"
    assert reference_problem(no_range, REFERENCE) == "the case's “reference.due” is no list of a lowest and a highest"
    assert reference_problem(missing, None) == "the case has nothing at “reference.gone”"
    for spec in (no_input, no_number, in_time):
        assert reference_problem(spec, REFERENCE) is None
    for spec in (missing, unordered, no_input, no_number, no_list, no_range, in_time):
        assert checked(spec).value is None
    assert checked(no_number).reason == ("the case's “input.note” is “none”, which is neither a number nor a date")


def test_the_first_object_of_an_answer_is_read() -> None:
    spec = checks(rule("json.a", "equals", 1))

    for text in ('{"a": 1}', 'Here [1]:\n```json\n{"a": 1}\n```', 'So {"a": 1} and {"a": 2}', '[1] {"a": 1}'):
        assert checked(spec, text).value == 1.0
    assert checked(spec, "a is 1").value == 0.0
    assert checked(checks(rule("json.1", "equals", 2)), "[1, 2]").value == 1.0
    assert checked(checks(rule("json", "equals", 2)), "2").value == 1.0


def test_an_answer_that_is_none_scores_the_minimum() -> None:
    spec = checks(rule("answer", "absent"))

    assert compiled(spec)(Subject(text="", status=AnswerStatus.EMPTY)).value == 0.0
    assert compiled(spec)(Subject(text=" ")).value == 1.0


def test_what_is_extracted_is_checked() -> None:
    spec = checks(rule("answer", "at_most", 5), extract={"tag": "n"})

    assert checked(spec, "<n>4</n>").value == 1.0


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (rule("text", "exists"), "rules[0].path 'text' begins with none of answer, json, input, reference"),
        (rule("json..a", "exists"), "rules[0].path 'json..a' is not a dotted path"),
        (rule("json." + "9" * 400, "exists"), f"rules[0].path 'json.{'9' * 400}' is not a dotted path"),
        (
            rule("answer.a", "exists"),
            "rules[0].path 'answer.a' leads into a text; begin with json for what is inside it",
        ),
        (
            rule("json.a", "equals", {"ref": "input"}),
            "rules[0].value 'input' names none of the inputs, as input.NAME would",
        ),
        (rule("json.a", "equals"), "rules[0]: equals needs a value"),
        (rule("json.a", "exists", 1), "rules[0]: exists takes no value"),
        (rule("json.a", "less", "many"), "rules[0].value must be a number or a date"),
        (rule("json.a", "between", [1]), "rules[0].value must be a list of the lowest and the highest"),
        (rule("json.a", "between", [1, "x"]), "rules[0].value must be numbers or dates"),
        (rule("json.a", "between", [2, 1]), "rules[0].value must begin with the lowest"),
        (rule("json.a", "in", []), "rules[0].value must be a list that is not empty"),
        (rule("json.a", "in", "abc"), "rules[0].value must be a list that is not empty"),
        (rule("json.a", "matches", {"ref": "input.a"}), "rules[0].value must be a regular expression in place"),
        (rule("json.a", "matches", "("), "rules[0].value '(' is not a regular expression"),
        (rule("json.a", "contains", " "), "rules[0].value is blank, and every text contains that"),
        (rule("input.a", "equals", 1), "rules[0] looks at the case alone, whatever the answer is"),
        (rule("json.a", "exists", when=rule("input.a", "equals")), "rules[0].when: equals needs a value"),
        (rule("input.a", "less", {"ref": "json.a"}), None),
        (rule("json.a", "between", [{"ref": "input.a"}, 1]), None),
        (rule("json.a", "less", "2026-01-01"), None),
    ],
    ids=lambda each: f"{each['path'][:20]} {each['op']}" if isinstance(each, dict) else "",
)
def test_a_rule_that_can_never_work_is_told(wrong: dict[str, Any], problem: str | None) -> None:
    found = spec_problem(checks(wrong))

    assert (found is None) == (problem is None)
    assert (found or "").startswith(problem or "")


def test_rules_work_the_same_when_they_were_written_down_in_between() -> None:
    spec = checks(rule("json.note", "equals", None), rule("json.total", "exists"), rule("json.gone", "absent"))

    again = ChecksSpec.model_validate_json(spec.model_dump_json())

    assert checked(again) == checked(spec)
    assert checked(again).value == 1.0


OPERATORS = ["equals", "not_equals", "less", "at_most", "in", "not_in", "contains", "not_contains", "between", "exists"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("2026-01-01"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
PATHS = st.sampled_from(["json", "json.a", "json.a.0", "json.b.a", "answer", "input.x", "reference.a"])


@given(st.tuples(VALUES, VALUES, VALUES), PATHS, PATHS, st.sampled_from(OPERATORS))
def test_anything_is_compared_with_anything(values: tuple[Any, Any, Any], path: str, ref: str, op: str) -> None:
    answer, given_input, reference = values
    spec = checks(rule(path, op, {"ref": ref}), rule(path, op, {"ref": ref}, when=rule(ref, "less", {"ref": path})))
    subject = Subject(text=json.dumps(answer), input={"x": given_input}, reference=reference)

    found = compiled(spec)(subject)

    assert found.value in (None, 0.0, 1.0)
    json.dumps([found.reason, found.extracted], ensure_ascii=False).encode()


@pytest.mark.parametrize("unit", ["[", '{"a":', "[1] ", '{"a": 1} ', "`", "```\n", '"', "9", "a "])
def test_endless_repetition_is_checked(unit: str) -> None:
    spec = checks(
        rule("json.a", "equals", 1),
        rule("answer", "matches", "z$"),
        rule("json", "contains", "a"),
        rule("answer", "less", 1),
    )

    assert checked(spec, unit * (100_000 // len(unit))).value == 0.0
