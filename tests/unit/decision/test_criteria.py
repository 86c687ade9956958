"""What a run is judged by, as fingerprints."""

from typing import Any

import pytest

from brainswap.core.decision.criteria import gated_scorers, scorer_fingerprints
from brainswap.core.workload import Workload
from tests.fakes.runs import declaration

RIGHT = {"name": "right", "type": "exact"}
LONG = {"name": "long", "type": "length", "max": 20}
BOTH = {"name": "both", "type": "set", "members": {"right": 1, "long": 2}}


def workload(*scorers: dict[str, Any], **changes: Any) -> Workload:
    return Workload.model_validate(declaration(scorers=scorers, **changes), strict=False)


def test_a_scorer_that_is_declared_in_the_same_way_has_the_same_fingerprint_whatever_stands_beside_it() -> None:
    alone, beside = scorer_fingerprints(workload(RIGHT)), scorer_fingerprints(workload(LONG, RIGHT))

    assert alone["right"] == beside["right"]
    assert beside["right"] != beside["long"]


@pytest.mark.parametrize("other", [{"ignore_case": True}, {"not": True}, {"extract": {"json": "answer"}}])
def test_a_scorer_that_is_declared_otherwise_has_another_fingerprint(other: dict[str, Any]) -> None:
    assert scorer_fingerprints(workload(RIGHT)) != scorer_fingerprints(workload({**RIGHT, **other}))


def test_a_set_is_another_when_one_of_its_members_is() -> None:
    before = scorer_fingerprints(workload(RIGHT, LONG, BOTH))
    after = scorer_fingerprints(workload(RIGHT, {**LONG, "max": 30}, BOTH))

    assert before["right"] == after["right"]
    assert before["both"] != after["both"]


def test_sets_of_sets_take_no_longer_than_there_are_sets() -> None:
    sets = [
        {"name": f"set-{number}-{side}", "type": "set", "members": {f"set-{number - 1}-{each}": 1 for each in "ab"}}
        for number in range(1, 30)
        for side in "ab"
    ]
    first = [{**RIGHT, "name": f"set-0-{side}"} for side in "ab"]

    assert len(scorer_fingerprints(workload(*first, *sets, gates=[]))) == 60


def test_scorers_with_gates_come_in_the_gates_order_each_once() -> None:
    gates = [
        {"scorer": "long", "rule": "not_worse", "margin": 0.1},
        {"measure": "cost", "rule": "at_most", "ratio": 1.0},
        {"cases": "critical", "rule": "none_lost", "scorer": "right"},
        {"scorer": "long", "rule": "at_least", "value": 0.5},
    ]

    assert gated_scorers(workload(RIGHT, LONG, gates=gates)) == ("long", "right")


def test_without_a_gate_on_a_scorer_the_first_stands_for_quality() -> None:
    only_cost = [{"measure": "cost", "rule": "at_most", "ratio": 1.0}]

    assert gated_scorers(workload(RIGHT, LONG, gates=only_cost)) == ("right",)
