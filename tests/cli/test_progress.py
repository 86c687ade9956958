"""How far a run is, as somebody sees it who waits for it."""

from decimal import Decimal

import pytest

from brainswap.ports import Balance
from local import progress
from local.functions import Invocation
from tests.fakes.workers import MemoryPurse


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


@pytest.fixture
def purse(monkeypatch: pytest.MonkeyPatch) -> MemoryPurse:
    class Using:
        purse = MemoryPurse()

    monkeypatch.setattr(progress, "dependencies", Using)
    return Using.purse


def pay(purse: MemoryPurse, calls: int, usd: str) -> None:
    none = Decimal(0)
    purse.settle("r", "targets", reserved=none, spent=Decimal(usd), uncertain=none, calls=calls)


def ended(function: str, **result: int) -> Invocation:
    return Invocation(function=function, payload={"run_id": "r"}, result=result)


def test_answers_pace_money_and_time_left_are_told(
    clock: Clock, purse: MemoryPurse, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress.showing(quiet=False, budget_usd=Decimal(25)) as observer:
        observer(ended("shard", shards=4))
        observer(Invocation(function="answer", payload={"run_id": "r"}))
        clock.now += 10
        pay(purse, 500, "1.5")
        observer(ended("score"))

    assert capsys.readouterr().err.splitlines() == [
        "Evaluate: asking and scoring",
        "Evaluate: 1 of 4 shards; 500 answers, 50/s, $1.50 of $25.00, about 30 s left",
    ]


def test_what_an_earlier_part_of_the_run_paid_for_does_not_make_it_faster(
    clock: Clock, purse: MemoryPurse, capsys: pytest.CaptureFixture[str]
) -> None:
    pay(purse, 900, "3")
    with progress.showing(quiet=False) as observer:
        observer(ended("shard", shards=1))
        observer(Invocation(function="answer", payload={"run_id": "r"}))
        clock.now += 10
        pay(purse, 100, "1")
        observer(ended("score"))

    assert "1,000 answers, 10/s, $4.00\n" in capsys.readouterr().err


def test_the_money_is_not_looked_at_more_than_once_a_second(
    clock: Clock, purse: MemoryPurse, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    balance = purse.balance

    def looked(run_id: str) -> Balance:
        looks.append(run_id)
        return balance(run_id)

    monkeypatch.setattr(purse, "balance", looked)

    with progress.showing(quiet=False) as observer:
        observer(ended("shard", shards=100))
        for _ in range(30):
            clock.now += 0.1
            observer(ended("score"))

    assert 3 <= len(looks) <= 4


def test_of_recorded_answers_nothing_is_said_but_the_shards(
    clock: Clock, purse: MemoryPurse, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress.showing(quiet=False) as observer:
        observer(ended("shard", shards=1))
        clock.now += 10
        observer(ended("score"))

    assert not purse.balance("r").calls
    assert capsys.readouterr().err.splitlines()[-1] == "Evaluate: 1 of 1 shards"
