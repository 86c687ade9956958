import random
import statistics
from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.declared_rollout import Rollout
from local.functions import Invocation
from local.rehearsing.telling import told
from local.rehearsing.users import MOST_USERS, Latency, Request, Trouble, Users, users_for


@given(
    first=st.integers(1, 99),
    fewest=st.integers(1, 1_000),
)
def test_there_are_enough_users_for_the_smallest_step_to_be_judged(first: int, fewest: int) -> None:
    rollout = Rollout(steps=(first, 100), min_requests=fewest)

    assert users_for(rollout) == MOST_USERS or users_for(rollout) * first / 100 >= fewest


@dataclass
class Reported:
    """A client that keeps what it is told, of routes whose every fifth user has moved."""

    outcomes: Counter[tuple[str, bool]] = field(default_factory=Counter)

    def resolve(self, _workload: str, user: str, _variables: Any) -> SimpleNamespace:
        return SimpleNamespace(variant="source" if int(user.removeprefix("user-")) % 5 else "target")

    def record(self, route: SimpleNamespace, *, ok: bool, **_rest: Any) -> None:
        self.outcomes[route.variant, ok] += 1

    def refresh(self) -> None: ...
    def flush(self) -> None: ...


@pytest.mark.parametrize(
    ("trouble", "step", "target_reported", "target_failed"),
    [
        ("none", 2, 300, 0.0),
        ("errors", 1, 300, 0.0),
        ("errors", 2, 300, 0.3),
        ("silence", 1, 300, 0.0),
        ("silence", 2, 0, 0.0),
    ],
)
def test_trouble_begins_with_the_second_step_and_is_the_targets_alone(
    trouble: Trouble, step: int, target_reported: int, target_failed: float
) -> None:
    client, said = Reported(), list[str]()
    users = Users(
        client,  # type: ignore[arg-type]  # as much of a client as is asked
        workload="w",
        rollout=Rollout(steps=(20, 100), min_requests=200),
        requests=[Request(variables={}, answers={})],
        trouble=trouble,
        seed=1,
        latencies={},
        say=said.append,
    )

    users.observe(Invocation(function="step", payload={}, result={"next": "bake", "step": step - 1}))

    reported = client.outcomes["target", True] + client.outcomes["target", False]
    assert reported == target_reported
    assert client.outcomes["target", False] == pytest.approx(target_failed * reported, abs=30 if target_failed else 5)
    assert client.outcomes["source", True] + client.outcomes["source", False] == 1200
    assert ("nothing is reported" in said[0]) == (target_reported == 0)


def test_latencies_have_the_percentiles_that_were_measured() -> None:
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    drawn = sorted(Latency(p50=400.0, p95=1_500.0).drawn(chance) for _ in range(20_000))

    assert statistics.median(drawn) == pytest.approx(400, rel=0.03)
    assert drawn[19_000] == pytest.approx(1_500, rel=0.05)


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        ("Migration Decided", {"verdict": "migrate", "recommended": "m"}, "Migration Decided: migrate to m"),
        ("Migration Decided", {"verdict": "hold", "recommended": None}, "Migration Decided: hold"),
        ("Rollout Rolled Back", {"reason": "\x1b[31merrors"}, "Rollout Rolled Back: \\x1b[31merrors"),
        (
            "Profile Regions Changed",
            {"model": "us.m", "after": []},
            "Profile Regions Changed: us.m may run in no region",
        ),
        ("Something Else", {"any": "thing"}, "Something Else"),
    ],
)
def test_an_event_is_told_in_a_line_that_no_terminal_obeys(kind: str, detail: dict[str, object], said: str) -> None:
    assert told(kind, detail) == said
