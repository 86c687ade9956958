"""What labels say of a scorer: when they carry a correction, and on what agreement rests."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from brainswap.core.decision.calibration import (
    Calibration,
    LabelledAnswer,
    SampledCase,
    Unlabelled,
    calibration,
    corrected_difference,
)
from brainswap.core.statistics.moments import Moments
from brainswap.core.statistics.prediction_powered import Rated, prediction_powered_mean

SOURCE, TARGET = "source", "target-1"
REST = Moments(n=200, mean=0.8, variance=0.16)
DIFFERENCES = Moments(n=200, mean=0.0, variance=0.1)


def sampled(
    number: int,
    people: Mapping[str, float | None],
    scorer: Mapping[str, float | None],
    *,
    drawn: bool = True,
    asked: Iterable[str] = (SOURCE, TARGET),
    labellers: Mapping[str, float] | None = None,
) -> SampledCase:
    """A case in which every contender that people gave something to has a label."""
    return SampledCase(
        is_drawn=drawn,
        scorer=scorer,
        people=people,
        asked=frozenset(asked),
        answers=[
            LabelledAnswer(
                sha256=f"{number}-{name}", contender=name, scorer=scorer[name], people=labellers or {"ann": value}
            )
            for name in asked
            if (value := people[name]) is not None
        ],
    )


def usual(number: int, **changes: Any) -> SampledCase:
    """People find the target wrong every fourth time, and the scorer every eighth."""
    people = {SOURCE: 1.0, TARGET: float(number % 4 > 0)}
    scorer: dict[str, float | None] = {SOURCE: 1.0, TARGET: float(number % 8 > 0)}
    return sampled(number, people, scorer, **changes)


def found(cases: Iterable[SampledCase]) -> Calibration:
    return calibration(
        "good",
        list(cases),
        Unlabelled(means={SOURCE: REST, TARGET: REST}, differences={TARGET: DIFFERENCES}),
        source=SOURCE,
        levels=[("no", 0.0), ("yes", 1.0)],
        unmatched=3,
        confidence=0.95,
    )


def test_enough_random_labels_correct_means_and_the_paired_difference() -> None:
    made = found(usual(number) for number in range(80))

    rated = [Rated(people=float(number % 4 > 0) - 1, judge=float(number % 8 > 0) - 1) for number in range(80)]
    expected = prediction_powered_mean(rated, DIFFERENCES, 0.95, least=-1.0)
    assert corrected_difference([made], "good", TARGET, confidence=0.95) == expected
    assert made.contenders[TARGET].mean.found is not None
    assert made.contenders[SOURCE].difference is None
    assert (made.answers, made.cases, made.drawn, made.chosen, made.unmatched) == (160, 80, 80, 0, 3)


def test_agreement_bias_and_confusion_are_those_of_the_labelled_answers() -> None:
    made = found(usual(number) for number in range(80))

    # 160 answers: people find 20 wrong, the scorer 10 of these and no other.
    assert made.confusion == [[10, 10], [0, 140]]
    assert made.kappa is not None
    assert made.kappa.value == pytest.approx((150 / 160 - (140 * 150 + 20 * 10) / 160**2) / (1 - (21_200 / 160**2)))
    assert made.bias is not None
    assert made.bias.value == pytest.approx(10 / 160)
    of_target = made.contenders[TARGET].bias
    assert of_target is not None
    assert of_target.value == pytest.approx(10 / 80)


def test_fewer_than_fifty_labelled_cases_correct_nothing_and_say_so() -> None:
    made = found(usual(number) for number in range(49))

    assert corrected_difference([made], "good", TARGET, confidence=0.95) is None
    assert made.contenders[TARGET].mean.reason == "49 of its drawn cases have labels, and fewer than 50 are too few"
    assert made.kappa is not None


def test_labels_that_somebody_chose_correct_nothing() -> None:
    made = found(usual(number, drawn=False) for number in range(80))

    assert made.contenders[TARGET].mean.reason == ("80 of its labelled cases were not drawn at random, and 0 were")
    assert (made.drawn, made.chosen, made.cases) == (0, 80, 80)


def test_chosen_labels_are_left_out_once_enough_were_drawn() -> None:
    chosen = [
        sampled(1_000 + number, {SOURCE: 0.0, TARGET: 0.0}, {SOURCE: 1.0, TARGET: 1.0}, drawn=False)
        for number in range(30)
    ]

    made = found([*(usual(number) for number in range(60)), *chosen])

    assert (made.cases, made.chosen) == (60, 30)
    assert made.confusion == found(usual(number) for number in range(60)).confusion
    assert made.contenders[TARGET].mean.found is not None


@pytest.mark.parametrize(("missing", "corrected"), [(3, True), (5, False)])
def test_a_few_drawn_cases_may_lack_a_label_and_more_may_not(missing: int, *, corrected: bool) -> None:
    unlabelled = [
        sampled(500 + number, {SOURCE: 1.0, TARGET: None}, {SOURCE: 1.0, TARGET: 1.0}) for number in range(missing)
    ]

    made = found([*(usual(number) for number in range(75)), *unlabelled])

    assert (made.contenders[TARGET].mean.found is not None) is corrected
    assert (corrected_difference([made], "good", TARGET, confidence=0.95) is not None) is corrected
    assert made.contenders[SOURCE].mean.found is not None


def test_a_case_that_the_scorer_could_not_score_is_no_missing_label() -> None:
    unscored = [sampled(500 + number, {SOURCE: 1.0, TARGET: 1.0}, {SOURCE: 1.0, TARGET: None}) for number in range(20)]

    made = found([*(usual(number) for number in range(60)), *unscored]).contenders[TARGET].mean.found

    assert made is not None
    assert made.n_labelled == 60


def test_where_the_source_is_its_own_measure_only_the_target_is_asked_about() -> None:
    cases = [
        sampled(number, {SOURCE: 0.5, TARGET: float(number % 2)}, {SOURCE: 0.5, TARGET: 0.5}, asked=[TARGET])
        for number in range(60)
    ]

    made = found(cases)

    assert made.contenders[SOURCE].mean.reason == "none of its drawn answers has to be judged"
    assert corrected_difference([made], "good", TARGET, confidence=0.95) is not None


def test_answers_that_nobody_has_to_judge_count_with_the_scores_that_they_have() -> None:
    settled = [
        sampled(500 + number, {SOURCE: 0.0, TARGET: 0.0}, {SOURCE: 0.0, TARGET: 0.0}, asked=[]) for number in range(40)
    ]

    made = found([*(usual(number) for number in range(60)), *settled])
    mean = made.contenders[SOURCE].mean.found

    assert mean is not None
    assert mean.n_labelled == 100
    assert made.answers == 120


def test_several_people_count_by_their_mean_and_are_compared_with_each_other() -> None:
    cases = [
        sampled(
            number,
            {SOURCE: 0.5, TARGET: 0.5},
            {SOURCE: 0.5, TARGET: 0.5},
            labellers={"ann": float(number % 2), "bob": float(number % 2 if number % 10 else 1 - number % 2)},
        )
        for number in range(60)
    ]

    made = found(cases)

    assert made.labellers == 2
    assert made.between_people is not None
    assert made.between_people.answers == 120
    assert 0.6 < made.between_people.kappa < 0.95


def test_the_same_answer_of_two_contenders_is_one_answer() -> None:
    one = usual(1)
    same = [LabelledAnswer(sha256="same", contender=name, scorer=1.0, people={"ann": 1.0}) for name in (SOURCE, TARGET)]
    case = SampledCase(
        is_drawn=True, scorer=one.scorer, people=one.people, asked=frozenset((SOURCE, TARGET)), answers=same
    )

    made = found([case])

    assert made.answers == 1
    assert made.confusion == [[0, 0], [0, 1]]


def test_nobody_else_has_a_corrected_difference() -> None:
    made = found(usual(number) for number in range(80))

    assert corrected_difference([made], "other", TARGET, confidence=0.95) is None
    assert corrected_difference([made], "good", SOURCE, confidence=0.95) is None
    assert corrected_difference([], "good", TARGET, confidence=0.95) is None
