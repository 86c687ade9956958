import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.answers import AnswerStatus, ToolCall
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.scorers import compiled, reference_problem, spec_problem
from brainswap.core.scoring.specs import Extract, FieldRule, ToolCallSpec
from brainswap.core.scoring.subject import Subject

CALLS = ToolCallSpec(name="calls", type="tool_call")
ARGUMENTS = {"city": "Rome", "days": 3}
ROME = {"name": "weather", "arguments": ARGUMENTS}
PARIS = {"name": "weather", "arguments": {"city": "Paris", "days": 3}}
BOOK = {"name": "book", "arguments": {"seats": 2}}


def call(name: str, arguments: Any) -> ToolCall:
    return ToolCall(name=name, arguments=arguments if isinstance(arguments, str) else json.dumps(arguments))


def scored(spec: ToolCallSpec, reference: Any, *calls: ToolCall) -> Score:
    return compiled(spec)(Subject(text="", reference=reference, tool_calls=calls))


def as_calls(*references: dict[str, Any]) -> tuple[ToolCall, ...]:
    return tuple(call(each["name"], each["arguments"]) for each in references)


def test_the_call_of_the_reference_is_right_whatever_the_order_of_its_arguments() -> None:
    found = scored(CALLS, ROME, call("weather", '{"days": 3.0, "city": " Rome "}'))

    assert (found.value, found.reason) == (1.0, "1 of 1 expected calls right")
    assert found.extracted == 'weather({"days": 3.0, "city": " Rome "})'


def test_a_wrong_a_missing_and_an_unknown_argument_are_named_and_cost_their_share() -> None:
    reference = {"name": "weather", "arguments": {"city": "Rome", "days": 3, "unit": "C"}}

    found = scored(CALLS, reference, call("weather", {"city": "Paris", "days": 3, "mood": "fair"}))

    assert found.value == 2 / 5  # the name and days; not city, unit and mood
    assert found.reason == (
        "0 of 1 expected calls right; wrong: “weather”: “city” is “Paris” instead of “Rome”, "
        "“weather”: “unit” is missing, “weather”: not expected: “mood”"
    )


def test_unknown_arguments_may_be_allowed() -> None:
    spec = ToolCallSpec(name="calls", type="tool_call", extra="allow")

    assert scored(spec, ROME, call("weather", {**ARGUMENTS, "mood": "fair"})).value == 1.0


def test_a_missing_and_an_extra_call_both_cost_as_in_f1() -> None:
    missing = scored(CALLS, [ROME, BOOK], *as_calls(ROME))
    extra = scored(CALLS, ROME, *as_calls(ROME, BOOK))
    other = scored(CALLS, ROME, *as_calls(BOOK))

    assert (missing.value, missing.reason) == (2 / 3, "1 of 2 expected calls right; missing: “book”")
    assert (extra.value, extra.reason) == (2 / 3, "1 of 1 expected calls right; not expected: “book”")
    assert (other.value, other.reason) == (0.0, "0 of 1 expected calls right; missing: “weather”; not expected: “book”")


def test_calls_of_one_name_are_paired_so_that_they_earn_the_most() -> None:
    found = scored(CALLS, [ROME, PARIS], *as_calls(PARIS, ROME))

    assert found.value == 1.0


def test_the_order_counts_where_it_is_asked_for() -> None:
    spec = ToolCallSpec(name="calls", type="tool_call", ordered=True)

    assert scored(spec, [ROME, BOOK], *as_calls(ROME, BOOK)).value == 1.0
    assert scored(spec, [ROME, BOOK], *as_calls(BOOK, ROME)).value == 0.5
    assert scored(CALLS, [ROME, BOOK], *as_calls(BOOK, ROME)).value == 1.0


def test_names_alone_may_count() -> None:
    spec = ToolCallSpec(name="calls", type="tool_call", names_only=True)

    assert scored(spec, ROME, call("weather", "{broken")).value == 1.0
    assert scored(CALLS, {"name": "weather"}, call("weather", {"city": "anywhere"})).value == 1.0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ('{"city": "Rome"', "not valid JSON: Expecting ',' delimiter in line 1, column 16"),
        ("[1]", "no JSON object"),
        ('{"days": NaN}', "not valid JSON: NaN is not JSON"),
        ('```json\n{"city": "Rome", "days": 3}\n```', "not valid JSON: Expecting value in line 1, column 1"),
        ("[" * 100_000, "not readable as JSON: nested too deeply"),
    ],
)
def test_broken_arguments_leave_the_name_alone_to_count(arguments: str, problem: str) -> None:
    found = scored(CALLS, ROME, call("weather", arguments))
    uncompared = scored(CALLS, {"name": "weather"}, call("weather", arguments))

    assert found.value == 1 / 3
    assert found.reason == f"0 of 1 expected calls right; wrong: “weather”: its arguments are {problem}"
    assert uncompared.value == 0.5


