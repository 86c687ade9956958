"""Many questions at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from brainswap.asking import Asked, Asker, Patience
from brainswap.core.answers import Answer, AnswerStatus, Usage
from brainswap.core.calls import Settings
from brainswap.core.cases import Case
from brainswap.core.errors import (
    BrainswapError,
    ModelAccessError,
    ModelBrokeOffError,
    ModelRefusesRequestError,
    ModelThrottledError,
    ModelUnavailableError,
    StorageThrottledError,
)
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.prompts.weight import most_prompt_tokens
from brainswap.gate import Gate
from brainswap.ports import Question
from brainswap.spending import Wallet
from tests.fakes.memory import ScriptedModels, answered
from tests.fakes.workers import MemoryAnswerCache, MemoryPaces, MemoryPurse

RUN = "run-1"
QUICK = Patience(first_pause_s=0.001, longest_pause_s=0.002, look_again_s=0.01, unreachable_s=0.2, pause_s=7)
Reply = Callable[[Question], Answer | Awaitable[Answer]]


def question(number: int) -> Question:
    return Question(
        model="m.one",
        streams=True,
        prompt=Prompt(system=None, messages=(Message(role="user", content=str(number)),)),
        settings=Settings(max_tokens=10),
        case=Case(id=str(number), input={}),
        recording="m.one",
        repeat=0,
        labels={},
    )


QUESTIONS = [question(number) for number in range(20)]
KEYS = [one.case.id for one in QUESTIONS]


def cents(usage: Usage) -> Decimal:
    return (usage.input_tokens + usage.output_tokens) * Decimal("0.01")


@dataclass
class Desk:
    """A worker with everything that it shares with others."""

    reply: Reply
    cache: MemoryAnswerCache = field(default_factory=MemoryAnswerCache)
    paces: MemoryPaces = field(default_factory=MemoryPaces)
    purse: MemoryPurse = field(default_factory=MemoryPurse)
    in_flight: int = 4
    cap: Decimal | None = None
    fresh: bool = False
    run_id: str = RUN
    time_left_s: Callable[[], float] = lambda: 100.0
    reserve_s: float = 5.0

    def __post_init__(self) -> None:
        self.models = ScriptedModels(reply=self.reply)

    def ask(self, questions: list[Question] = QUESTIONS, keys: list[str] = KEYS, worker: str = "w") -> Asked:
        return asyncio.run(self.asking(questions, keys, worker))

    async def asking(self, questions: list[Question], keys: list[str], worker: str) -> Asked:
        wallet = Wallet(self.purse, run_id=self.run_id, purpose="targets", costing=cents, cap=self.cap)
        async with Gate(self.paces, "m.one", worker, in_flight=self.in_flight) as gate:
            asker = Asker(
                self.models,
                self.cache,
                gate,
                wallet,
                run_id=self.run_id,
                worker=worker,
                in_flight=self.in_flight,
                fresh=self.fresh,
                time_left_s=self.time_left_s,
                reserve_s=self.reserve_s,
                patience=QUICK,
            )
            try:
                return await asker.ask_all(questions, keys)
            finally:
                await wallet.close()


def failing_first(times: int, error: BrainswapError) -> Reply:
    """Raise for the first calls of each question."""
    calls: dict[str, int] = {}

    def reply(asked: Question) -> Answer:
        calls[asked.case.id] = calls.get(asked.case.id, 0) + 1
        if calls[asked.case.id] <= times:
            raise error
        return answered(asked)

    return reply


def statuses(asked: Asked) -> list[AnswerStatus | None]:
    return [None if answer is None else answer.status for answer in asked.answers]


def test_answers_come_back_in_the_order_of_the_questions() -> None:
    desk = Desk(answered)

    asked = desk.ask()

    assert asked.finished
    assert [answer.case_id for answer in asked.answers if answer] == KEYS
    assert {answer.asked_in for answer in asked.answers if answer} == {RUN}


def test_throttling_is_waited_out_however_often() -> None:
    desk = Desk(failing_first(2, ModelThrottledError("slow down")))

    asked = desk.ask(QUESTIONS[:2], KEYS[:2])

    assert statuses(asked) == [AnswerStatus.ANSWERED] * 2


def test_a_model_that_only_throttles_ends_the_invocation_with_a_pause() -> None:
    def refuse(_: Question) -> Answer:
        raise ModelThrottledError("slow down", retry_after_s=1000.0)

    desk = Desk(refuse, time_left_s=lambda: 10.0)

    asked = desk.ask()

    assert not asked.finished
    assert asked.fresh == 0
    assert len(desk.models.asked) < 10


@pytest.mark.parametrize("error", [ModelUnavailableError("500"), ModelBrokeOffError("reset")])
def test_trouble_that_passes_costs_time_and_nothing_else(error: BrainswapError) -> None:
    desk = Desk(failing_first(2, error))

    asked = desk.ask()

    assert statuses(asked) == [AnswerStatus.ANSWERED] * 20
    assert len(desk.models.asked) == 60


def test_one_case_that_breaks_the_model_is_data_and_not_the_end() -> None:
    def reply(asked: Question) -> Answer:
        if asked.case.id == "7":
            raise ModelUnavailableError("broke")
        return answered(asked)

    desk = Desk(reply)

    asked = desk.ask()

    assert [key for key, status in zip(KEYS, statuses(asked), strict=True) if status is AnswerStatus.FAILED] == ["7"]
    assert asked.finished
    assert "7" not in desk.cache.answers


def test_a_model_that_answers_nothing_is_left_for_later_with_what_it_said() -> None:
    def reply(_: Question) -> Answer:
        raise ModelUnavailableError("out of order")

    asked = Desk(reply).ask()

    assert not asked.finished
    assert asked.unavailable_because == "out of order"
    assert asked.pause_s == QUICK.pause_s


def test_a_closed_model_is_asked_no_more_and_what_was_not_asked_is_not_failed() -> None:
    def reply(_: Question) -> Answer:
        raise ModelAccessError("not yours")

    desk = Desk(reply)

    asked = desk.ask()

    assert asked.finished
    assert asked.stopped_because == "not yours"
    assert len(desk.models.asked) <= desk.in_flight
    assert statuses(asked).count(AnswerStatus.UNASKED) >= 20 - desk.in_flight


def test_a_refused_request_is_asked_once() -> None:
    def reply(asked: Question) -> Answer:
        if asked.case.id == "3":
            raise ModelRefusesRequestError("too long")
        return answered(asked)

    desk = Desk(reply)

    asked = desk.ask()

    assert statuses(asked).count(AnswerStatus.FAILED) == 1
    assert len(desk.models.asked) == 20
    assert asked.stopped_because is None


def test_a_form_of_request_that_is_always_refused_stops_the_contender() -> None:
    def reply(_: Question) -> Answer:
        raise ModelRefusesRequestError("temperature is not supported")

    desk = Desk(reply, in_flight=1)

    asked = desk.ask()

    assert asked.stopped_because == "temperature is not supported"
    assert len(desk.models.asked) == QUICK.refusals


def test_what_the_cache_knows_is_not_asked() -> None:
    cache = MemoryAnswerCache()
    Desk(answered, cache=cache, run_id="an earlier run").ask(QUESTIONS[:15], KEYS[:15])
    desk = Desk(answered, cache=cache)

    asked = desk.ask()

    assert len(desk.models.asked) == 5
    assert [answer.cached for answer in asked.answers if answer] == [True] * 15 + [False] * 5


def test_a_resumed_run_counts_its_own_answers_as_its_own() -> None:
    cache = MemoryAnswerCache()
    Desk(answered, cache=cache).ask(QUESTIONS[:15], KEYS[:15])

    asked = Desk(answered, cache=cache).ask()

    assert not any(answer.cached for answer in asked.answers if answer)


def test_a_fresh_run_asks_again_but_not_what_it_has_asked_itself() -> None:
    cache = MemoryAnswerCache()
    Desk(answered, cache=cache, run_id="an earlier run").ask()
    first = Desk(answered, cache=cache, fresh=True)
    second = Desk(answered, cache=cache, fresh=True)

    first.ask(QUESTIONS[:15], KEYS[:15])
    second.ask()

    assert len(first.models.asked) == 15
    assert len(second.models.asked) == 5


def test_equal_questions_of_a_shard_are_asked_once() -> None:
    desk = Desk(answered)
    twins = [QUESTIONS[0], replace(QUESTIONS[0], case=Case(id="twin", input={}))]

    asked = desk.ask(twins, ["same", "same"])

    assert len(desk.models.asked) == 1
    assert [answer.case_id for answer in asked.answers if answer] == ["0", "twin"]
    assert [answer.cached for answer in asked.answers if answer] == [False, True]


def test_two_workers_with_the_same_questions_pay_once() -> None:
    async def reply(asked: Question) -> Answer:
        await asyncio.sleep(0.01)
        return answered(asked)

    desk = Desk(reply)

    async def both() -> list[Asked]:
        return await asyncio.gather(*(desk.asking(QUESTIONS, KEYS, worker) for worker in ("one", "two")))

    one, two = asyncio.run(both())

    assert len(desk.models.asked) == 20
    assert statuses(one) == statuses(two) == [AnswerStatus.ANSWERED] * 20


def test_the_claims_of_a_worker_that_got_no_answer_are_free_for_others() -> None:
    def refuse(_: Question) -> Answer:
        raise ModelUnavailableError("out of order")

    cache = MemoryAnswerCache()
    Desk(refuse, cache=cache).ask(worker="one")

    asked = Desk(answered, cache=cache).ask(worker="two")

    assert asked.finished


def test_running_out_of_time_leaves_the_rest_for_later_and_loses_nothing() -> None:
    asked_so_far = 0

    def reply(asked: Question) -> Answer:
        nonlocal asked_so_far
        asked_so_far += 1
        return answered(asked)

    desk = Desk(reply, in_flight=2, time_left_s=lambda: 100.0 if asked_so_far < 5 else 0.0)

    asked = desk.ask()

    got = [answer for answer in asked.answers if answer]
    assert not asked.finished
    assert 5 <= len(got) < 20
    assert len(desk.cache.answers) == len(got) == asked.fresh == len(desk.models.asked)


def test_a_call_that_outlasts_the_time_is_broken_off() -> None:
    async def reply(asked: Question) -> Answer:
        await asyncio.sleep(60)
        return answered(asked)

    began: list[float] = []

    def left() -> float:
        began.append(1.0)
        return 0.3 if len(began) < 40 else 0.0

    asked = Desk(reply, in_flight=2, time_left_s=left).ask()

    assert not asked.finished


def test_no_more_calls_are_in_flight_than_allowed() -> None:
    flying = most = 0

    async def reply(asked: Question) -> Answer:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.005)
        flying -= 1
        return answered(asked)

    Desk(reply, in_flight=3).ask()

    assert most == 3


def test_an_answer_is_safe_before_it_is_used() -> None:
    class Forgetful(MemoryAnswerCache):
        def put_many(self, answers: Mapping[str, Answer]) -> None:
            assert answers
            raise StorageThrottledError("not now")

    with pytest.raises(StorageThrottledError):
        Desk(answered, cache=Forgetful()).ask()


def test_money_is_counted_to_the_cent_and_given_back() -> None:
    desk = Desk(answered, cap=Decimal(1000))

    desk.ask()

    balance = desk.purse.balance(RUN)
    assert balance.spent == {"targets": Decimal("0.12") * 20}
    assert balance.calls == {"targets": 20}
    assert balance.reserved == balance.uncertain == 0


def test_a_cap_is_never_passed_and_what_was_not_asked_says_why() -> None:
    cap = Decimal("2.00")
    desk = Desk(answered, cap=cap)

    asked = desk.ask()

    spent = desk.purse.balance(RUN).committed
    most = (most_prompt_tokens(QUESTIONS[0].prompt) + 10) * Decimal("0.01")
    assert spent <= cap
    assert spent > cap - most - Decimal("0.12") * 4
    assert asked.finished
    reasons = {answer.reason for answer in asked.answers if answer and answer.status is AnswerStatus.UNASKED}
    assert reasons == {"the money of the run was used up"}


def test_calls_that_broke_off_are_counted_as_perhaps_paid() -> None:
    desk = Desk(failing_first(1, ModelBrokeOffError("reset")), cap=Decimal(1000))

    desk.ask(QUESTIONS[:1], KEYS[:1])

    balance = desk.purse.balance(RUN)
    assert balance.spent == {"targets": Decimal("0.12")}
    assert balance.uncertain == (most_prompt_tokens(QUESTIONS[0].prompt) + 10) * Decimal("0.01")
