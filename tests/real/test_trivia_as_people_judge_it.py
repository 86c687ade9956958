"""How far finding a reference in the answer agrees with people: measured facts about a naive scorer, not a claim."""

import pytest

from tests.real.assembling import ABSENT, DATA
from tests.real.recordings import agreements, judged, labelled

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=ABSENT),
]

# By model, of 1,000 answers each: right by the scorer, right by people, accuracy, Cohen's kappa.
MEASURED = {
    "DPR+FiD": (719, 818, 0.901, 0.726),
    "text-davinci-003 (GPT-3.5)": (695, 782, 0.911, 0.772),
    "gpt-3.5-turbo (ChatGPT)": (739, 837, 0.902, 0.711),
    "gpt-4 (ChatGPT-4)": (807, 898, 0.901, 0.613),
    "BingChat": (795, 897, 0.876, 0.533),
}


def test_the_scorer_agrees_with_people_as_far_as_was_measured() -> None:
    by_model = agreements(judged("trivia", "names_the_answer", labelled("trivia")))

    assert {
        model: (found.right_by_us, found.right_by_labels, round(found.accuracy, 3), round(found.kappa, 3))
        for model, found in by_model.items()
    } == MEASURED


def test_it_underrates_every_model_and_ranks_them_as_people_do() -> None:
    by_model = agreements(judged("trivia", "names_the_answer", labelled("trivia")))

    assert all(found.right_by_us < found.right_by_labels for found in by_model.values())
    by_us = sorted(by_model, key=lambda model: by_model[model].right_by_us)
    by_people = sorted(by_model, key=lambda model: by_model[model].right_by_labels)
    assert by_us == by_people