def test_no_text_means_no_arguments() -> None:
    assert scored(CALLS, {"name": "ping", "arguments": {}}, call("ping", "")).value == 1.0
    assert scored(CALLS, {"name": "ping", "arguments": "{}"}, call("ping", "{}")).value == 1.0


def test_rules_say_how_an_argument_is_compared_and_what_it_counts() -> None:
    rules = {
        "place.city": FieldRule(ignore_case=True, weight=3),
        "days": FieldRule(type="number", tolerance=1),
        "seats": FieldRule(type="number"),
    }
    spec = ToolCallSpec(name="calls", type="tool_call", arguments=rules)
    reference = {"name": "weather", "arguments": {"place": {"city": "Rome", "zip": 1}, "days": 3, "unit": "C"}}

    right = scored(spec, reference, call("weather", {"place": {"city": "ROME"}, "days": "4", "unit": "C"}))
    wrong = scored(spec, reference, call("weather", {"place": {"city": "Paris"}, "days": 2, "unit": "C"}))

    assert right.value == 1.0
    assert wrong.value == 0.5


def test_no_tool_may_be_called_where_the_reference_is_empty_and_says_so() -> None:
    spec = ToolCallSpec(name="calls", type="tool_call", expect="none")

    nothing: list[Any] = [[], None]
    for empty in nothing:
        assert scored(spec, empty).value == 1.0
        assert scored(spec, empty, *as_calls(BOOK)).value == 0.0
        assert scored(spec, empty, *as_calls(BOOK)).reason == "no tool may be called, and these are: “book”"
        assert scored(CALLS, empty).value is None
    assert scored(spec, ROME, *as_calls(ROME)).value == 1.0
    assert scored(spec, ROME).value == 0.0


def test_an_answer_without_calls_names_what_is_missing() -> None:
    found = scored(CALLS, [ROME, BOOK])

    assert (found.value, found.reason) == (0.0, "no tool is called; missing: “weather”, “book”")


def test_an_inverted_scorer_asks_for_a_tool_to_be_left_alone() -> None:
    spec = ToolCallSpec(name="calls", type="tool_call", names_only=True, inverted=True)

    assert scored(spec, BOOK).value == 1.0
    assert scored(spec, BOOK, *as_calls(BOOK)).value == 0.0


def test_a_call_that_was_cut_off_scores_the_minimum() -> None:
    subject = Subject(text="", reference=ROME, tool_calls=as_calls(ROME), status=AnswerStatus.TRUNCATED)

    assert compiled(CALLS)(subject).value == 0.0


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        (None, "the reference names no call; say expect: none where no tool may be called"),
        ("weather", "the reference is no call of a tool, which has a name and arguments"),
        ([{"name": " "}], "the reference is no call of a tool, which has a name and arguments"),
        ({"name": "a", "args": {}}, "a call of the reference has “args” beside its name and arguments"),
        ({"name": "a", "arguments": "{"}, "the reference's arguments of “a” are no JSON object"),
        ({"name": "a", "arguments": [1]}, "the reference's arguments of “a” are no JSON object"),
        ([BOOK] * 33, "the reference names 33 calls, and at most 32 are compared"),
        ({"name": "a", "arguments": {"n": "many"}}, "the reference “many” is not a number"),
        ([ROME, BOOK], None),
    ],
)
def test_the_reference_has_to_be_calls(reference: Any, problem: str | None) -> None:
    spec = ToolCallSpec(name="calls", type="tool_call", arguments={"n": FieldRule(type="number")})

    assert reference_problem(spec, reference) == problem


