"""Asking in rounds: each of them paid once, all of them one answer, whatever comes between."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from brainswap.core.answers import Answer, AnswerStatus, ToolCall, Usage
from brainswap.core.calls import Settings
from brainswap.core.errors import (
    BrainswapError,
    ModelBrokeOffError,
    ModelRefusesRequestError,
    ModelThrottledError,
    ModelUnavailableError,
)
from brainswap.core.money.costs import cost_usd
from brainswap.core.money.prices import LongPrompts, Price, Rates
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.prompts.weight import most_prompt_tokens
from brainswap.ports import Question
from tests.fakes.conversations import conversation
from tests.fakes.memory import answered
from tests.handlers.test_asking import Desk

RESULTS = [{"name": "weather", "result": "31"}, {"name": "weather", "result": "32"}]


def question(number: int = 0, rounds: int = 4) -> Question:
    return Question(
        model="m.one",
        streams=True,
        prompt=Prompt(system=None, messages=(Message(role="user", content=str(number)),)),
        settings=Settings(max_tokens=10),
        case=conversation(id=str(number), tool_results=RESULTS),
        recording="m.one",
        repeat=0,
        labels={},
        rounds=rounds,
    )


QUESTIONS = [question(number) for number in range(6)]
KEYS = [one.case.id for one in QUESTIONS]


def round_of(asked: Question) -> int:
    return 1 + sum(turn.role == "tool" for turn in asked.prompt.messages)


def talking(asked: Question) -> Answer:
    """Two calls of a tool, and then the answer."""
    if round_of(asked) == 3:
        return answered(asked)
    return Answer(
        case_id=asked.case.id,
        text="",
        status=AnswerStatus.ANSWERED,
        origin=answered(asked).origin,
        usage=Usage(input_tokens=10, output_tokens=2),
        latency_ms=100.0,
        tool_calls=(ToolCall(name="weather", arguments="{}"),),
    )


def once_in(number: int, error: BrainswapError) -> Callable[[Question], Answer]:
    """Raise the first time that each question is asked in a round."""
    seen: set[str] = set()

    def reply(asked: Question) -> Answer:
        if round_of(asked) == number and asked.case.id not in seen:
            seen.add(asked.case.id)
            raise error
        return talking(asked)

    return reply


def test_a_conversation_is_one_answer_under_one_key() -> None:
    desk = Desk(talking)

    asked = desk.ask(QUESTIONS, KEYS)

    assert [answer and (answer.status, answer.rounds, answer.text) for answer in asked.answers] == [
        (AnswerStatus.ANSWERED, 3, "yes")
    ] * 6
    assert asked.fresh == 6
    assert len(desk.models.asked) == 18
    assert set(desk.cache.get_many(KEYS)) == set(KEYS)
    assert desk.purse.balance("run-1").calls == {"targets": 18}


def test_an_answer_of_the_cache_is_not_talked_about_again() -> None:
    desk = Desk(talking)
    desk.ask(QUESTIONS, KEYS)

    again = desk.ask(QUESTIONS, KEYS, worker="w2")

    assert len(desk.models.asked) == 18
    assert [answer and (answer.rounds, answer.reused) for answer in again.answers] == [(3, True)] * 6


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(
    "error", [ModelThrottledError("slow down"), ModelUnavailableError("503"), ModelBrokeOffError("reset")]
)
def test_trouble_repeats_the_round_that_it_came_in_and_no_other(number: int, error: BrainswapError) -> None:
    desk = Desk(once_in(number, error))

    asked = desk.ask(QUESTIONS, KEYS)

    assert [answer and answer.status for answer in asked.answers] == [AnswerStatus.ANSWERED] * 6
    assert desk.purse.balance("run-1").calls == {"targets": 18}
    assert len(desk.models.asked) == 18 + 6


def test_a_round_that_the_model_refuses_fails_the_conversation() -> None:
    desk = Desk(once_in(2, ModelRefusesRequestError("no tools")))

    (answer,) = desk.ask(QUESTIONS[:1], KEYS[:1]).answers

    assert answer is not None
    assert (answer.status, answer.reason) == (AnswerStatus.FAILED, "no tools")
    assert not desk.cache.get_many(KEYS)


def test_each_round_is_set_aside_before_it_is_asked() -> None:
    """With money for one conversation and no more, the cap holds and one conversation is whole."""
    first = most_prompt_tokens(QUESTIONS[0].prompt) + 10
    cap = 3 * (first + 2 * 200) * Decimal("0.01")
    desk = Desk(talking, cap=cap, in_flight=1)

    asked = desk.ask(QUESTIONS, KEYS)

    balance = desk.purse.balance("run-1")
    statuses = [answer.status for answer in asked.answers if answer]
    assert balance.committed <= cap
    assert statuses.count(AnswerStatus.ANSWERED) >= 1
    assert balance.calls["targets"] >= 3 * statuses.count(AnswerStatus.ANSWERED)


def test_a_conversation_that_has_begun_is_ended_where_no_other_would_begin() -> None:
    left = [100.0]

    def reply(asked: Question) -> Answer:
        left[0] = -1.0 if round_of(asked) == 1 else left[0]
        return talking(asked)

    desk = Desk(reply, in_flight=1, time_left_s=lambda: left[0])
    desk.reserve_s = 30.0

    asked = desk.ask(QUESTIONS, KEYS)

    assert [answer and answer.rounds for answer in asked.answers] == [3, None, None, None, None, None]


def test_no_more_rounds_than_the_question_allows() -> None:
    desk = Desk(talking)

    (answer,) = desk.ask([question(rounds=2)], ["k"]).answers

    assert answer is not None
    assert (answer.status, answer.rounds) == (AnswerStatus.UNFINISHED, 2)


def test_a_question_that_is_asked_once_gets_no_results() -> None:
    desk = Desk(talking)

    (answer,) = desk.ask([question(rounds=1)], ["k"]).answers

    assert answer is not None
    assert (answer.status, answer.rounds, len(answer.tool_calls)) == (AnswerStatus.ANSWERED, 1, 1)


@pytest.mark.parametrize(("tokens", "usd"), [(60, "0.00018"), (150, "0.0009")])
def test_each_round_has_the_price_of_its_own_length(tokens: int, usd: str) -> None:
    """Three requests below the step of a price cost the lower one, though together they are above it."""
    price = Price(
        input=Decimal(1),
        output=Decimal(1),
        source="s",
        date="2026-11-22",
        long=LongPrompts(above=100, rates=Rates(input=Decimal(2), output=Decimal(2))),
    )
    one = Usage(input_tokens=tokens, output_tokens=0)
    whole = Usage(input_tokens=3 * tokens, output_tokens=0, rounds=(one, one, one))

    assert cost_usd(whole, price, inference="on_demand", tier=None).usd == Decimal(usd)
