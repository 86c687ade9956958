"""Looks on the way settle what is clear, keep the error, and let nothing pass that nobody has seen."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from brainswap.core.answers import AnswerStatus
from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.family import judge_all
from brainswap.core.decision.gates import Outcome
from brainswap.core.decision.looking import Looking
from brainswap.core.declared_gates import Gate, NoneLost, NoSegmentWorse, NotWorse
from brainswap.core.statistics.spending import confidence_at_look
from tests.unit.decision.rows import dollars, evaluation, sample

QUARTERS = (0.25, 0.5, 0.75, 1.0)
GOOD, BAD, UNCLEAR = 0, 2, 12  # every so-manieth case is lost; 0 for none
CRITICAL_CASES = NoneLost(cases="critical", rule="none_lost")


def not_worse(margin: float = 0.1, **changes: Any) -> NotWorse:
    return NotWorse(scorer="right", rule="not_worse", margin=margin, **changes)


def looking(*gates: Gate, targets: int = 1, labelled: Sequence[str] = (), **changes: Any) -> Looking:
    names = [f"target-{number}" for number in range(1, targets + 1)]
    empty = Evaluation(scorers=["right"], source=dollars, targets=dict.fromkeys(names, dollars), labelled=labelled)
    return Looking(gates or (not_worse(),), empty, confidence=0.95, **{"shares": QUARTERS, **changes})


def feed(found: Looking, lost: Mapping[str, int], cases: range = range(100), **changes: Any) -> None:
    """Count cases in for the open targets, of which each loses every so-manieth, and look."""
    for case in cases:
        own = {key: value(case) if callable(value) else value for key, value in changes.items()}
        said = {
            name: [sample(case, 0.0 if lost[name] and case % lost[name] == 0 else 1.0, **own)] for name in found.open
        }
        found.evaluation.add_case([sample(case, 1.0, **own)], said)
    found.take()


def statuses(outcomes: Sequence[Outcome]) -> list[str]:
    return [one.status for one in outcomes]


def test_a_clear_target_is_settled_at_the_first_look() -> None:
    for lost, verdict in ((GOOD, "migrate"), (BAD, "hold")):
        found = looking()

        feed(found, {"target-1": lost})

        assert found.finished
        assert found.settled == {"target-1": 1}
        assert found.found["target-1"].verdict == verdict


def test_what_people_have_labelled_is_settled_by_nobody_else() -> None:
    for gate, settled in ((not_worse(), False), (not_worse(labels="ignore"), True)):
        found = looking(gate, labelled=["right"])

        feed(found, {"target-1": GOOD})

        assert found.finished is settled
        assert ("people's labels tell" in found.found["target-1"].outcomes[0].detail) is not settled


def test_an_unclear_target_is_asked_to_the_end() -> None:
    found = looking()

    for look in range(4):
        assert not found.finished
        feed(found, {"target-1": UNCLEAR}, range(30 * look, 30 * look + 30))

    assert found.finished
    assert found.settled == {}
    assert found.found["target-1"].verdict == "inconclusive"
    with pytest.raises(ValueError, match="no more looks"):
        found.take()


def test_gates_are_held_to_the_level_of_the_look_and_show_that_interval() -> None:
    found = looking()

    for look in range(1, 5):
        feed(found, {"target-1": UNCLEAR}, range(30 * look, 30 * look + 30))
        level = confidence_at_look(0.95, QUARTERS[:look])

        assert found.found["target-1"].confidence == level
        assert found.found["target-1"].outcomes[0].confidence == pytest.approx(level)


def test_a_single_look_judges_as_if_there_were_none() -> None:
    whole = evaluation([1.0] * 100, [0.0] * 4 + [1.0] * 96, [0.0] * 9 + [1.0] * 91)
    found = Looking((not_worse(),), whole, confidence=0.95)

    found.take()

    assert found.judged == judge_all((not_worse(),), whole, 0.95)


def test_a_settled_target_is_left_alone_and_its_share_of_the_error_passes_on() -> None:
    found = looking(targets=2)

    feed(found, {"target-1": BAD, "target-2": UNCLEAR})
    settled = found.found["target-1"]
    feed(found, {"target-1": BAD, "target-2": UNCLEAR}, range(100, 200))

    assert found.open == ["target-2"]
    assert found.found["target-1"] is settled
    assert found.evaluation.pairings["target-1"].scorers["right"].draws.cases == 100
    assert found.evaluation.pairings["target-2"].scorers["right"].draws.cases == 200
    assert found.found["target-2"].confidence == confidence_at_look(0.95, QUARTERS[:2])


def test_while_nothing_is_decided_all_targets_share_the_error_of_the_look() -> None:
    found = looking(targets=2)

    feed(found, {"target-1": UNCLEAR, "target-2": UNCLEAR})

    assert {one.confidence for one in found.found.values()} == {confidence_at_look(0.975, QUARTERS[:1])}


def test_a_lost_critical_case_settles_a_target_that_is_good_otherwise() -> None:
    found = looking(not_worse(), CRITICAL_CASES)

    feed(found, {"target-1": 90}, range(1, 101), critical=lambda case: case == 90)

    assert found.settled == {"target-1": 1}
    assert statuses(found.found["target-1"].outcomes) == ["pass", "fail"]


def test_a_critical_case_that_was_asked_ahead_is_lost_at_once_and_counts_once() -> None:
    found = looking(not_worse(), CRITICAL_CASES)
    ahead = sample(999, 1.0, critical=True)
    found.evaluation.add_critical([ahead], {"target-1": [sample(999, 0.0, critical=True)]})

    feed(found, {"target-1": GOOD})

    (quality, critical) = found.found["target-1"].outcomes
    assert critical.status == "fail"
    assert "1 of 1 critical cases lost: case-999" in critical.detail
    assert quality.value == 0.0
    found.evaluation.add_case([ahead], {"target-1": [sample(999, 0.0, critical=True)]}, is_counted=True)
    pairing = found.evaluation.pairings["target-1"]
    assert (pairing.critical_cases, pairing.critical_lost["right"]) == (1, ["case-999"])
    assert pairing.scorers["right"].worse == 1


def test_no_segment_is_said_not_to_be_worse_before_all_have_turned_up() -> None:
    gate = NoSegmentWorse(scorer="right", rule="no_segment_worse", margin=0.2)
    found = looking(not_worse(), gate)

    feed(found, {"target-1": GOOD}, segment=lambda case: f"segment {case % 2}")
    assert statuses(found.found["target-1"].outcomes) == ["pass", "inconclusive"]
    assert not found.settled
    for look in range(1, 4):
        feed(found, {"target-1": GOOD}, range(100 * look, 100 * look + 100), segment=lambda case: f"segment {case % 2}")

    assert statuses(found.found["target-1"].outcomes) == ["pass", "pass"]


def test_a_segment_that_is_worse_settles_a_target_early() -> None:
    gate = NoSegmentWorse(scorer="right", rule="no_segment_worse", margin=0.2)
    found = looking(not_worse(0.9), gate)

    feed(found, {"target-1": BAD}, segment=lambda case: f"segment {case % 2}")

    assert found.settled == {"target-1": 1}


def test_what_supports_a_verdict_has_to_be_told_before_one_stops_early() -> None:
    found = looking(not_worse(0.4), not_worse(0.08, tier="supporting"))

    feed(found, {"target-1": UNCLEAR})

    assert found.found["target-1"].verdict == "migrate"
    assert not found.settled


def test_advice_keeps_nobody_waiting() -> None:
    found = looking(not_worse(0.4), not_worse(0.08, tier="advisory"))

    feed(found, {"target-1": UNCLEAR})

    assert found.settled == {"target-1": 1}


def test_questions_that_were_not_asked_settle_nothing() -> None:
    found = looking()

    feed(found, {"target-1": BAD}, status=lambda case: AnswerStatus.UNASKED if case == 50 else AnswerStatus.ANSWERED)

    assert found.found["target-1"].verdict == "inconclusive"
    assert not found.settled


def test_a_model_that_goes_is_settled_by_that() -> None:
    goes = Outcome(
        gate="the model stays", status="fail", value=1.0, bound=90.0, unit="count", detail="it retires tomorrow"
    )
    found = looking(leaving={"target-1": goes})

    feed(found, {"target-1": UNCLEAR})

    assert found.settled == {"target-1": 1}
    assert found.found["target-1"].verdict == "hold"