def test_what_can_never_work_is_told() -> None:
    rules = {"a..b": FieldRule()}

    assert spec_problem(CALLS) is None
    assert spec_problem(ToolCallSpec(name="c", type="tool_call", arguments=rules)) == (
        "arguments: 'a..b' is not a dotted path"
    )
    assert spec_problem(ToolCallSpec(name="c", type="tool_call", arguments=rules, names_only=True)) == (
        "arguments has rules, and names_only says that no argument is looked at"
    )
    assert spec_problem(ToolCallSpec(name="c", type="tool_call", extract=Extract(last_number=True))) == (
        "extract means nothing to a scorer of type 'tool_call', which looks at more than the text"
    )


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.lists(st.integers(), max_size=2)
REFERENCES = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["a", "b"]),
            "arguments": st.dictionaries(st.text(max_size=3), VALUES, max_size=3),
        }
    ),
    min_size=1,
    max_size=5,
)


@given(REFERENCES, st.data())
def test_the_calls_of_the_reference_are_right_in_any_order(
    references: list[dict[str, Any]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(references))

    assert scored(CALLS, references, *as_calls(*shuffled)).value == 1.0
    assert scored(ToolCallSpec(name="c", type="tool_call", ordered=True), references, *as_calls(*references)).value == 1


@given(REFERENCES, REFERENCES)
def test_order_never_earns_more_and_both_sides_count_alike(
    references: list[dict[str, Any]], made: list[dict[str, Any]]
) -> None:
    ordered = ToolCallSpec(name="c", type="tool_call", ordered=True)

    free, strict = scored(CALLS, references, *as_calls(*made)), scored(ordered, references, *as_calls(*made))
    swapped = scored(CALLS, made, *as_calls(*references))

    assert free.value is not None
    assert strict.value is not None
    assert strict.value <= free.value + 1e-9
    assert 0.0 <= strict.value <= 1.0
    assert swapped.value is not None


@given(st.lists(st.builds(ToolCall, name=st.sampled_from(["weather", "\ud800"]), arguments=st.text(max_size=20))))
def test_any_call_gets_a_value(calls: list[ToolCall]) -> None:
    found = scored(CALLS, [ROME, BOOK], *calls)

    assert found.value is not None
    assert 0.0 <= found.value <= 1.0
    json.dumps([found.reason, found.extracted], ensure_ascii=False).encode()


def test_arguments_beyond_all_measure_are_not_compared_with_every_call() -> None:
    long = {"name": "a", "arguments": {"b": "x" * 200_000}}

    found = scored(CALLS, [long] * 32, *as_calls(long))

    assert found.value == pytest.approx(2 * 0.5 / 33)
    assert found.reason.endswith("wrong: “a”: its arguments are too long to be compared")
    assert scored(CALLS, long, *as_calls(long)).value == 1.0


def test_endless_calls_are_scored() -> None:
    many = scored(CALLS, [ROME] * 32, *as_calls(*[PARIS] * 20_000))
    wide = scored(CALLS, ROME, call("weather", {str(number): number for number in range(100_000)}))
    deep = scored(CALLS, {"name": "a", "arguments": {"b": 1}}, call("a", '{"b": ' + "[" * 500 + "]" * 500 + "}"))

    assert many.value == pytest.approx(2 * 32 * (2 / 3) / 20_032)
    assert len(many.reason) < 2_001
    assert wide.value is not None
    assert 0 < wide.value < 0.001
    assert deep.value is not None


LATER = ToolCall(name="book", arguments='{"seats": 2}', round=2)


def test_the_calls_of_all_rounds_count_unless_the_first_alone_is_asked_for() -> None:
    first = ToolCallSpec(name="calls", type="tool_call", rounds="first")
    calls = (*as_calls(ROME), LATER)

    assert scored(CALLS, [ROME, BOOK], *calls).value == 1.0
    assert scored(first, [ROME], *calls).value == 1.0
    assert scored(CALLS, [ROME], *calls).value == pytest.approx(2 / 3)


def test_no_call_in_the_first_round_is_none_where_it_alone_counts() -> None:
    spec = ToolCallSpec(name="calls", type="tool_call", rounds="first")

    assert scored(spec, BOOK, LATER).value == 0.0


def test_the_calls_of_an_unfinished_conversation_are_compared_like_any_others() -> None:
    def value(status: AnswerStatus) -> float | None:
        subject = Subject(text="", reference=ROME, tool_calls=as_calls(ROME), status=status, because="no result")
        return compiled(CALLS)(subject).value

    assert value(AnswerStatus.UNFINISHED) == 1.0
    assert value(AnswerStatus.TRUNCATED) == 0.0
    assert value(AnswerStatus.UNASKED) is None
