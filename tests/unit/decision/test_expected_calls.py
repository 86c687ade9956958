from typing import Any

import numpy as np
import pytest

from brainswap.core.decision.expected_calls import expected_calls
from brainswap.core.decision.paired_tally import PairedTally
from brainswap.core.decision.prospect import ExpectedCalls
from brainswap.core.decision.tally import ScoreTally
from brainswap.core.statistics.spending import critical_values
from brainswap.core.workload import Workload
from tests.fakes.runs import declaration

CASES = 500


def recorded(lost: int, gained: int, same: int) -> PairedTally:
    tally = PairedTally()
    for before, after, number in ((1, 0, lost), (0, 1, gained), (1, 1, same)):
        for _ in range(number):
            tally.add(before, after)
    return tally


def expected(
    tally: PairedTally | None = None, *, critical: int = 0, calls: int = 2 * CASES, **changes: Any
) -> ExpectedCalls | None:
    workload = Workload.model_validate(declaration(**{"stopping": {"looks": 4}, **changes}))
    differences = {"target-1": {"right": tally}} if tally else {}
    return expected_calls(
        workload, calls=calls, test_cases=CASES, critical=critical, differences=differences, scores={}
    )


def calls(tally: PairedTally | None = None, **changes: Any) -> int:
    found = expected(tally, **changes)
    assert found is not None
    assert found.most == 2 * CASES
    return found.expected


def test_without_looks_there_is_nothing_to_expect() -> None:
    assert expected(stopping=None) is None
    assert expected(calls=0) is None


def test_a_target_that_is_recorded_to_be_clearly_worse_leaves_most_of_the_calls() -> None:
    assert calls(recorded(lost=60, gained=0, same=40)) == CASES // 2


def test_a_target_at_the_bound_takes_nearly_all_of_them() -> None:
    assert calls(recorded(lost=15, gained=5, same=80)) > 0.97 * 2 * CASES


def test_the_expectation_is_what_simulated_looks_take() -> None:
    lost, gained = 0.10, 0.06
    shares = (0.25, 0.5, 0.75, 1.0)
    rng = np.random.default_rng(5)
    drawn = rng.choice([-1.0, 1.0, 0.0], p=[lost, gained, 1 - lost - gained], size=(4000, CASES))
    upto = np.stack([drawn[:, : int(CASES * share)].sum(axis=1) for share in shares])
    numbers = np.array([[CASES * share] for share in shares])
    spread = np.sqrt(lost + gained - (lost - gained) ** 2)
    out = np.abs((upto / numbers + 0.1) * np.sqrt(numbers) / spread) > np.array([critical_values(0.025, shares)]).T
    first = np.where(out.any(axis=0), out.argmax(axis=0), 3)

    simulated = np.array(shares)[first].mean()

    assert calls(recorded(lost=100, gained=60, same=840)) / (2 * CASES) == pytest.approx(simulated, abs=0.02)


def test_critical_cases_are_asked_in_any_case() -> None:
    worse = recorded(lost=60, gained=0, same=40)

    assert calls(worse, critical=CASES) == 2 * CASES
    assert calls(worse, critical=CASES // 2) == round(2 * CASES * (0.25 + 0.75 / 2))


def test_few_recorded_cases_tell_nothing() -> None:
    found = expected(recorded(lost=10, gained=0, same=5))

    assert found is not None
    assert found.expected == calls()
    assert "which is assumed" in found.because


def test_a_gate_on_segments_is_told_not_to_be_worse_at_the_end_alone() -> None:
    gates = [
        {"scorer": "right", "rule": "not_worse", "margin": 0.5},
        {"scorer": "right", "rule": "no_segment_worse", "margin": 0.5},
    ]
    good = recorded(lost=1, gained=1, same=98)

    assert calls(good, gates=gates[:1]) == CASES // 2
    assert calls(good, gates=gates) == 2 * CASES
    assert calls(good, gates=[gates[0], {**gates[1], "tier": "advisory"}]) == CASES // 2


def test_the_source_is_asked_as_long_as_any_target_is_open() -> None:
    targets = [{"model": "amazon.nova-lite-v1:0"}, {"model": "amazon.nova-micro-v1:0"}]
    workload = Workload.model_validate(declaration(stopping={"looks": 4}, targets=targets))
    worse, open_ = recorded(lost=60, gained=0, same=40), recorded(lost=15, gained=5, same=80)

    found = expected_calls(
        workload,
        calls=3 * CASES,
        test_cases=CASES,
        critical=0,
        differences={"target-1": {"right": worse}, "target-2": {"right": open_}},
        scores={},
    )

    assert found is not None
    assert found.expected == pytest.approx(CASES * (0.25 + 1 + 1), rel=0.02)
    assert found.because == "the targets are what is recorded of them"


def test_a_rate_of_the_target_itself_is_taken_from_its_recorded_scores() -> None:
    own = ScoreTally()
    for number in range(100):
        own.add(float(number % 2))
    workload = Workload.model_validate(
        declaration(stopping={"looks": 4}, gates=[{"scorer": "right", "rule": "at_least", "value": 0.9}])
    )

    found = expected_calls(
        workload, calls=1000, test_cases=CASES, critical=0, differences={}, scores={"target-1": {"right": own}}
    )

    assert found is not None
    assert found.expected == 250
