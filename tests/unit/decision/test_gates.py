"""What each gate says: it passes, it fails, or it cannot be told."""

import math
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from brainswap.core.answers import Usage
from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.gates import Outcome, judge
from brainswap.core.declared_gates import Gate
from tests.unit.decision.rows import dollars, evaluation, sample

GATE: TypeAdapter[Gate] = TypeAdapter(Gate)


def outcome(found: Evaluation, confidence: float = 0.95, **declared: Any) -> Outcome:
    return judge(GATE.validate_python(declared), found.evidence("target-1", confidence))


def ratings(right: int, of: int) -> list[float]:
    return [1.0] * right + [0.0] * (of - right)


@pytest.mark.parametrize(
    ("kept", "status"),
    [(200, "pass"), (184, "inconclusive"), (120, "fail")],
)
def test_a_target_is_not_worse_where_the_whole_interval_lies_above_the_margin(kept: int, status: str) -> None:
    found = outcome(evaluation(ratings(200, 200), ratings(kept, 200)), scorer="right", rule="not_worse", margin=0.1)

    assert found.status == status
    assert (found.gate, found.unit, found.bound) == ("right not worse by 0.1", "points", -0.1)
    assert found.low is not None
    assert (found.low > -0.1) == (status == "pass")


def test_a_gate_that_cannot_be_told_says_how_many_cases_would_tell() -> None:
    target = [0.0] * 10 + [1.0] * 80 + [0.0] * 10
    found = outcome(evaluation(ratings(80, 100), target), scorer="right", rule="not_worse", margin=0.02)

    assert found.status == "inconclusive"
    needed = int(found.detail.split("if it is as good, ")[1].split(" cases")[0].replace(",", ""))
    assert needed == pytest.approx(7.85 * 0.2 / 0.02**2, rel=0.05)  # the rule of thumb
    each = 2 * (1000 + 5 * 103) / 1_000_000  # dollars of source and target
    assert f"for about {needed * each:.2f} USD" in found.detail
    smallest = float(found.detail.split("these show a margin of ")[1])
    assert smallest == pytest.approx(math.sqrt(7.85 * 0.2 / 100), abs=0.015)


@pytest.mark.parametrize(
    ("right", "by", "status"),
    [(150, 0.0, "pass"), (150, 0.2, "inconclusive"), (150, 0.5, "fail"), (102, 0.0, "inconclusive"), (40, 0.0, "fail")],
)
def test_a_target_is_better_where_the_whole_interval_lies_above_what_was_asked(
    right: int, by: float, status: str
) -> None:
    found = outcome(evaluation(ratings(100, 200), ratings(right, 200)), scorer="right", rule="better", by=by)

    assert found.status == status
    assert found.bound == by


@pytest.mark.parametrize(("value", "status"), [(0.8, "pass"), (0.9, "inconclusive"), (0.97, "fail")])
def test_a_score_is_at_least_a_value_where_its_own_interval_is(value: float, status: str) -> None:
    found = outcome(evaluation(ratings(200, 200), ratings(180, 200)), scorer="right", rule="at_least", value=value)

    assert found.status == status
    assert (found.value, found.unit) == (0.9, "percent")


@pytest.mark.parametrize(
    ("declared", "status", "unit"),
    [
        ({"measure": "cost", "ratio": 1.1}, "pass", "ratio"),
        ({"measure": "cost", "ratio": 0.9}, "fail", "ratio"),
        ({"measure": "cost", "usd_per_1000_requests": 1.6}, "pass", "usd"),
        ({"measure": "cost", "usd_per_1000_requests": 1.5}, "fail", "usd"),
        ({"measure": "latency_p50", "ms": 110}, "pass", "ms"),
        ({"measure": "latency_p50", "ms": 90}, "fail", "ms"),
        ({"measure": "latency_p95", "ms": 110}, "pass", "ms"),
        ({"measure": "latency_p95", "ratio": 1.0}, "pass", "ratio"),
    ],
)
def test_cost_and_time_are_at_most_a_multiple_or_an_amount(declared: dict[str, Any], status: str, unit: str) -> None:
    found = outcome(evaluation(ratings(200, 200), ratings(200, 200)), rule="at_most", **declared)

    assert (found.status, found.unit) == (status, unit)
    assert found.low is not None
    assert found.high is not None


def test_the_amount_is_what_a_thousand_requests_cost() -> None:
    found = outcome(
        evaluation(ratings(70, 70), ratings(70, 70)), measure="cost", rule="at_most", usd_per_1000_requests=1.5
    )

    assert found.value == pytest.approx(1000 * (1000 + 5 * 103) / 1_000_000)


