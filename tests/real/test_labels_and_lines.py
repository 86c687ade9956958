"""Intents, tickets and word problems: plain scorers agree with the labels, or it is known why not."""

import json
from collections import Counter
from collections.abc import Mapping

import pytest

from tests.real.assembling import ABSENT, DATA
from tests.real.recordings import disagreements, judged, labelled, right_by_labels, right_by_us

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=ABSENT),
]

CLAUDE, GPT, MINI = "claude-sonnet-4-5", "gpt-5.2", "gpt-5-mini"
RIGHT_INTENTS = {CLAUDE: 311, GPT: 311, MINI: 306}
# Of the 106 messages whose intent is missing in the prompt; no model could be expected to name it.
NAMED_ALL_THE_SAME = {CLAUDE: 5, GPT: 6}

# The prompt offers the intent without the question mark that its name has in the data: no model could write it so.
NO_QUESTION_MARK = "answers reverted_card_payment, as the prompt has it, for reverted_card_payment?"
# The prompt does not offer the intent at all; the model names it, has second thoughts and breaks off.
THINKS_ALOUD = "names one label, which is right, and goes on to reconsider without naming another"
ALL_THREE_FAIL_TO_WRITE_IT = (7, 61, 233, 239, 261, 358, 374, 382, 426, 476)
INTENTS: Mapping[tuple[str, str], str] = {
    (model, f"banking77_llm-{case}"): NO_QUESTION_MARK
    for model, others in ((CLAUDE, (310,)), (GPT, (244, 310)), (MINI, ()))
    for case in (*ALL_THREE_FAIL_TO_WRITE_IT, *others)
} | {(CLAUDE, "banking77_llm-65"): THINKS_ALOUD}

RIGHT_TICKETS = {
    f"claude-3-haiku-20240307|{prompt}|T{temperature}": right
    for prompt, by_temperature in {
        "simple": {0.0: 48, 0.2: 48, 0.4: 47, 0.6: 49, 0.8: 48},
        "rag": {0.0: 64, 0.2: 63, 0.4: 64, 0.6: 64, 0.8: 61},
        "rag_cot": {0.0: 65, 0.2: 65, 0.4: 64, 0.6: 64, 0.8: 65},
    }.items()
    for temperature, right in by_temperature.items()
}
RIGHT_PROBLEMS = {
    "gpt3-6b_finetuning": 112,
    "gpt3-6b_verification": 202,
    "gpt3-175b_finetuning": 167,
    "gpt3-175b_verification": 279,
}


@pytest.mark.parametrize(
    ("workload", "scorer", "right"),
    [
        ("bank-intents", "same_text", RIGHT_INTENTS),
        ("ticket-classification", "category", RIGHT_TICKETS),
        ("word-problems-by-line", "correct", RIGHT_PROBLEMS),
    ],
)
def test_scores_agree_with_the_labels_answer_by_answer(workload: str, scorer: str, right: Mapping[str, int]) -> None:
    found = judged(workload, scorer, labelled(workload))

    assert disagreements(found) == set()
    assert right_by_us(found) == right_by_labels(found) == right


def test_a_label_that_is_read_out_of_the_answer_is_right_more_often_for_known_reasons() -> None:
    found = judged("bank-intents", "intent", labelled("bank-intents"))

    assert disagreements(found) == INTENTS.keys()
    assert all(one.score.value == 1.0 for one in found if not one.agrees)
    assert right_by_us(found) == Counter(RIGHT_INTENTS) + Counter(model for model, _ in INTENTS)


def test_no_model_names_more_than_a_few_of_the_intents_that_the_prompt_withholds() -> None:
    manifest = json.loads((DATA / "banking77_llm.manifest.json").read_text("utf-8"))
    withheld = [answer for answer in labelled("bank-intents") if answer.reference not in manifest["prompt_labels"]]

    found = judged("bank-intents", "same_text", withheld)

    assert Counter(answer.model for answer in withheld) == {CLAUDE: 106, GPT: 106, MINI: 106}
    assert right_by_us(found) == NAMED_ALL_THE_SAME
