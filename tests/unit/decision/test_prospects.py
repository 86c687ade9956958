"""What gates can show, said before anything is asked."""

from decimal import Decimal
from typing import Any

import pytest

from brainswap.core.decision.paired_tally import PairedTally
from brainswap.core.decision.prospect import Prospect
from brainswap.core.decision.prospects import prospects
from brainswap.core.decision.tally import ScoreTally
from brainswap.core.workload import Workload
from tests.fakes.runs import declaration


def pairs(worse: int, better: int, of: int) -> PairedTally:
    tally = PairedTally()
    for case in range(of):
        tally.add(float(case >= better), 1.0 if case < better else float(case >= better + worse))
    return tally


def scores(right: int, of: int) -> ScoreTally:
    tally = ScoreTally()
    for case in range(of):
        tally.add(float(case < right))
    return tally


def found(
    gates: list[dict[str, Any]], *, cases: int = 200, targets: int = 1, looks: int = 0, **known: PairedTally
) -> tuple[Prospect, ...]:
    models = [{"model": f"amazon.nova-{number}"} for number in range(targets)]
    return prospects(
        Workload.model_validate(declaration(gates=gates, targets=models, stopping={"looks": looks} if looks else None)),
        test_cases=cases,
        differences={slot.replace("_", "-"): {"right": tally} for slot, tally in known.items()},
        scores={"target-1": {"right": scores(93, 100)}},
        cost_per_case_usd=Decimal("0.02"),
    )


NOT_WORSE = {"scorer": "right", "rule": "not_worse", "margin": 0.05}


def test_without_recordings_a_discordance_is_assumed_and_said() -> None:
    (one,) = found([NOT_WORSE])

    assert one.because == "the target is as good and differs on 20% of the cases, which is assumed"
    assert one.cases == pytest.approx(639, abs=5)
    assert one.smallest == pytest.approx(0.09, abs=0.01)
    assert one.cost_usd == Decimal("0.02") * (one.cases or 0)
    assert one.power < 0.5


def test_recorded_answers_take_the_place_of_the_assumption() -> None:
    (one,) = found([NOT_WORSE], target_1=pairs(3, 3, 100))

    assert one.because == "target-1 is as good and differs on 6.0% of the cases, as on 100 recorded"
    assert one.cases is not None
    assert one.cases < 300


def test_a_handful_of_recorded_answers_tells_less_than_the_assumption() -> None:
    (one,) = found([NOT_WORSE], target_1=pairs(1, 0, 10))

    assert "assumed" in one.because


def test_the_target_that_it_is_hardest_to_show_for_is_told_but_not_one_that_is_refuted() -> None:
    (one,) = found(
        [NOT_WORSE], targets=3, target_1=pairs(3, 3, 100), target_2=pairs(10, 10, 100), target_3=pairs(60, 0, 100)
    )

    assert one.because.startswith("target-2")


def test_more_gates_and_targets_need_more_cases() -> None:
    (alone,) = found([NOT_WORSE])
    (among, _) = found([NOT_WORSE, NOT_WORSE], targets=5)

    assert alone.confidence == pytest.approx(0.95)
    assert among.confidence == pytest.approx(0.995)
    assert among.cases is not None
    assert alone.cases is not None
    assert among.cases > alone.cases


def test_a_score_that_is_recorded_to_be_too_low_is_enough_with_no_number_of_cases() -> None:
    (high, low) = found(
        [{"scorer": "right", "rule": "at_least", "value": 0.9}, {"scorer": "right", "rule": "at_least", "value": 0.95}]
    )

    assert high.cases is not None
    assert low.cases is None
    assert "target-1 scores 93.0%" in low.because


def test_a_gain_is_forecast_from_the_recorded_one() -> None:
    (one,) = found([{"scorer": "right", "rule": "better"}], target_1=pairs(2, 10, 100))

    assert one.because == "target-1 is +8.0 points better, as on 100 recorded cases"
    assert one.smallest is None


def test_gates_on_money_and_critical_cases_have_no_prospect() -> None:
    gates: list[dict[str, Any]] = [
        {"measure": "cost", "rule": "at_most", "ratio": 1},
        {"cases": "critical", "rule": "none_lost"},
    ]

    assert found(gates) == ()
    assert found([NOT_WORSE], cases=0) == ()


def test_looks_on_the_way_take_a_little_of_the_power_and_a_few_more_cases() -> None:
    (once,) = found([NOT_WORSE], cases=500)
    (looked,) = found([NOT_WORSE], cases=500, looks=4)

    assert once.power - 0.05 < looked.power < once.power
    assert once.cases is not None
    assert looked.cases is not None
    assert once.smallest is not None
    assert looked.smallest is not None
    assert once.cases < looked.cases < 1.1 * once.cases
    assert once.smallest < looked.smallest < 1.1 * once.smallest
