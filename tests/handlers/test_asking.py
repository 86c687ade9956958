"""Many questions at once."""

import threading
from collections.abc import Callable, Iterator

import pytest

from brainswap.asking import ATTEMPTS, Asker
from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.cases import Case
from brainswap.core.errors import (
    BrainswapError,
    ModelAccessError,
    ModelRefusesRequestError,
    ModelThrottledError,
    ModelUnavailableError,
)
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.workload import Parameters
from brainswap.ports import Question
from tests.fakes.memory import MemoryAnswerCache, ScriptedModels, answered


def question(number: int) -> Question:
    return Question(
        model="m.one",
        streams=True,
        prompt=Prompt(system=None, messages=(Message(role="user", content=str(number)),)),
        parameters=Parameters(),
        case=Case(id=str(number), input={}),
        recording="m.one",
        repeat=0,
        labels={},
    )


QUESTIONS = [question(number) for number in range(20)]
KEYS = [one.case.id for one in QUESTIONS]


def asker(
    reply: Callable[[Question], Answer],
    *,
    cache: MemoryAnswerCache | None = None,
    time_left_s: Callable[[], float] = lambda: 100.0,
    in_flight: int = 4,
) -> tuple[Asker, ScriptedModels]:
    models = ScriptedModels(reply=reply)
    made = Asker(models, cache, in_flight=in_flight, time_left_s=time_left_s, pause=lambda _: None, jitter=lambda: 1.0)
    return made, models


def failing_first(times: int, error: BrainswapError) -> Callable[[Question], Answer]:
    """Raise for the first calls of each question."""
    calls: dict[str, int] = {}

    def reply(asked: Question) -> Answer:
        calls[asked.case.id] = calls.get(asked.case.id, 0) + 1
        if calls[asked.case.id] <= times:
            raise error
        return answered(asked)

    return reply


def test_answers_come_back_in_the_order_of_the_questions() -> None:
    made, _ = asker(answered)

    asked = made.ask_all(QUESTIONS, KEYS)

    assert asked.finished
    assert [answer.case_id for answer in asked.answers if answer] == KEYS


def test_throttling_is_waited_out_however_often() -> None:
    made, models = asker(failing_first(25, ModelThrottledError("slow down")))

    asked = made.ask_all(QUESTIONS, KEYS)

    assert {answer.status for answer in asked.answers if answer} == {AnswerStatus.ANSWERED}
    assert len(models.asked) == 26 * len(QUESTIONS)


def test_one_case_that_breaks_the_model_is_data_and_not_the_end() -> None:
    def reply(asked: Question) -> Answer:
        if asked.case.id == "3":
            raise ModelUnavailableError("500")
        return answered(asked)

    made, models = asker(reply)

    asked = made.ask_all(QUESTIONS, KEYS)

    assert [answer.case_id for answer in asked.answers if answer and answer.status == "failed"] == ["3"]
    assert sum(one.case.id == "3" for one in models.asked) == ATTEMPTS


def test_a_model_that_answers_nothing_at_all_is_an_error() -> None:
    made, _ = asker(failing_first(1000, ModelUnavailableError("503")))

    with pytest.raises(ModelUnavailableError):
        made.ask_all(QUESTIONS, KEYS)


def test_a_closed_model_is_not_asked_about_every_case() -> None:
    made, models = asker(failing_first(1000, ModelAccessError("no agreement")), in_flight=1)

    asked = made.ask_all(QUESTIONS, KEYS)

    assert len(models.asked) == 1
    assert {answer.reason for answer in asked.answers if answer} == {"no agreement"}


def test_a_refused_request_is_asked_once() -> None:
    made, models = asker(failing_first(1000, ModelRefusesRequestError("temperature")))

    asked = made.ask_all(QUESTIONS, KEYS)

    assert len(models.asked) == len(QUESTIONS)
    assert {answer.status for answer in asked.answers if answer} == {AnswerStatus.FAILED}


def test_what_the_cache_knows_is_not_asked() -> None:
    cache = MemoryAnswerCache()
    first, _ = asker(answered, cache=cache)
    first.ask_all(QUESTIONS[:15], KEYS[:15])
    made, models = asker(answered, cache=cache)

    asked = made.ask_all(QUESTIONS, KEYS)

    assert len(models.asked) == 5
    assert sum(answer.cached for answer in asked.answers if answer) == 15


def test_failures_are_not_kept() -> None:
    cache = MemoryAnswerCache()
    made, _ = asker(failing_first(1000, ModelRefusesRequestError("no")), cache=cache)

    made.ask_all(QUESTIONS, KEYS)

    assert not cache.answers


def test_running_out_of_time_leaves_the_rest_for_later_and_loses_nothing() -> None:
    def clock() -> Iterator[float]:
        yield from (10.0,) * 8
        while True:
            yield 0.0

    lock, ticks = threading.Lock(), clock()

    def time_left_s() -> float:
        with lock:
            return next(ticks)

    cache = MemoryAnswerCache()
    made, models = asker(answered, cache=cache, time_left_s=time_left_s, in_flight=1)

    asked = made.ask_all(QUESTIONS, KEYS)

    assert not asked.finished
    assert 0 < len(models.asked) < len(QUESTIONS)
    assert len(cache.answers) == len(models.asked)


def test_no_more_calls_are_in_flight_than_allowed() -> None:
    running, most, lock = 0, 0, threading.Lock()
    together = threading.Barrier(4, timeout=5)

    def reply(asked: Question) -> Answer:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait()
        with lock:
            running -= 1
        return answered(asked)

    made, _ = asker(reply, in_flight=4)

    made.ask_all(QUESTIONS, KEYS)

    assert most == 4
