"""The judge of a roll-out, as a workload declares it: what cannot work, what shows little, and how much is kept."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from brainswap.core.declared_rollout import Rollout
from brainswap.core.loading.rollout_checks import online_judges_that_cannot_look
from brainswap.core.rollout.feasibility import ASSUMED_BAD, chance_of_passing, most_judged, rollout_warnings
from brainswap.core.rollout.sampling import SPARE, Sampling, sampling_of
from brainswap.core.workload import Traffic, Workload
from tests.fakes.runs import declaration

JUDGE = {"model": "mistral.mistral-large-2407-v1:0"}
KIND = {"name": "kind", "type": "closed_qa", "criterion": "It is kind.", "judge": JUDGE}
GUARDS = [{"measure": "judged_bad", "margin": 0.05}]


def judged(**changes: Any) -> dict[str, Any]:
    """A roll-out with a judge."""
    return {"guards": GUARDS, "judge": {"scorer": "kind", "budget_usd": 5, **changes}}


def workload(**rollout: Any) -> Workload:
    return Workload.model_validate(declaration(scorers=[KIND], rollout=rollout))


@pytest.mark.parametrize(
    ("declared", "wrong"),
    [
        ({"judge": {"scorer": "kind", "budget_usd": 5}}, "a judge needs a guard on judged_bad"),
        (
            {**judged(sample=40), "bakes": 2},
            "80 answers of a variant in all bakes of a step, and min_requests wants 100",
        ),
        (judged(sample=1001), "less than or equal to 1000"),
        (judged(budget_usd=0), "greater than 0"),
        (judged(good_from=0), "greater than 0"),
        ({"guards": GUARDS, "judge": {"scorer": "kind"}}, "budget_usd"),
    ],
)
def test_a_judge_that_cannot_work_is_refused(declared: Any, wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong):
        Rollout.model_validate(declared)


@pytest.mark.parametrize(
    ("scorer", "wrong"),
    [
        ({"name": "other"}, "no scorer is called `kind`"),
        ({"type": "pairwise"}, "compares two answers"),
        ({"type": "factuality"}, "needs a reference"),
        ({"show_reference": True}, "needs a reference"),
        ({"type": "exact"}, "asks no judge"),
        ({"optional": True}, "looks at references"),
        ({"reference": "tone"}, "looks at references"),
        ({"step": "first"}, "looks at an earlier step"),
    ],
)
def test_a_scorer_that_cannot_look_at_live_answers_is_named_with_what_would_do(scorer: Any, wrong: str) -> None:
    prompt = {"steps": [{"name": "first", "user": "a"}, {"name": "last", "user": "b"}]}

    (found,) = online_judges_that_cannot_look({"prompt": prompt, "scorers": [{**KIND, **scorer}], "rollout": judged()})

    assert wrong in found.wrong
    assert found.path == ("rollout", "judge", "scorer")
    assert found.remedy


@pytest.mark.parametrize("step", [None, "last"])
def test_a_judge_of_the_applications_own_answer_can_look(step: str | None) -> None:
    prompt = {"steps": [{"name": "first", "user": "a"}, {"name": "last", "user": "b"}]}

    found = online_judges_that_cannot_look({"prompt": prompt, "scorers": [{**KIND, "step": step}], "rollout": judged()})

    assert list(found) == []


@pytest.mark.parametrize("data", [{}, {"rollout": []}, {"rollout": {"judge": 1}}, {"rollout": judged(scorer=[])}])
def test_a_declaration_without_a_judge_is_left_alone(data: Any) -> None:
    assert list(online_judges_that_cannot_look(data)) == []


def test_a_sample_that_is_too_small_for_the_margin_is_warned_of_with_one_that_would_do() -> None:
    guards = [{"measure": "judged_bad", "margin": 0.02}]

    (warning,) = rollout_warnings(workload(guards=guards, judge={"scorer": "kind", "budget_usd": 5}))

    assert "bad 4 points more often than the source's (10% of which are taken to be bad)" in warning
    assert "is let on in 37% of the cases" in warning
    assert warning.endswith("although the margin is 2 points; a sample of about 373 would show it")


def test_a_sample_that_shows_enough_is_not_warned_of() -> None:
    assert list(rollout_warnings(workload(**judged(sample=100)))) == []


def test_a_sample_below_what_a_step_wants_is_said_to_hold_every_step() -> None:
    (warning,) = rollout_warnings(workload(**judged(sample=50)))

    assert "50 answers of a variant are judged after a bake, and min_requests wants 100" in warning
    assert warning.endswith("every step is held at least once")


def test_the_chance_that_harm_passes_is_that_of_simulated_roll_outs() -> None:
    draw, answers, margin = random.Random(7), 100, 0.05  # noqa: S311 - a simulation

    def bad(share: float) -> int:
        return sum(draw.random() < share for _ in range(answers))

    passed = sum(bad(ASSUMED_BAD + 2 * margin) - bad(ASSUMED_BAD) <= margin * answers for _ in range(2000)) / 2000

    assert chance_of_passing(answers, margin) == pytest.approx(passed, abs=0.035)  # four standard errors


def test_the_most_that_is_judged_is_told_beforehand() -> None:
    found = most_judged(workload(**judged(sample=100), steps=[10, 100], bakes=2))

    assert found is not None
    assert (found.answers, found.calls) == (800, 800)
    assert most_judged(workload(steps=[10, 100])) is None


def test_a_judge_takes_another_look_at_each_bake_and_half_an_hour_of_it_at_the_most() -> None:
    without, with_judge = Rollout.model_validate({"guards": GUARDS}), Rollout.model_validate(judged())

    assert (without.looks, with_judge.looks) == (8, 16)
    assert with_judge.minutes - without.minutes == 8 * 30


# How much applications keep


@given(
    requests=st.integers(0, 10**9),
    percent=st.sampled_from([1, 10, 50, 99]),
    sample=st.integers(100, 1000),
    minutes=st.integers(1, 600),
)
def test_the_share_that_is_kept_brings_what_is_judged_and_no_more_than_is_spare(
    requests: int, percent: int, sample: int, minutes: int
) -> None:
    rollout = Rollout.model_validate(judged(sample=sample))
    traffic = Traffic(requests_per_month=requests)

    made = sampling_of(rollout, traffic, percent=percent, bake_s=60 * minutes)

    for share, of_traffic in ((made.source, 100 - percent), (made.target, percent)):
        expected = requests / 43_800 * minutes * of_traffic / 100
        kept = expected * share / 10_000
        assert kept >= min(expected, SPARE * sample) * 0.999
        assert kept <= SPARE * sample * 1.001 + expected / 10_000
    assert 1 <= made.most <= sample
    assert made.most * minutes >= min(2, minutes) * sample
    assert made.seconds > rollout.bakes * 60 * minutes


def test_everything_may_be_kept_where_nobody_states_the_traffic() -> None:
    made = sampling_of(Rollout.model_validate(judged()), None, percent=1, bake_s=1800)

    assert (made.source, made.target, made.most) == (10_000, 10_000, 8)


def test_in_the_shadow_the_target_answers_what_is_mirrored() -> None:
    rollout = Rollout.model_validate({**judged(), "shadow": {"percent": 50, "minutes": 30, "budget_usd": 1}})

    made = sampling_of(rollout, Traffic(requests_per_month=4_380_000), percent=0, bake_s=1800)

    assert (made.source, made.target) == (1334, 2667)


def test_without_a_judge_nothing_is_kept() -> None:
    assert sampling_of(Rollout(), None, percent=10, bake_s=1800) == Sampling()
