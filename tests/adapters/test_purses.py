"""The money of runs: the same contract for DynamoDB, for SQLite and for the fake."""

import os
import random
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainswap.adapters.dynamodb_purse import DynamoPurse
from brainswap.adapters.sqlite_state import SqliteState
from brainswap.ports import Purse
from local.atomic_tables import atomic_tables
from local.cloud import LEDGER
from tests.fakes.workers import MemoryPurse

NOTHING = Decimal(0)
AMOUNTS = st.decimals(min_value=0, max_value=1000, places=18, allow_nan=False)


@pytest.fixture(params=["dynamodb", "sqlite", "memory"])
def purse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Purse]:
    if request.param == "memory":
        yield MemoryPurse()
    elif request.param == "sqlite":
        state = SqliteState(tmp_path / "state.sqlite")
        yield state.purse
        state.close()
    else:
        request.getfixturevalue("aws")
        with atomic_tables():
            yield DynamoPurse(boto3.client("dynamodb"), LEDGER)


@pytest.fixture
def run_id() -> str:
    return secrets.token_hex(4)


def settled(purse: Purse, run_id: str, *, purpose: str = "targets", **changes: Any) -> None:
    purse.settle(
        run_id, purpose, **{"reserved": NOTHING, "spent": NOTHING, "uncertain": NOTHING, "calls": 0, **changes}
    )


def test_a_run_of_which_nothing_is_known_has_spent_nothing(purse: Purse, run_id: str) -> None:
    balance = purse.balance(run_id)

    assert (balance.spent, balance.calls) == ({}, {})
    assert balance.reserved == balance.uncertain == balance.committed == 0


def test_money_that_was_set_aside_turns_into_what_it_was_spent_for(purse: Purse, run_id: str) -> None:
    assert purse.reserve(run_id, Decimal("0.5"), Decimal(1))

    settled(purse, run_id, reserved=Decimal("0.4"), spent=Decimal("0.1"), uncertain=Decimal("0.05"), calls=3)
    settled(purse, run_id, purpose="judge", spent=Decimal("0.01"), calls=1)

    balance = purse.balance(run_id)
    assert balance.spent == {"targets": Decimal("0.1"), "judge": Decimal("0.01")}
    assert balance.calls == {"targets": 3, "judge": 1}
    assert (balance.reserved, balance.uncertain) == (Decimal("0.1"), Decimal("0.05"))
    assert balance.committed == Decimal("0.26")


def test_calls_without_a_price_are_counted_and_cost_nothing_that_is_known(purse: Purse, run_id: str) -> None:
    settled(purse, run_id, calls=2)

    balance = purse.balance(run_id)
    assert (balance.spent, balance.calls) == ({}, {"targets": 2})


def test_nothing_changes_when_the_cap_would_be_passed(purse: Purse, run_id: str) -> None:
    assert purse.reserve(run_id, Decimal("0.75"), Decimal(1))

    assert not purse.reserve(run_id, Decimal("0.250000000000000001"), Decimal(1))

    assert purse.balance(run_id).reserved == Decimal("0.75")


def test_a_cap_may_be_used_up_to_the_last_digit(purse: Purse, run_id: str) -> None:
    assert purse.reserve(run_id, Decimal("0.75"), Decimal(1))
    assert purse.reserve(run_id, Decimal("0.25"), Decimal(1))
    assert purse.reserve(run_id, NOTHING, Decimal(1))


@pytest.mark.parametrize(("spent", "uncertain"), [(1, 0), (0, 1)])
def test_a_cap_is_held_against_everything_that_is_committed(
    purse: Purse, run_id: str, spent: int, uncertain: int
) -> None:
    purse.reserve(run_id, Decimal(1), Decimal(1))
    settled(purse, run_id, reserved=Decimal(1), spent=Decimal(spent), uncertain=Decimal(uncertain))

    assert not purse.reserve(run_id, Decimal("0.01"), Decimal(1))


def test_the_first_amount_of_a_run_may_be_too_much(purse: Purse, run_id: str) -> None:
    assert not purse.reserve(run_id, Decimal(2), Decimal(1))

    assert purse.balance(run_id).committed == 0


def test_the_money_of_one_run_is_not_that_of_another(purse: Purse, run_id: str) -> None:
    purse.reserve(f"{run_id}-other", Decimal(1), Decimal(1))

    assert purse.reserve(run_id, Decimal(1), Decimal(1))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(amounts=st.lists(AMOUNTS, min_size=1, max_size=4), tiny=st.integers(min_value=1, max_value=10**6))
