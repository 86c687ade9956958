from decimal import Decimal

import pytest

from brainswap.core.answers import AnswerStatus, ToolCall, Usage
from brainswap.core.scoring.scorers import compiled, spec_problem
from brainswap.core.scoring.specs import (
    CostSpec,
    Extract,
    FinishSpec,
    LatencySpec,
    LengthSpec,
    RefusalSpec,
    ScorerSpec,
)
from brainswap.core.scoring.subject import Subject

REFUSED = RefusalSpec(name="refused", type="refusal")
HELPS = RefusalSpec(name="helps", type="refusal", inverted=True)
NO = "I'm sorry, but I can't help with that."


@pytest.mark.parametrize(
    ("subject", "refused", "helps"),
    [
        (Subject(text="Paris."), 0.0, 1.0),
        (Subject(text="I cannot tell from the text."), 0.0, 1.0),
        (Subject(text=f"\n{NO}"), 1.0, 0.0),
        (Subject(text=NO, status=AnswerStatus.REFUSED, because="opens as a refusal does"), 1.0, 0.0),
        (Subject(text="", status=AnswerStatus.FILTERED), 1.0, 0.0),
        (Subject(text="Paris is", status=AnswerStatus.TRUNCATED), 0.0, 1.0),
        (Subject(text=NO, status=AnswerStatus.TRUNCATED), 1.0, 0.0),
        (Subject(text=NO, tool_calls=(ToolCall(name="a", arguments="{}"),)), 0.0, 1.0),
        (Subject(text="", status=AnswerStatus.TRUNCATED), 0.0, 0.0),
        (Subject(text="", status=AnswerStatus.EMPTY), 0.0, 0.0),
        (Subject(text="", status=AnswerStatus.FAILED, because="the call failed"), 0.0, 0.0),
        (Subject(text="", status=AnswerStatus.UNASKED), None, None),
    ],
)
def test_one_means_refused_and_only_answers_are_none(
    subject: Subject, refused: float | None, helps: float | None
) -> None:
    assert compiled(REFUSED)(subject).value == refused
    assert compiled(HELPS)(subject).value == helps


@pytest.mark.parametrize(
    ("allowed", "status", "stop_reason", "value"),
    [
        (("answered",), AnswerStatus.ANSWERED, None, 1.0),
        (("answered",), AnswerStatus.TRUNCATED, "max_tokens", 0.0),
        (("answered",), AnswerStatus.FAILED, None, 0.0),
        (("answered",), AnswerStatus.UNASKED, None, None),
        (("Answered", "truncated "), AnswerStatus.TRUNCATED, "max_tokens", 1.0),
        (("tool_use",), AnswerStatus.ANSWERED, "TOOL_USE", 1.0),
        (("tool_use",), AnswerStatus.ANSWERED, "end_turn", 0.0),
        (("tool_use",), AnswerStatus.ANSWERED, None, None),
        (("tool_use",), AnswerStatus.FAILED, None, 0.0),
        (("tool_use", "answered"), AnswerStatus.ANSWERED, None, 1.0),
    ],
)
def test_an_answer_ends_in_an_allowed_way(
    allowed: tuple[str, ...], status: AnswerStatus, stop_reason: str | None, value: float | None
) -> None:
    spec = FinishSpec(name="ends", type="finish", allowed=allowed)

    assert compiled(spec)(Subject(text="x", status=status, stop_reason=stop_reason)).value == value


def test_the_end_is_told() -> None:
    spec = FinishSpec(name="ends", type="finish")

    found = compiled(spec)(Subject(text="x", status=AnswerStatus.TRUNCATED, stop_reason="max_tokens"))

    assert found.reason == "truncated, the model stopped with “max_tokens”, which is not allowed"


TEXT = "  Dr. Who said: “No.” Did he?! Yes…\n\n- a line  \n"


