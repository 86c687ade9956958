"""Runs that meet trouble: nothing is lost, nothing is paid twice, no cap is passed; in large: `benchmarks.trouble`."""

import asyncio
from decimal import Decimal

import pytest

from benchmarks import trouble
from brainswap.asking import UNSAFE
from brainswap.core.answers import Usage
from brainswap.ports import Balance
from brainswap.spending import Wallet
from tests.fakes.workers import MemoryPurse


@pytest.mark.parametrize("streams", [True, False])
def test_faults_neither_lose_answers_nor_pay_for_them_twice(*, streams: bool) -> None:
    figures = trouble.faults(cases=100, streams=streams)

    assert figures["status"] == "SUCCEEDED"
    assert figures["failed_requests"]
    assert (figures["lost"], figures["paid_double"]) == (0, 0)
    assert figures["scores_equal"]


def test_a_run_that_is_killed_pays_again_for_no_more_than_was_in_flight_or_being_written() -> None:
    figures = trouble.killed(cases=100, concurrency=16, latency_ms=100)

    assert figures["exit_codes"] == "-9 0 0"
    assert 0 <= float(figures["paid_again"]) <= 16 + 16 // UNSAFE
    assert 0 < float(figures["asked_after"]) < 200
    assert figures["reports_equal"]


def test_an_hour_of_throttling_wastes_few_requests_and_no_answer() -> None:
    figures = trouble.throttled(time_factor=1200, per_second=0.05)

    assert (figures["status"], figures["lost"]) == ("SUCCEEDED", 0)
    assert 0 < float(figures["refused_share"]) < 0.2


def test_workers_that_race_for_the_last_money_keep_to_the_cap() -> None:
    figures = trouble.capped(cases=150, budget_usd="0.12", workers=8, faulty=0.03)

    assert (figures["status"], figures["verdict"]) == ("SUCCEEDED", "inconclusive")
    assert figures["kept_to"]
    assert 0 < float(figures["answers"]) < 300


def test_a_model_that_denies_access_is_left_alone_and_the_others_are_not() -> None:
    figures = trouble.denied(cases=100, after_requests=20)

    assert figures["status"] == "SUCCEEDED"
    assert (figures["lost_of_others"], figures["answers_of_others"]) == (0, 200)
    assert figures["unasked_or_refused"] == 80
    assert float(figures["refusals"]) < 40


class _GivenBackMeanwhile(MemoryPurse):
    """Another worker gives its money back just after this one was refused."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def balance(self, run_id: str) -> Balance:
        if not self.looks:
            self.settle(run_id, "targets", reserved=Decimal(8), spent=Decimal(1), uncertain=Decimal(0), calls=1)
        self.looks += 1
        return super().balance(run_id)


def test_money_that_comes_back_between_a_refusal_and_a_look_is_used() -> None:
    purse = _GivenBackMeanwhile()
    purse.reserve("run", Decimal(8), Decimal(10))

    def costing(_: Usage) -> Decimal:
        return Decimal(1)

    wallet = Wallet(purse, run_id="run", purpose="targets", costing=costing, cap=Decimal(10))

    assert asyncio.run(wallet.take(Decimal(4), calls_to_come=2))
    assert not wallet.exhausted
