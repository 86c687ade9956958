import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.declared_rollout import Guard, GuardMeasure
from brainswap.core.rollout.analysis import Counted, Outcomes, Rules, analyse, difference_interval
from brainswap.core.statistics.intervals import clopper_pearson


def rules(*measures: GuardMeasure, margin: float = 0.02, **changes: float) -> Rules:
    guards = tuple(Guard(measure=measure, margin=margin) for measure in measures or ("errors",))
    plain = {"min_requests": 100, "looks": 8, "bakes": 2} | changes
    return Rules(
        guards=guards,
        confidence=plain.get("confidence", 0.95),
        min_requests=int(plain["min_requests"]),
        looks=int(plain["looks"]),
        bakes=int(plain["bakes"]),
    )


def errors(hits: int, of: int) -> Outcomes:
    return {"errors": Counted(of=of, hits=hits)}


def test_a_target_that_errs_no_more_often_goes_on() -> None:
    made = analyse(errors(9, 900), errors(1, 100), rules(), bake=1)

    assert (made.decision, made.guarded[0].finding) == ("go_on", "fine")


def test_a_burst_of_errors_goes_back_at_the_first_look() -> None:
    made = analyse(errors(9, 900), errors(30, 100), rules(), bake=1)

    assert (made.decision, made.guarded[0].finding) == ("roll_back", "harmed")
    assert "30 of 100" in made.reason


def test_a_burst_goes_back_before_there_are_enough_requests() -> None:
    made = analyse(errors(1, 40), errors(20, 30), rules(), bake=1)

    assert made.decision == "roll_back"


def test_too_few_requests_wait_and_then_go_back() -> None:
    first = analyse(errors(0, 900), errors(0, 99), rules(), bake=1)
    last = analyse(errors(0, 900), errors(0, 99), rules(), bake=2)

    assert (first.decision, last.decision) == ("hold", "roll_back")
    assert "99 requests, and 100 are wanted" in last.reason


@pytest.mark.parametrize("target", [{}, errors(0, 0)], ids=["no metric", "no requests"])
def test_a_missing_metric_waits_and_then_goes_back(target: Outcomes) -> None:
    first = analyse(errors(0, 900), target, rules(), bake=1)
    last = analyse(errors(0, 900), target, rules(), bake=2)

    assert (first.decision, last.decision) == ("hold", "roll_back")
    assert first.guarded[0].finding == "missing"
    assert first.guarded[0].difference is None
    assert "nothing is known of the target" in first.reason


def test_a_source_of_which_nothing_is_known_is_missing_too() -> None:
    made = analyse({}, errors(0, 900), rules(), bake=1)

    assert (made.decision, made.guarded[0].finding) == ("hold", "missing")
    assert "of the source" in made.reason


def test_a_difference_above_the_margin_that_may_be_chance_waits() -> None:
    made = analyse(errors(9, 900), errors(4, 100), rules(), bake=1)

    assert (made.decision, made.guarded[0].finding) == ("hold", "doubtful")


def test_what_is_fine_does_not_make_up_for_what_is_harmed() -> None:
    source: Outcomes = {"errors": Counted(of=900, hits=9), "throttles": Counted(of=900, hits=0)}
    target: Outcomes = {"errors": Counted(of=100, hits=1), "throttles": Counted(of=100, hits=40)}

    made = analyse(source, target, rules("errors", "throttles"), bake=1)

    assert made.decision == "roll_back"
    assert "throttles" in made.reason
    assert "errors" not in made.reason


def test_with_no_source_the_target_itself_is_held_against_the_margin() -> None:
    fine = analyse(None, errors(1, 100), rules(), bake=1)
    harmed = analyse(None, errors(30, 100), rules(), bake=1)

    assert (fine.decision, harmed.decision) == ("go_on", "roll_back")


def test_the_error_is_shared_among_looks_and_guards() -> None:
    assert rules("errors", "throttles", looks=5).confidence_of_each == pytest.approx(1 - 0.05 / 10)


counts = st.integers(1, 2000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(source=counts, target=counts, confidence=st.floats(0.5, 0.9999))
def test_the_interval_holds_the_difference_and_is_the_mirror_of_its_opposite(
    source: tuple[int, int], target: tuple[int, int], confidence: float
) -> None:
    theirs, ours = Counted(hits=source[0], of=source[1]), Counted(hits=target[0], of=target[1])

    low, high = difference_interval(theirs, ours, confidence)
    mirrored = difference_interval(ours, theirs, confidence)

    assert -1 <= low <= ours.share - theirs.share + 1e-12
    assert ours.share - theirs.share - 1e-12 <= high <= 1
    assert mirrored == pytest.approx((-high, -low), abs=1e-12)


def test_the_interval_of_hand_worked_shares() -> None:
    low, high = difference_interval(Counted(of=10, hits=0), Counted(of=10, hits=10), 0.95)

    # The exact ends of 0 and of 10 of 10 are 0 and 0.3085, and 0.6915 and 1.
    end = clopper_pearson(0, 10, 0.95).high
    assert end == pytest.approx(0.3085, abs=1e-4)
    assert low == pytest.approx(1 - math.hypot(end, end))
    assert high == 1


@pytest.mark.parametrize(("source_of", "target_of"), [(990, 30), (180, 20), (60, 60)])
@pytest.mark.parametrize("rate", [0.0, 0.005, 0.02, 0.1, 0.4])
def test_traffic_that_is_worse_by_no_more_than_the_margin_stays(rate: float, source_of: int, target_of: int) -> None:
    """Every outcome with its probability: one look at one guard errs with its share of the error at the most."""
    margin, confidence = 0.02, 0.9
    one = rules(margin=margin, confidence=confidence, looks=1)

    wrongly = sum(
        _binomial(source_of, rate, theirs) * _binomial(target_of, rate + margin, ours)
        for theirs in _likely(source_of, rate)
        for ours in _likely(target_of, rate + margin)
        if difference_interval(
            Counted(of=source_of, hits=theirs), Counted(of=target_of, hits=ours), one.confidence_of_each
        )[0]
        > margin
    )

    assert wrongly <= (1 - confidence) / 2


def _likely(of: int, rate: float) -> range:
    reach = 5 * math.sqrt(of * rate * (1 - rate)) + 5
    return range(max(0, math.floor(of * rate - reach)), min(of, math.ceil(of * rate + reach)) + 1)


def _binomial(of: int, rate: float, hits: int) -> float:
    return math.comb(of, hits) * rate**hits * (1 - rate) ** (of - hits)