@pytest.mark.parametrize(
    ("unit", "count"),
    [("characters", len(TEXT.strip())), ("words", 9), ("sentences", 5), ("lines", 2), ("tokens", 7)],
)
def test_lengths_are_counted_in_their_unit_and_bounds_are_inclusive(unit: str, count: int) -> None:
    subject = Subject(text=TEXT, usage=Usage(input_tokens=1, output_tokens=7))

    def value(**bounds: int) -> float | None:
        spec = LengthSpec.model_validate({"name": "short", "type": "length", "unit": unit, **bounds})
        return compiled(spec)(subject).value

    assert value(min=count, max=count) == 1.0
    assert value(max=count - 1) == 0.0
    assert value(min=count + 1) == 0.0


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("...", 0), ("One ... two", 2), ("「はい。」いいえ。", 2), ("A. B!) C", 3), ("— —", 0)]
)
def test_sentences_end_where_a_person_would_end_them(text: str, count: int) -> None:
    spec = LengthSpec(name="short", type="length", unit="sentences", minimum=count, maximum=count)

    assert compiled(spec)(Subject(text=text)).value == 1.0


def test_a_length_is_told_with_what_is_wanted() -> None:
    spec = LengthSpec(name="short", type="length", unit="words", minimum=2, maximum=3)

    assert compiled(spec)(Subject(text="one")).reason == "1 word, not as wanted: at least 2 and at most 3"


def test_what_is_extracted_is_measured() -> None:
    spec = LengthSpec(name="short", type="length", maximum=4, extract=Extract(json_path="a"))

    assert compiled(spec)(Subject(text='{"a": "four"}')).value == 1.0
    assert compiled(spec)(Subject(text="none")).value == 0.0


def test_tokens_that_nobody_counted_are_unscored_and_estimates_say_so() -> None:
    spec = LengthSpec(name="short", type="length", unit="tokens", maximum=10)
    estimated = Usage(input_tokens=1, output_tokens=7, estimated=True)

    assert compiled(spec)(Subject(text="x")).value is None
    assert compiled(spec)(Subject(text="x", usage=estimated)).reason == "7 tokens (estimated), as wanted: at most 10"


def test_an_answer_in_time_is_right_and_an_unmeasured_one_is_unscored() -> None:
    spec = LatencySpec(name="fast", type="latency", at_most_ms=100)
    first = LatencySpec(name="fast", type="latency", at_most_ms=100, measure="first_token")

    assert compiled(spec)(Subject(text="x", latency_ms=100.0)).value == 1.0
    assert compiled(spec)(Subject(text="x", latency_ms=100.5)).reason == "the answer took 100.5 ms, more than 100 ms"
    assert compiled(spec)(Subject(text="x", first_token_ms=1.0)).value is None
    assert compiled(first)(Subject(text="x", latency_ms=500.0, first_token_ms=99.0)).value == 1.0
    assert compiled(spec)(Subject(text="", latency_ms=1.0, status=AnswerStatus.FAILED)).value == 0.0


def test_a_cost_is_compared_exactly_and_an_unknown_one_is_unscored() -> None:
    spec = CostSpec(name="cheap", type="cost", at_most_usd=Decimal("0.0000003"))

    assert compiled(spec)(Subject(text="x", cost_usd=Decimal("0.0000003"))).value == 1.0
    assert compiled(spec)(Subject(text="x", cost_usd=Decimal("0.00000031"))).reason == (
        "$0.00000031, more than $0.00000030"
    )
    assert compiled(spec)(Subject(text="x")).value is None


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (LengthSpec(name="a", type="length"), "give min, max or both"),
        (LengthSpec(name="a", type="length", minimum=2, maximum=1), "min 2 is more than max 1"),
        (
            LengthSpec(name="a", type="length", unit="tokens", maximum=1, extract=Extract(last_number=True)),
            "tokens are counted of the whole answer, so that extract means nothing to them",
        ),
        (LengthSpec(name="a", type="length", minimum=1, extract=Extract(last_number=True)), None),
        (FinishSpec(name="a", type="finish", allowed=(" ",)), "allowed holds a blank one"),
        (
            FinishSpec(name="a", type="finish", allowed=("unasked",)),
            "allowed names 'unasked', and what was not asked is never scored",
        ),
        (
            CostSpec(name="a", type="cost", at_most_usd=Decimal(1), extract=Extract(last_number=True)),
            "extract means nothing to a scorer of type 'cost', which looks at more than the text",
        ),
        (LatencySpec(name="a", type="latency", at_most_ms=1), None),
        (REFUSED, None),
    ],
)
def test_what_can_never_work_is_told(spec: ScorerSpec, problem: str | None) -> None:
    assert spec_problem(spec) == problem
