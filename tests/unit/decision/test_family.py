"""Many gates and targets share one error, and the tier of a gate says what it may do to a verdict."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import pytest

from brainswap.core.decision.conditions import lasting
from brainswap.core.decision.family import family_size, judge_all
from brainswap.core.decision.gates import Outcome
from brainswap.core.decision.verdict import Standing, pareto_front, verdict_of
from brainswap.core.declared_gates import Gate, NoneLost, NotWorse
from brainswap.core.lifecycle import Leaving
from brainswap.core.preflight import ModelFacts, leaving
from tests.unit.decision.rows import evaluation

CRITICAL_CASES = NoneLost(cases="critical", rule="none_lost")


def not_worse(margin: float = 0.1, **changes: Any) -> NotWorse:
    return NotWorse(scorer="right", rule="not_worse", margin=margin, **changes)


def lost(of_hundred: int) -> Sequence[float]:
    return [0.0] * of_hundred + [1.0] * (100 - of_hundred)


def test_only_gates_that_chance_can_deceive_and_that_decide_share_the_error() -> None:
    gates: tuple[Gate, ...] = (not_worse(), not_worse(tier="supporting"), not_worse(tier="advisory"), CRITICAL_CASES)

    assert family_size(gates, 5) == 10


def test_a_single_gate_is_judged_at_the_confidence_of_the_workload() -> None:
    found = judge_all((not_worse(), CRITICAL_CASES), evaluation(lost(0), lost(2)), 0.95)

    assert found.family == 1
    assert found.confidence == pytest.approx(0.95)


def test_an_undecided_gate_among_many_is_judged_more_strictly() -> None:
    by_itself = judge_all((not_worse(),), evaluation(lost(0), lost(4)), 0.95)
    among_five = judge_all((not_worse(),), evaluation(lost(0), *[lost(4)] * 5), 0.95)

    assert by_itself.outcomes["target-1"][0].status == "pass"
    assert {one.status for (one,) in among_five.outcomes.values()} == {"inconclusive"}
    assert among_five.confidence == pytest.approx(0.99)
    assert among_five.outcomes["target-1"][0].confidence == pytest.approx(0.99)


def test_decided_gates_leave_their_share_of_the_error_to_the_others() -> None:
    found = judge_all((not_worse(),), evaluation(lost(0), lost(4), lost(0), lost(0), lost(50), lost(60)), 0.95)

    assert [one.status for (one,) in found.outcomes.values()] == ["pass", "pass", "pass", "fail", "fail"]


def test_every_status_can_be_read_off_its_interval_at_the_one_level() -> None:
    found = judge_all((not_worse(), not_worse(0.03)), evaluation(lost(0), lost(4), lost(0), lost(12), lost(60)), 0.95)

    for of_target in found.outcomes.values():
        for one in of_target:
            assert one.confidence == found.confidence
            assert one.low is not None
            assert one.high is not None
            assert one.bound is not None
            assert one.status == ("pass" if one.low > one.bound else "fail" if one.high < one.bound else "inconclusive")


def of(status: Literal["pass", "fail", "inconclusive"], tier: Literal["critical", "supporting", "advisory"]) -> Outcome:
    return Outcome(gate="g", status=status, value=0.0, bound=0.0, unit="points", tier=tier, detail="d")


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ([of("pass", "critical"), of("pass", "supporting"), of("pass", "advisory")], "migrate"),
        ([of("pass", "critical"), of("inconclusive", "supporting"), of("fail", "advisory")], "migrate"),
        ([of("pass", "critical"), of("fail", "supporting")], "hold"),
        ([of("inconclusive", "critical"), of("pass", "supporting")], "inconclusive"),
        ([of("inconclusive", "critical"), of("fail", "critical")], "hold"),
        ([of("pass", "supporting"), of("pass", "advisory")], "inconclusive"),
        ([], "inconclusive"),
    ],
)
def test_a_verdict_rests_on_what_its_gates_weigh(outcomes: list[Outcome], verdict: str) -> None:
    assert verdict_of(outcomes) == verdict


def test_what_was_not_asked_of_everyone_decides_nothing() -> None:
    assert verdict_of([of("fail", "critical")], complete=False) == "inconclusive"


def standing(quality: float | None, cost: str | None, latency: float | None) -> Standing:
    return Standing(quality=quality, cost_usd=None if cost is None else Decimal(cost), latency_ms=latency)


@pytest.mark.parametrize(
    ("standings", "front"),
    [
        ({"good": standing(0.1, "2", 100), "cheap": standing(0.0, "1", 200)}, ["good", "cheap"]),
        ({"good": standing(0.1, "1", 100), "worse": standing(0.0, "1", 100)}, ["good"]),
        ({"one": standing(0.1, "1", 100), "other": standing(0.1, "1", 100)}, ["one", "other"]),
        ({"known": standing(0.1, "1", 100), "unknown": standing(0.1, None, 100)}, ["known"]),
        ({"alone": standing(None, None, None)}, ["alone"]),
    ],
)
def test_the_front_holds_whom_nobody_beats_in_everything(standings: dict[str, Standing], front: list[str]) -> None:
    assert pareto_front(standings) == front


def test_a_model_that_leaves_soon_holds_its_target() -> None:
    leaves = lasting(Leaving(days=38, because="its end of life is 2027-01-05"))

    assert leaves is not None
    assert (leaves.value, leaves.bound) == (38.0, 90.0)
    assert verdict_of([of("pass", "critical"), leaves]) == "hold"
    assert lasting(None) is None


NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "end_of_life", "days"),
    [
        ("ACTIVE", None, None),
        ("ACTIVE", datetime(2027, 11, 28, tzinfo=UTC), None),
        ("ACTIVE", datetime(2027, 1, 5, tzinfo=UTC), 38),
        ("LEGACY", None, 0),
        ("LEGACY", datetime(2028, 1, 1, tzinfo=UTC), 0),
        ("ACTIVE", datetime(2026, 1, 1, tzinfo=UTC), 0),
    ],
)
def test_models_that_are_legacy_or_retire_within_ninety_days_leave(
    status: str, end_of_life: datetime | None, days: int | None
) -> None:
    facts = ModelFacts(
        model_id="m", status=status, end_of_life=end_of_life, streams=True, regions=(), unavailable_because=None
    )

    found = leaving(facts, NOW)

    assert (found and found.days) == days
