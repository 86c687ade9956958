"""Counts of two variants that are not in the ratio of the step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.rollout.analysis import Counted, Outcomes, Rules, analyse
from brainswap.core.rollout.sharing import mismatch
from tests.unit.rollout.test_analysis import rules

RULES: Rules = rules()


def outcomes(of: int) -> Outcomes:
    return {"errors": Counted(of=of, hits=0)}


def test_a_target_that_records_only_what_it_answered_waits_and_then_goes_back() -> None:
    """Nine of ten of its requests fail, and the application records none of these."""
    first, last = (analyse(outcomes(9000), outcomes(100), RULES, bake=bake, share=0.1) for bake in (1, 2))

    assert (first.decision, last.decision) == ("hold", "roll_back")
    assert "100 of 9100 requests (1.1 %), and the step sends it 10.0 %" in last.reason


def test_a_share_that_a_few_users_explain_is_told_and_stops_nothing() -> None:
    made = analyse(outcomes(9500), outcomes(500), RULES, bake=1, share=0.1)

    assert made.decision == "go_on"
    assert "500 of 10000 requests (5.0 %)" in made.reason


def test_more_requests_than_the_step_sends_are_told() -> None:
    made = analyse(outcomes(5000), outcomes(5000), RULES, bake=1, share=0.1)

    assert made.decision == "go_on"
    assert "(50.0 %)" in made.reason


def test_harm_comes_first() -> None:
    made = analyse(outcomes(9000), {"errors": Counted(of=100, hits=90)}, RULES, bake=1, share=0.1)

    assert made.decision == "roll_back"
    assert made.reason.startswith("errors: 90 of 100")


@pytest.mark.parametrize(("source", "target"), [(0, 0), (1, 0), (9, 1), (3, 2), (900, 100), (99_000, 11_000)])
def test_few_requests_and_the_right_share_say_nothing(source: int, target: int) -> None:
    assert mismatch(source, target, 0.1) is None


@given(
    requests=st.integers(1, 100_000),
    share=st.sampled_from([0.01, 0.1, 0.5, 0.9]),
    found=st.floats(0, 1),
    times=st.integers(2, 50),
)
def test_what_is_told_of_some_requests_is_told_of_more_in_the_same_share(
    requests: int, share: float, found: float, times: int
) -> None:
    target = round(requests * found)

    few = mismatch(requests - target, target, share)
    many = mismatch(times * (requests - target), times * target, share)

    assert few is None or (many is not None and many.hides >= few.hides)


def test_where_not_both_answer_there_is_no_share() -> None:
    made = analyse(outcomes(9000), outcomes(1), rules(min_requests=1), bake=1)

    assert made.decision == "go_on"
