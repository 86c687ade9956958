"""How far a run in the account is."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.account import watching
from local.account.stack import NoStackError, find_stack
from local.cloud import Cloud, local_cloud
from local.run import RunFailedError
from local.watching import STATES, Observation, Watch, figures
from tests.cli.conftest import Said
from tests.fakes.account import as_stack

Brainswap = Callable[..., Said]
Write = Callable[..., Path]
NOW = datetime(2026, 11, 1, tzinfo=UTC)
REPLAY = {"model": "anthropic.claude-3-haiku-20240307-v1:0", "answers": "recorded", "recorded": "old"}
TARGET = {"model": "amazon.nova-lite-v1:0", "answers": "recorded", "recorded": "new"}


def seen(seconds: float, **changes: Any) -> Observation:
    plain: dict[str, Any] = {"status": "RUNNING", "state": "Evaluate", "asking": "map-1", "shards": 40}
    return Observation(at=NOW + timedelta(seconds=seconds), **{**plain, **changes})


def said(*observations: Observation) -> list[str]:
    watch = Watch()
    return [line for each in observations for line in watch.lines(each)]


def test_each_state_is_said_once_and_nothing_where_nothing_changed() -> None:
    waiting = seen(0, state="Prepare", asking=None)

    lines = said(waiting, waiting, seen(5, state="Shard", asking=None), seen(9, state="CheckRefusal", asking=None))

    assert lines == [STATES["Prepare"], STATES["Shard"]]


def test_shards_answers_pace_money_and_time_left_are_told() -> None:
    first = seen(0, calls=100, spent=Decimal("0.10"), budget=Decimal(25))

    lines = said(first, seen(60, done=10, calls=700, spent=Decimal("0.70"), budget=Decimal(25)))

    assert lines[-1] == "Evaluate: 10 of 40 shards; 700 answers, 10/s, $0.70 of $25.00, about 3 min left"


def test_a_pace_is_that_of_the_last_minutes_and_not_of_the_whole_run() -> None:
    lines = said(seen(0, calls=0), seen(600, done=1, calls=10), seen(660, done=2, calls=610))

    assert "610 answers, 10/s" in lines[-1]


def test_another_look_begins_to_count_anew() -> None:
    lines = said(seen(0, calls=10), seen(60, done=40, calls=700), seen(120, asking="map-2", shards=20, calls=700))

    assert lines[-1] == "Evaluate: 0 of 20 shards; 700 answers"


def test_what_is_not_known_is_left_out() -> None:
    assert figures(calls=0, per_second=1.0, spent=Decimal(1), budget=None, left_s=5) == ""
    assert figures(calls=1, per_second=None, spent=None, budget=Decimal(1), left_s=None) == "1 answer"
    assert (
        figures(calls=2, per_second=0.4, spent=Decimal(0), budget=None, left_s=3)
        == "2 answers, 0/s, $0, about 3 s left"
    )


@given(
    st.lists(
        st.builds(
            seen,
            st.floats(0, 1e6),
            done=st.integers(0, 99),
            shards=st.integers(0, 99),
            calls=st.integers(0, 10**9),
            state=st.sampled_from([*STATES, "Else", None]),
            asking=st.sampled_from(["map-1", "map-2", None]),
            spent=st.none() | st.decimals(0, 1000, places=4),
        ),
        max_size=12,
    )
)
def test_whatever_is_seen_is_said_in_one_line_each(observations: list[Observation]) -> None:
    for line in said(*observations):
        assert line
        assert "\n" not in line
        assert "-" not in line.partition(";")[2]


# In the account


@pytest.fixture
def account(brainswap: Brainswap, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A stack whose functions run here, with the settings of the command."""
    assert callable(brainswap)
    monkeypatch.setattr(watching, "LOOK_S", 0.05)
    with local_cloud(realm="test", events=True, account=False) as cloud:
        as_stack(cloud)
        yield cloud


def rows(number: int) -> list[dict[str, Any]]:
    recorded = {"old": {"output": "yes"}, "new": {"output": "yes"}}
    return [
        {"id": f"c-{index}", "input": {"question": f"{index}?"}, "reference": "yes", "recorded": recorded}
        for index in range(number)
    ]


@pytest.mark.usefixtures("account")
def test_a_run_is_watched_from_its_start_to_its_verdict(brainswap: Brainswap, workload: Write) -> None:
    brainswap("push", str(workload(rows(120), source=REPLAY, targets=[TARGET])))
    run_id = json.loads(brainswap("start", "yes-or-no", "--json").out)["run_id"]

    done = brainswap("status", run_id, "--watch")

    assert done.code == 0
    assert done.out.splitlines()[:2] == ["Verdict: migrate", "Recommended: amazon.nova-lite-v1:0"]
    assert done.out.splitlines()[-1].endswith(f"/runs/{run_id}/report.html")
    assert set(done.err.splitlines()) & set(STATES.values())
    assert all(line in STATES.values() or line.startswith("Evaluate: ") for line in done.err.splitlines())


@pytest.mark.usefixtures("account")
def test_a_run_that_nobody_knows_is_said(brainswap: Brainswap) -> None:
    for command in ("report", "status"):
        told = brainswap(command, "nobody-knows-it", "--watch")

        assert (told.code, told.out) == (2, "")
        assert "has no run nobody-knows-it" in told.err


def test_a_run_that_failed_says_why_it_did(account: Cloud) -> None:
    request = {"run_id": "broken", "workload": "w", "version": "v", "started_at": NOW.isoformat()}
    account.wait(account.start("broken", request))

    with pytest.raises(RunFailedError, match=r"^\w+Error: "):
        watching.watch(find_stack(), "broken", say=lambda _: None, pause=lambda _: None)


@pytest.mark.usefixtures("account")
def test_only_a_run_by_its_id_is_watched(brainswap: Brainswap) -> None:
    assert brainswap("report", "--all", "out", "--watch").code == 2
    assert brainswap("status", "--watch").code == 2
    with pytest.raises(NoStackError):
        watching.Watched(find_stack(), "a b/c").look(NOW)
