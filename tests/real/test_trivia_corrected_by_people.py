"""A naive scorer of a thousand answers that people have judged, corrected by what they say of a hundred."""

from collections.abc import Callable, Mapping
from functools import cache
from statistics import fmean

import pytest

from brainswap.core.labelling.drawing import rank
from brainswap.core.statistics.agreement import PairSums, quadratic_kappa
from brainswap.core.statistics.moments import MomentsAccumulator
from brainswap.core.statistics.prediction_powered import CorrectedEstimate, Rated, prediction_powered_mean
from tests.real.assembling import ABSENT, DATA
from tests.real.recordings import judged, labelled

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=ABSENT),
]

DAVINCI, GPT_4, BING = "text-davinci-003 (GPT-3.5)", "gpt-4 (ChatGPT-4)", "BingChat"
DRAWS, LABELLED = 300, 100

Ratings = Mapping[str, Rated]


@cache
def ratings(model: str) -> Ratings:
    """By case, what people and the scorer make of a model's answer."""
    return {
        each.answer.case_id: Rated(people=float(each.right), judge=each.score.value or 0.0)
        for each in judged("trivia", "names_the_answer", labelled("trivia"))
        if each.answer.model == model
    }


def differences(target: str, source: str) -> Ratings:
    there, here = ratings(target), ratings(source)
    return {
        case: Rated(people=there[case].people - here[case].people, judge=there[case].judge - here[case].judge)
        for case in here
    }


def drawn(found: Ratings, seed: int, least: float) -> CorrectedEstimate:
    order = sorted(found, key=lambda case: rank(seed, case))
    others = MomentsAccumulator()
    for case in order[LABELLED:]:
        others.add(found[case].judge)
    return prediction_powered_mean([found[case] for case in order[:LABELLED]], others.snapshot(), 0.95, least=least)


@pytest.mark.parametrize(("model", "kappa"), [(DAVINCI, 0.772), (GPT_4, 0.613), (BING, 0.533)])
def test_kappa_is_what_was_measured_by_itself(model: str, kappa: float) -> None:
    found = quadratic_kappa(PairSums.of((each.people, each.judge) for each in ratings(model).values()))

    assert found == pytest.approx(kappa, abs=5e-4)


@pytest.mark.parametrize(
    ("found", "least", "people", "scorer"),
    [
        (lambda: ratings(GPT_4), 0.0, 0.898, 0.807),
        (lambda: ratings(DAVINCI), 0.0, 0.782, 0.695),
        (lambda: differences(GPT_4, DAVINCI), -1.0, 0.116, 0.112),
        (lambda: differences(BING, GPT_4), -1.0, -0.001, -0.012),
    ],
    ids=["gpt-4", "davinci", "gpt-4 less davinci", "bing less gpt-4"],
)
def test_a_hundred_labels_hold_what_people_say_of_a_thousand_answers(
    found: Callable[[], Ratings], least: float, people: float, scorer: float
) -> None:
    rated = found()

    estimates = [drawn(rated, seed, least) for seed in range(DRAWS)]

    held = sum(one.low <= people <= one.high for one in estimates) / DRAWS
    assert fmean(each.people for each in rated.values()) == pytest.approx(people)
    assert fmean(each.judge for each in rated.values()) == pytest.approx(scorer)
    assert held >= 0.94
    assert fmean(one.estimate for one in estimates) == pytest.approx(people, abs=0.005)
