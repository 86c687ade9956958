from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from brainswap.core.blind.documents import Graded, Grades, Preference
from brainswap.core.blind.summary import grades_problem, summary_of
from brainswap.core.statistics.tango import tango_limits

SHA = "a" * 64
AT = datetime(2026, 11, 1, tzinfo=UTC)


def grades(*people: Sequence[Preference | None], controls: int = 0) -> Grades:
    """What people said of the cases 0, 1, 2 …, the last of which are controls."""
    count = max(map(len, people), default=0)
    ids = [f"c{number}" for number in range(count)]
    return Grades(
        run_id="run-1",
        report_sha256=SHA,
        sheet="s",
        source="source",
        target="target-1",
        cases=100,
        differing=50,
        compared=tuple(ids[: count - controls]),
        controls=tuple(ids[count - controls :]),
        people=tuple(
            Graded(
                grader=f"g{place}",
                read_at=AT,
                grades={ids[number]: grade for number, grade in enumerate(said) if grade is not None},
            )
            for place, said in enumerate(people)
        ),
    )


def called(graded: Grades, *names: str) -> Grades:
    """The same with other names of the people."""
    people = [one.model_copy(update={"grader": name}) for one, name in zip(graded.people, names, strict=True)]
    return graded.model_copy(update={"people": tuple(people)})


def said(better: int, worse: int, same: int = 0, bad: int = 0) -> list[Preference]:
    counts: dict[Preference, int] = {"target": better, "source": worse, "same": same, "both_bad": bad}
    return [preference for preference, count in counts.items() for _ in range(count)]


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 10), st.integers(0, 10))
def test_one_persons_grades_come_to_what_oracles_say(better: int, worse: int, same: int, bad: int) -> None:
    n = better + worse + same + bad
    if not n:
        return

    found = summary_of(grades(said(better, worse, same, bad)), 0.95)

    assert (found.better, found.worse, found.tied, found.both_bad) == (better, worse, same + bad, bad)
    assert (found.low, found.high) == tango_limits(only_source=worse, only_target=better, n=n, confidence=0.95)
    if better + worse:
        oracle = binomtest(better, better + worse)
        interval = oracle.proportion_ci(0.95, method="exact")
        assert found.p_value == pytest.approx(oracle.pvalue)
        assert found.win_interval is not None
        assert (found.win_interval.low, found.win_interval.high) == pytest.approx((interval.low, interval.high))
    else:
        assert (found.win_rate, found.p_value) == (None, 1.0)


def test_several_people_outvote_each_other() -> None:
    first: list[Preference | None] = ["target", "target", "source", "same"]
    second: list[Preference | None] = ["target", "source", None, "same"]
    third: list[Preference | None] = ["source", None, None, "target"]

    found = summary_of(grades(first, second, third), 0.95)

    assert (found.better, found.worse, found.tied) == (2, 1, 1)
    assert found.people == 3
    assert found.kappa is not None


def test_people_who_always_agree_have_a_kappa_of_one_with_its_interval() -> None:
    found = summary_of(grades(said(10, 10, 5), said(10, 10, 5)), 0.95)

    assert found.kappa == 1.0
    assert found.kappa_interval is not None
    assert found.kappa_interval.low < 1.0


def test_controls_count_for_nothing_but_themselves() -> None:
    found = summary_of(grades([*said(5, 5), "target", "same", "both_bad"], controls=3), 0.95)

    assert (found.graded, found.better, found.controls, found.passed) == (10, 5, 3, 2)


@pytest.mark.parametrize(
    ("given_", "people", "wrong"),
    [
        (None, 1, "nobody has graded"),
        (grades(), 1, "nobody has graded"),
        (grades(said(40, 2)), 2, "1 of 2 people"),
        (grades(said(40, 2)).model_copy(update={"report_sha256": "b" * 64}), 1, "another report"),
        (grades(said(40, 2)).model_copy(update={"target": "target-2"}), 1, "are of target-2, and not of target-1"),
        (called(grades(said(40, 2), said(40, 2)), "Anna", "anna"), 2, "1 of 2 people"),
        (grades(["same"], controls=1), 1, "no case in which the answers differ"),
        (grades(said(5, 30)), 1, "not shown to be less than 0.1 worse: -0.714"),
        (grades(said(2, 2, same=4)), 1, "not shown to be less than 0.1 worse: \\+0.000"),
    ],
)
def test_grades_that_do_not_show_enough_are_a_problem(given_: Grades | None, people: int, wrong: str) -> None:
    problem = grades_problem(
        given_, report_sha256=SHA, contender="target-1", margin=0.1, people=people, confidence=0.95
    )

    assert problem is not None
    assert any(word in problem for word in (wrong, wrong.replace("\\", "")))


@pytest.mark.parametrize("said_", [said(40, 2), said(0, 0, same=45), said(25, 10, same=30)])
def test_a_target_that_people_see_not_worse_passes(said_: list[Preference]) -> None:
    assert (
        grades_problem(grades(said_), report_sha256=SHA, contender="target-1", margin=0.1, people=1, confidence=0.95)
        is None
    )


def test_what_somebody_says_again_stands_for_what_they_said_before() -> None:
    before = grades(["target"], ["source"])
    again = before.graded_by(Graded(grader="g0", read_at=AT, grades={"c0": "source"}))

    assert [each.grader for each in again.people] == ["g1", "g0"]
    assert summary_of(again, 0.95).worse == 1
