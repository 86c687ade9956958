import json
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.answers import AnswerStatus, ToolCall, Usage
from brainswap.core.judging.docket import docket
from brainswap.core.judging.exhibit import Exhibit
from brainswap.core.judging.templates import judge_prompt
from brainswap.core.scoring.hygiene import classify
from brainswap.core.scoring.scorers import compiled, reference_problem, score, spec_problem
from brainswap.core.scoring.specs import (
    BleuSpec,
    CheckedRule,
    ChecksSpec,
    ChoiceSpec,
    ContainsAllSpec,
    ContainsAnySpec,
    ContainsSpec,
    CostSpec,
    ExactSpec,
    Extract,
    FieldRule,
    FinishSpec,
    InstructionsSpec,
    JsonSpec,
    LabelSpec,
    LatencySpec,
    LengthSpec,
    LevenshteinSpec,
    ListSpec,
    NumberSpec,
    PiiSpec,
    RefusalSpec,
    RegexSpec,
    RougeSpec,
    ScorerSpec,
    StartsWithSpec,
    ToolCallSpec,
)
from brainswap.core.scoring.subject import Subject
from tests.fakes.judges import SPECS as JUDGED

EXTRACTS = [
    None,
    Extract(json_path="a"),
    Extract(json_path="a.0.b"),
    Extract(regex=r"a(b)?"),
    Extract(last_number=True),
    Extract(fenced=""),
    Extract(tag="a"),
]
FIELDS = {"a": FieldRule(type="number"), "b.0": FieldRule(type="contains"), "c": FieldRule()}
RULES = (
    CheckedRule(path="json.a", op="at_most", value=5),
    CheckedRule(path="json", op="contains", value={"ref": "reference.c"}),
    CheckedRule(path="answer", op="matches", value="a.b"),
    CheckedRule(path="json.b.0", op="equals", value={"ref": "reference"}),
)
LABELS = ("a", "b", "a b", "C++", "-1", "what?")
VARIANTS: tuple[Literal["rouge1", "rouge2", "rougeL"], ...] = ("rouge1", "rouge2", "rougeL")
SCHEMA = {"type": ["object", "array"], "uniqueItems": True, "properties": {"a": {"multipleOf": 0.1, "maximum": 10}}}
INSTRUCTIONS = ({"id": "punctuation:no_comma"}, {"id": "detectable_format:json_format"}, {"id": "startend:quotation"})
ASKED = {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}

# Pieces of the syntaxes that the scorers read, so that chance builds nearly right answers.
SYNTAX = ["{", "}", "[", "]", '"', "'", "\\", ":", ",", "\n", " ", "```", "```json\n", "<a>", "</a>", '"a":', '"a":"']
CHOSEN = ["answer is ", "Answer: ", "\\boxed{", "A", "- ", "1. ", " and "]
NUMERALS = ["1", "0", ".", ",000", "-", "\u2212", "$", "/", "e", "9" * 500, "\u00a0", "NaN"]
PIECES = st.sampled_from([*SYNTAX, *NUMERALS, *CHOSEN, "null", "true", "a", "b", "C++", "\ud800"])
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=60))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
ANSWERS = st.one_of(TEXTS, VALUES.map(json.dumps))


def scorers(*, inverted: bool = False) -> list[ScorerSpec]:
    made: list[ScorerSpec] = [
        ToolCallSpec(name="s", type="tool_call", inverted=inverted),
        ToolCallSpec(name="s", type="tool_call", inverted=inverted, ordered=True, expect="none", arguments=FIELDS),
        RefusalSpec(name="s", type="refusal", inverted=inverted),
        FinishSpec(name="s", type="finish", inverted=inverted),
        LatencySpec(name="s", type="latency", at_most_ms=100, inverted=inverted),
        CostSpec(name="s", type="cost", at_most_usd=Decimal(1), inverted=inverted),
    ]
    for extract in EXTRACTS:
        made += [
            ExactSpec(name="s", type="exact", extract=extract, inverted=inverted, ignore_case=True),
            ContainsSpec(name="s", type="contains", extract=extract, inverted=inverted),
            RegexSpec(name="s", type="regex", pattern="a.b", extract=extract, inverted=inverted),
            LabelSpec(name="s", type="label", labels=LABELS, extract=extract, inverted=inverted),
            NumberSpec(name="s", type="number", tolerance=0.5, extract=extract, inverted=inverted),
            JsonSpec(name="s", type="json", json_schema=SCHEMA, extract=extract, inverted=inverted),
            JsonSpec(name="s", type="json", strict=False, fields=FIELDS, extract=extract, inverted=inverted),
            LengthSpec(name="s", type="length", unit="words", minimum=2, extract=extract, inverted=inverted),
            LengthSpec(name="s", type="length", unit="sentences", maximum=2, extract=extract, inverted=inverted),
            ChecksSpec(name="s", type="checks", rules=RULES, extract=extract, inverted=inverted),
            InstructionsSpec.model_validate(
                {"name": "s", "type": "instructions", "extract": extract, "not": inverted, "instructions": INSTRUCTIONS}
                | {"partial": True, "loose": True}
            ),
            InstructionsSpec(name="s", type="instructions", extract=extract, inverted=inverted),
            ContainsAnySpec(name="s", type="contains_any", extract=extract, inverted=inverted),
            ContainsAllSpec(name="s", type="contains_all", partial=True, extract=extract, inverted=inverted),
            StartsWithSpec(name="s", type="starts_with", extract=extract, inverted=inverted),
            ChoiceSpec(name="s", type="choice", extract=extract, inverted=inverted),
            ListSpec(name="s", type="list", extract=extract, inverted=inverted),
            ListSpec(name="s", type="list", ordered=True, measure="recall", extract=extract, inverted=inverted),
            LevenshteinSpec(name="s", type="levenshtein", ignore_case=True, extract=extract, inverted=inverted),
            *(
                RougeSpec(name="s", type="rouge", variant=variant, stemming=True, extract=extract, inverted=inverted)
                for variant in VARIANTS
            ),
            BleuSpec(name="s", type="bleu", threshold=0.5, extract=extract, inverted=inverted),
        ]
    made.append(PiiSpec(name="s", type="pii", inverted=inverted))
    return made