def test_sums_are_exact_to_the_last_digit(purse: Purse, amounts: list[Decimal], tiny: int) -> None:
    run_id = secrets.token_hex(8)
    smallest = Decimal(tiny).scaleb(-18)

    for amount in amounts:
        settled(purse, run_id, spent=amount, uncertain=smallest)

    balance = purse.balance(run_id)
    assert balance.spent.get("targets", NOTHING) == sum(amounts)
    assert balance.uncertain == smallest * len(amounts)


def test_workers_side_by_side_never_pass_the_cap_and_lose_nothing(purse: Purse, run_id: str) -> None:
    cap, most, cost = Decimal("0.97"), Decimal("0.03"), Decimal("0.011")
    beyond: list[Decimal] = []

    def work(seed: int) -> tuple[int, int]:
        draws = random.Random(seed)  # noqa: S311 - a test's own
        calls = refused = 0
        for _ in range(6):
            if not purse.reserve(run_id, most, cap):
                refused += 1
                continue
            if (committed := purse.balance(run_id).committed) > cap:
                beyond.append(committed)
            if draws.random() < 0.9:
                settled(purse, run_id, reserved=most, spent=cost, calls=1)
                calls += 1
            else:
                settled(purse, run_id, reserved=most)
        return calls, refused

    with ThreadPoolExecutor(64) as threads:
        outcomes = list(threads.map(work, range(64)))

    balance = purse.balance(run_id)
    calls = sum(made for made, _ in outcomes)
    assert not beyond
    assert balance.reserved == 0
    assert balance.calls == {"targets": calls}
    assert balance.spent == {"targets": cost * calls}
    assert sum(refused for _, refused in outcomes) > 0


@pytest.mark.usefixtures("aws")
def test_a_request_that_arrives_twice_counts_once(run_id: str) -> None:
    client = boto3.client("dynamodb")
    again: Any = lambda attempts, **_: 0 if attempts == 1 else None  # noqa: E731 - seconds to wait, or no retry
    client.meta.events.register("needs-retry.dynamodb.UpdateItem", again)
    purse = DynamoPurse(client, LEDGER)

    assert purse.reserve(run_id, Decimal("0.6"), Decimal(1))
    settled(purse, run_id, reserved=Decimal("0.5"), spent=Decimal("0.2"), calls=1)
    refused = purse.reserve(run_id, Decimal("0.8"), Decimal(1))

    balance = purse.balance(run_id)
    assert not refused
    assert (balance.reserved, balance.spent, balance.calls) == (
        Decimal("0.1"),
        {"targets": Decimal("0.2")},
        {"targets": 1},
    )


@pytest.mark.parametrize("amount", [Decimal("1e-25"), Decimal("NaN"), Decimal("Infinity")])
def test_an_amount_that_cannot_be_kept_exactly_is_refused(tmp_path: Path, run_id: str, amount: Decimal) -> None:
    state = SqliteState(tmp_path / "state.sqlite")

    with pytest.raises(ValueError, match=r"amount|digits"):
        state.purse.reserve(run_id, amount, Decimal(1))

    state.close()


def test_what_was_set_aside_when_a_process_was_killed_stays_committed(tmp_path: Path, run_id: str) -> None:
    path = tmp_path / "state.sqlite"
    program = f"""
import os, pathlib, signal
from decimal import Decimal
from brainswap.adapters.sqlite_state import SqliteState

purse = SqliteState(pathlib.Path({str(path)!r})).purse
assert purse.reserve({run_id!r}, Decimal("0.3"), Decimal(1))
purse.settle(
    {run_id!r}, "targets", reserved=Decimal("0.1"), spent=Decimal("0.07"), uncertain=Decimal(0), calls=1
)
os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    ended = subprocess.run([sys.executable, "-c", program], env=environment, check=False)  # noqa: S603 - our own words

    assert ended.returncode == -signal.SIGKILL
    state = SqliteState(path)
    balance = state.purse.balance(run_id)
    assert (balance.reserved, balance.spent) == (Decimal("0.2"), {"targets": Decimal("0.07")})
    assert not state.purse.reserve(run_id, Decimal("0.74"), Decimal(1))
    state.close()
