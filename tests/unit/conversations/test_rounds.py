"""Rounds: calls get what is recorded for them, and in the end there is one answer."""

from typing import Any

import pytest

from brainswap.core.answers import Answer, AnswerStatus, Origin, ToolCall, Usage
from brainswap.core.calls import Settings
from brainswap.core.conversations import RecordedResult
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.rounds import Rounds

PROMPT = Prompt(system=None, messages=(Message(role="user", content="Is it warm in Rome?"),))
SETTINGS = Settings(max_tokens=10)


def answer(text: str = "", *calls: tuple[str, str], **changes: Any) -> Answer:
    made: dict[str, Any] = {
        "case_id": "c",
        "text": text,
        "status": AnswerStatus.ANSWERED,
        "origin": Origin.LIVE,
        "usage": Usage(input_tokens=10, output_tokens=2),
        "latency_ms": 100.0,
        "first_token_ms": 30.0,
        "tool_calls": tuple(ToolCall(name=name, arguments=arguments) for name, arguments in calls),
        "sent_at": 5.0,
    }
    return Answer(**{**made, **changes})


def recorded(name: str = "weather", arguments: Any = None, result: Any = "31", **changes: Any) -> RecordedResult:
    return RecordedResult(name=name, arguments=arguments, result=result, **changes)


def rounds(*results: RecordedResult, most: int = 4, settings: Settings = SETTINGS) -> Rounds:
    return Rounds(PROMPT, settings, results, most)


ROME = ("weather", '{"city": "Rome"}')


def test_a_call_gets_its_result_and_the_model_is_asked_again() -> None:
    talk = rounds(recorded(arguments={"city": "Rome"}, result={"degrees": 31}))

    again = talk.take(answer("Let me see.", ROME))

    said, returned = talk.prompt.messages[-2:]
    assert again
    assert (said.role, said.content, said.tool_calls[0].name) == ("assistant", "Let me see.", "weather")
    assert (returned.role, returned.content, returned.failed) == ("tool", '{"degrees": 31}', False)
    assert returned.call_id == said.tool_calls[0].id
    assert not talk.take(answer("It is."))


def test_all_rounds_make_up_one_answer() -> None:
    talk = rounds(recorded())
    talk.take(answer("", ROME, thoughts=({"reasoningContent": {}},), server_latency_ms=80.0, cold=True))
    talk.take(answer("It is.", server_latency_ms=70.0, latency_ms=50.0, sent_at=6.0))

    whole = talk.whole()

    assert (whole.text, whole.status, whole.rounds) == ("It is.", AnswerStatus.ANSWERED, 2)
    assert [(call.round, call.name, call.id) for call in whole.tool_calls] == [(1, "weather", "")]
    assert whole.usage is not None
    assert (whole.usage.input_tokens, whole.usage.output_tokens) == (20, 4)
    assert whole.usage.rounds == (answer().usage, answer().usage)
    assert (whole.latency_ms, whole.first_token_ms, whole.server_latency_ms) == (150.0, 130.0, 150.0)
    assert (whole.sent_at, whole.cold, whole.thoughts) == (5.0, True, ())


def test_one_round_is_the_answer_itself() -> None:
    talk = rounds(recorded())

    assert not talk.take(answer("Warm."))
    assert talk.whole() == answer("Warm.")


def test_without_recorded_results_a_call_is_the_answer() -> None:
    talk = rounds()

    assert not talk.take(answer("", ROME))
    assert talk.whole().status is AnswerStatus.ANSWERED


@pytest.mark.parametrize(
    "arguments",
    ['{"city": "Paris"}', '{"city": "Rome", "unit": "C"}', '["Rome"]', '{"city": ', '{"city": ["Rome"]}', "{}"],
)
def test_a_call_without_a_result_ends_the_conversation_with_the_reason(arguments: str) -> None:
    talk = rounds(recorded(arguments={"city": "Rome"}))

    assert not talk.take(answer("Let me see.", ("weather", arguments)))

    whole = talk.whole()
    assert (whole.status, whole.text) == (AnswerStatus.UNFINISHED, "Let me see.")
    assert whole.reason is not None
    assert "no result is recorded for the call weather(" in whole.reason


def test_one_call_of_several_without_a_result_ends_the_conversation() -> None:
    talk = rounds(recorded(arguments={"city": "Rome"}))

    assert not talk.take(answer("", ROME, ("weather", '{"city": "Paris"}')))
    assert len(talk.whole().tool_calls) == 2


@pytest.mark.parametrize("arguments", ['{"b": 1.0, "a": "x"}', '{"a":"x","b":1}'])
def test_arguments_are_compared_as_values(arguments: str) -> None:
    talk = rounds(recorded(arguments={"a": "x", "b": 1}))

    assert talk.take(answer("", ("weather", arguments)))


def test_a_result_for_these_arguments_goes_before_one_for_any() -> None:
    talk = rounds(recorded(result="any"), recorded(arguments={"city": "Rome"}, result="Rome"))

    talk.take(answer("", ROME, ("weather", '{"city": "Paris"}')))

    assert [turn.content for turn in talk.prompt.messages[-2:]] == ["Rome", "any"]


def test_equal_calls_get_one_result_after_the_other_and_then_the_last_again() -> None:
    talk = rounds(recorded(result="pending"), recorded(result="done"), most=9)

    given = []
    for _ in range(3):
        talk.take(answer("", ROME))
        given.append(talk.prompt.messages[-1].content)

    assert given == ["pending", "done", "done"]


def test_no_more_rounds_than_allowed() -> None:
    talk = rounds(recorded(), most=2)

    assert talk.take(answer("", ROME))
    assert not talk.take(answer("", ROME))

    whole = talk.whole()
    assert (whole.status, whole.rounds) == (AnswerStatus.UNFINISHED, 2)
    assert [call.round for call in whole.tool_calls] == [1, 2]


@pytest.mark.parametrize("status", [AnswerStatus.TRUNCATED, AnswerStatus.FILTERED, AnswerStatus.FAILED])
def test_an_answer_that_is_none_ends_the_conversation(status: AnswerStatus) -> None:
    talk = rounds(recorded())

    assert not talk.take(answer("", ROME, status=status))
    assert talk.whole().status is status


def test_a_failed_tool_says_so() -> None:
    talk = rounds(recorded(error=True))

    talk.take(answer("", ROME))

    assert talk.prompt.messages[-1].failed


def test_a_choice_that_forces_a_call_holds_for_the_first_round_alone() -> None:
    talk = rounds(recorded(), settings=Settings(max_tokens=10, tool_choice="any"))

    talk.take(answer("", ROME))

    assert talk.settings.tool_choice is None


def test_the_same_answers_make_the_same_requests() -> None:
    one, other = rounds(recorded()), rounds(recorded())

    for talk in (one, other):
        talk.take(answer("", ROME, ("weather", "{}")))

    assert one.prompt == other.prompt
    ids = [call.id for call in one.prompt.messages[-3].tool_calls]
    assert len(set(ids)) == 2
    assert all(len(each) == 9 and each.isalnum() for each in ids)


def test_what_the_service_wants_back_goes_with_the_calls() -> None:
    talk = rounds(recorded())
    thought = {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "s"}}}

    talk.take(answer("", ROME, thoughts=(thought,)))

    assert talk.prompt.messages[-2].thoughts == (thought,)


def test_tokens_that_one_round_does_not_tell_are_unknown() -> None:
    talk = rounds(recorded())
    talk.take(answer("", ROME, usage=None, latency_ms=None))
    talk.take(answer("It is."))

    whole = talk.whole()

    assert (whole.usage, whole.latency_ms) == (None, None)