@pytest.mark.parametrize(
    "declared", [{"measure": "cost", "usd_per_1000_requests": 2}, {"measure": "latency_p50", "ms": 200}]
)
def test_cost_and_time_of_clustered_cases_are_as_uncertain_as_their_clusters(declared: dict[str, Any]) -> None:
    def per_call(case: int) -> int:
        return case // 10 * 7 % 40

    def found(**changes: Any) -> Outcome:
        made = evaluation(
            ratings(400, 400),
            ratings(400, 400),
            usage=lambda case: Usage(input_tokens=1000, output_tokens=100 + per_call(case)),
            latency_ms=lambda case: 100.0 + per_call(case),
            **changes,
        )
        return outcome(made, rule="at_most", **declared)

    def width(one: Outcome) -> float:
        assert one.low is not None
        assert one.high is not None
        return one.high - one.low

    clustered = found(cluster=lambda case: f"call {case // 10}")

    assert clustered.value == pytest.approx(found().value, rel=0.02)
    assert width(clustered) > 2 * width(found())


def test_the_ratio_of_costs_is_as_uncertain_as_the_clusters_and_counts_weights() -> None:
    def found(**changes: Any) -> Outcome:
        made = Evaluation(scorers=["right"], source=dollars, targets={"target-1": dollars})
        for case in range(400):
            own = {key: value(case) for key, value in changes.items()}
            longer = Usage(input_tokens=1000, output_tokens=100 + 40 * (case // 10 % 4))
            made.add_case([sample(case, 1.0, **own)], {"target-1": [sample(case, 1.0, usage=longer, **own)]})
        return outcome(made, measure="cost", rule="at_most", ratio=1.5)

    alone, clustered = found(), found(cluster=lambda case: f"call {case // 10}")
    weighted = found(weight=lambda case: 50.0 if case // 10 % 4 == 0 else 1.0)

    assert None not in {alone.low, alone.high, clustered.low, clustered.high, alone.value, weighted.value}
    assert clustered.high - clustered.low > 2 * (alone.high - alone.low)  # type: ignore[operator]  # none of them is None
    assert weighted.value < alone.value - 0.1  # type: ignore[operator]  # neither is None


@pytest.mark.parametrize(
    ("declared", "value"),
    [({"measure": "cost", "usd_per_1000_requests": 2}, 1.9), ({"measure": "latency_p50", "ms": 200}, 900.0)],
)
def test_cost_and_time_count_a_case_as_often_as_its_weight_says(declared: dict[str, Any], value: float) -> None:
    # Every tenth case stands for 81, and all others together for 9.
    made = evaluation(
        ratings(200, 200),
        ratings(200, 200),
        usage=lambda case: Usage(input_tokens=1000 + 1000 * (case % 10 == 0), output_tokens=0),
        latency_ms=lambda case: 900.0 if case % 10 == 0 else 100.0,
        weight=lambda case: 81.0 if case % 10 == 0 else 1.0,
    )

    assert outcome(made, rule="at_most", **declared).value == pytest.approx(value)


def test_several_answers_to_a_case_are_one_draw_of_its_latency() -> None:
    found = Evaluation(scorers=["right"], source=None, targets={"target-1": None})
    for case in range(100):
        answers = [sample(case, 1.0, repeat=repeat, latency_ms=100.0 + case) for repeat in range(5)]
        found.add_case(answers, {"target-1": answers})

    assert outcome(found, measure="latency_p95", rule="at_most", ms=250).detail.startswith("milliseconds 194")
    assert outcome(found, 0.99, measure="latency_p95", rule="at_most", ms=250).status == "inconclusive"


def test_too_few_answers_leave_a_percentile_open() -> None:
    found = outcome(evaluation(ratings(20, 20), ratings(20, 20)), measure="latency_p95", rule="at_most", ms=500)

    assert (found.status, found.value, found.detail) == ("inconclusive", 100.0, "too few cases for an interval")


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"measure": "cost"}, "give either ratio or usd_per_1000_requests"),
        ({"measure": "cost", "ratio": 1, "usd_per_1000_requests": 1}, "give either ratio or usd_per_1000_requests"),
        ({"measure": "cost", "ms": 100}, "cost is not measured in `ms`"),
        ({"measure": "latency_p95", "usd_per_1000_requests": 1}, "give either ratio or ms"),
    ],
)
def test_a_bound_in_another_unit_is_refused(declared: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        GATE.validate_python({"rule": "at_most", **declared})


def by_segment(worse_in: dict[str, int], cases: int = 100) -> Evaluation:
    """Segments of so many cases each, of which the target loses some."""
    names = list(worse_in)
    source = [1.0] * (cases * len(names))
    target = [float(case % cases >= worse_in[names[case // cases]]) for case in range(len(source))]
    return evaluation(source, target, segment=lambda case: names[case // cases])


@pytest.mark.parametrize(
    ("worse_in", "status", "named"),
    [
        ({"de": 0, "en": 1, "fr": 0}, "pass", "not worse in any of 3 segments"),
        ({"de": 0, "en": 60, "fr": 0}, "fail", "worse in 1 of 3 segments: en"),
        ({"de": 0, "en": 0, "fr": 15}, "inconclusive", "cannot be told in 1 of 3 segments: fr"),
    ],
)
def test_one_bad_segment_is_found(worse_in: dict[str, int], status: str, named: str) -> None:
    found = outcome(by_segment(worse_in), scorer="right", rule="no_segment_worse", margin=0.1)

    assert found.status == status
    assert found.detail.startswith(named)


def test_a_segment_that_is_worse_by_chance_alone_is_not_held_against_a_target() -> None:
    segments = dict.fromkeys([f"s{number}" for number in range(20)], 1) | {"s7": 8}

    alone = outcome(by_segment({"s7": 8}, cases=20), scorer="right", rule="no_segment_worse", margin=0.1)
    among = outcome(by_segment(segments, cases=20), scorer="right", rule="no_segment_worse", margin=0.1)

    assert alone.status == "fail"
    assert among.status == "inconclusive"


def test_small_segments_are_taken_together() -> None:
    found = by_segment({"de": 0, "en": 0, "fr": 9}, cases=10)

    apart = outcome(found, scorer="right", rule="no_segment_worse", margin=0.2)
    together = outcome(found, scorer="right", rule="no_segment_worse", margin=0.2, min_cases=11)

    assert "fr" in apart.detail
    assert "of 1 segments: (all others)" in together.detail


def test_cases_without_segments_say_nothing_of_segments() -> None:
    found = outcome(evaluation(ratings(5, 5), ratings(5, 5)), scorer="right", rule="no_segment_worse", margin=0.1)

    assert (found.status, found.value) == ("inconclusive", None)


def test_clusters_are_what_was_drawn() -> None:
    source, target = ratings(200, 200), [float(case % 20 > 0) for case in range(200)]

    apart = outcome(evaluation(source, target), scorer="right", rule="not_worse", margin=0.1)
    clustered = outcome(
        evaluation(source, target, cluster=lambda case: f"c{case % 20}"), scorer="right", rule="not_worse", margin=0.1
    )

    assert apart.status == "pass"
    assert clustered.status == "inconclusive"
    assert "drawn in 20 independent units" in clustered.detail


def test_weights_count_as_often_as_such_cases_occur() -> None:
    found = evaluation(ratings(100, 100), ratings(90, 100), weight=lambda case: 9.0 if case >= 90 else 1.0)

    assert outcome(found, scorer="right", rule="not_worse", margin=0.1).value == pytest.approx(-0.5)


def asked_thrice(source: list[float], target: list[float]) -> Evaluation:
    found = Evaluation(scorers=["right"], source=None, targets={"target-1": None})

    def repeats(scores: list[float]) -> list[Any]:
        return [sample(1, score, repeat=repeat, critical=True) for repeat, score in enumerate(scores)]

    found.add_case(repeats(source), {"target-1": repeats(target)})
    return found


@pytest.mark.parametrize(
    ("source", "target", "status"),
    [
        ([1.0, 1.0, 1.0], [1.0, 1.0, 0.0], "fail"),
        ([1.0, 1.0, 0.0], [1.0, 0.0, 0.0], "pass"),  # the source does to itself what the target does to it
        ([1.0, 1.0, 1.0], [1.0, 1.0, 1.0], "pass"),
    ],
)
def test_a_target_is_not_blamed_for_what_the_source_does_to_itself(
    source: list[float], target: list[float], status: str
) -> None:
    assert outcome(asked_thrice(source, target), cases="critical", rule="none_lost").status == status


def test_what_the_source_does_to_itself_is_told_beside_the_difference() -> None:
    found = outcome(asked_thrice([1.0, 1.0, 0.0], [1.0, 1.0, 1.0]), scorer="right", rule="not_worse", margin=0.1)

    assert "the source agrees with itself on 33.3% of its own answers" in found.detail


def test_repeats_are_told_apart_from_cases() -> None:
    found = asked_thrice([1.0, 1.0, 0.0], [1.0, 1.0, 1.0])

    assert found.source.repeats["right"].within == pytest.approx(1 / 3)
    assert found.targets["target-1"].repeats["right"].always_right == 1.0


def test_an_exact_test_is_reported_where_there_is_one() -> None:
    pairs = evaluation(ratings(20, 30), ratings(10, 30)).pairings["target-1"].scorers["right"].exact()
    graded = evaluation([0.5, 0.25, 1.0], [0.75, 0.5, 1.0]).pairings["target-1"].scorers["right"].exact()
    clustered = evaluation(ratings(2, 3), ratings(1, 3), cluster="all").pairings["target-1"].scorers["right"].exact()

    assert pairs is not None
    assert pairs.method == "mcnemar"
    assert pairs.p_value == pytest.approx(2 / 2**10)
    assert graded is not None
    assert (graded.method, graded.p_value) == ("sign-flip", 0.5)
    assert clustered is None