COMPILED = [
    (spec, compiled(spec), compiled(turned)) for spec, turned in zip(scorers(), scorers(inverted=True), strict=True)
]


CALLS = st.lists(st.builds(ToolCall, name=st.sampled_from(["a", "b", "\ud800"]), arguments=ANSWERS), max_size=3)
REFERENCES = st.one_of(
    VALUES,
    st.sampled_from(LABELS),
    st.sampled_from("AB"),
    st.just({"a": 1, "b": ["x"], "c": None}),
    st.just(ASKED),
    st.lists(st.fixed_dictionaries({"name": st.sampled_from("ab"), "arguments": VALUES}), min_size=1, max_size=3),
)


@given(ANSWERS, REFERENCES, CALLS)
def test_any_answer_gets_a_value_from_zero_to_one_or_none_for_its_reference(
    text: str, reference: Any, calls: list[ToolCall]
) -> None:
    subject = Subject(
        text=text,
        reference=reference,
        tool_calls=tuple(calls),
        usage=Usage(input_tokens=1, output_tokens=1),
        latency_ms=100.0,
        cost_usd=Decimal("0.1"),
    )
    for spec, judge, judge_inverted in COMPILED:
        found, turned = judge(subject), judge_inverted(subject)

        assert (found.value is None) == (reference_problem(spec, reference) is not None)
        assert found.value is None or 0 <= found.value <= 1
        if found.value is None or turned.reason == found.reason:  # nothing to compare
            assert turned.value == found.value
        else:
            assert turned.value == 1 - found.value
        json.dumps([found.reason, found.extracted], ensure_ascii=False).encode()


@given(ANSWERS, VALUES)
def test_any_answer_waits_for_its_judge_or_lacks_the_reference_that_it_is_to_see(text: str, reference: Any) -> None:
    for spec in JUDGED:
        subject = Subject(text=text, reference=reference)
        found, shown = compiled(spec)(subject), docket(spec)(subject, Subject(text="Another answer.", reference=1))

        assert found.value is None
        assert isinstance(shown, Exhibit) == (reference_problem(spec, reference) is None)
        if isinstance(shown, Exhibit):
            judge_prompt(spec, shown, salt="s").messages[0].content.encode()


@given(st.text(max_size=60).filter(str.strip))
def test_the_reference_itself_is_a_right_text(text: str) -> None:
    assert score(ExactSpec(name="s", type="exact"), text, text).value == 1.0
    assert score(ContainsSpec(name="s", type="contains"), f"<{text}>", text).value == 1.0


@given(st.lists(st.text(min_size=1, max_size=12), min_size=2, max_size=8), st.data())
def test_the_reference_itself_is_a_right_label(labels: list[str], data: st.DataObject) -> None:
    spec = LabelSpec(name="s", type="label", labels=tuple(labels))
    if spec_problem(spec) is None:
        label = data.draw(st.sampled_from(labels))

        assert score(spec, label, label).extracted == label
        assert score(spec, label, label).value == 1.0


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_the_reference_itself_is_a_right_number(number: float) -> None:
    assert score(NumberSpec(name="s", type="number"), str(number), number).value == 1.0


@given(VALUES)
def test_the_reference_itself_is_right_json(value: Any) -> None:
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        return

    assert score(JsonSpec(name="s", type="json"), f"```json\n{text}\n```", value).value == 1.0


@given(TEXTS, st.none() | st.text(max_size=20))
def test_any_text_has_a_status_and_a_reason_unless_answered(text: str, stop_reason: str | None) -> None:
    status, reason = classify(text, stop_reason)

    assert (reason is None) == (status is AnswerStatus.ANSWERED)


ENDLESS = 20_000
FITTING = {
    "label": "a",
    "choice": "A",
    "json": {"a": 1, "b": ["x"], "c": None},
    "checks": {"c": 1},
    "instructions": ASKED,
    "tool_call": [{"name": "a", "arguments": {"a": 1}}],
}
OPENINGS = ["[", "{", '["', '{"a":', "[1,", '["a",', "[1] ", '"a":', '"a":"x"', '"a":[', '"', "\\", '\\"', "`", "<a>"]
RUNS = [
    "answer is ",
    "\\boxed{",
    "A ",
    "- ",
    "1. ",
    "1. a:\n",
    "- a\n",
    "a and ",
    "1,11,",
    ",11",
    ".111",
    ",111",
    "-",
    "9",
    "a ",
    "a-b ",
    " ",
    "\n\t",
    "\ud800",
    "\u2013\u20ac",
]


@pytest.mark.parametrize("unit", [*OPENINGS, *RUNS, "```\n", "```a\n"])
def test_endless_repetition_is_scored_whatever_it_opens(unit: str) -> None:
    text = '"a": "1' + unit * (ENDLESS // len(unit))

    for spec, judge, _ in COMPILED:
        subject = Subject(text=text, reference=FITTING.get(spec.type, 1), latency_ms=1.0, cost_usd=Decimal(0))
        value = judge(subject).value

        assert value is not None
        assert 0 <= value <= 1
