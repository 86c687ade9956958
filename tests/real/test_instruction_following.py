from collections.abc import Iterator, Mapping
from statistics import fmean

import pytest

from brainswap.core.scoring.instructions.catalogue import INSTRUCTIONS, asked_by
from brainswap.core.scoring.instructions.following import findings
from brainswap.core.scoring.scorers import compiled, reference_problem
from brainswap.core.scoring.subject import Subject
from tests.real.assembling import ABSENT, DATA
from tests.real.recordings import Labelled, disagreements, judged, labelled, right_by_us, scorers

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=ABSENT),
]

WORKLOAD = "instruction-following"
HAIKU, SONNET, OPUS = "claude-3-haiku-20240307", "claude-3-5-sonnet-20240620", "claude-3-opus-20240229"
GPT, MINI = "gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18"
LLAMA, MISTRAL = "Meta-Llama-3.1-8B-Instruct-AWQ-INT4", "Mistral-7B-Instruct-v0.3"

# Of 541 answers each; the labels' own numbers differ by the disagreements below.
STRICTLY_RIGHT = {HAIKU: 375, SONNET: 446, OPUS: 446, GPT: 459, MINI: 436, LLAMA: 392, MISTRAL: 255}
STRICTLY_LABELLED = {HAIKU: 371, SONNET: 445, OPUS: 444, GPT: 455, MINI: 435, LLAMA: 390, MISTRAL: 255}
LOOSELY_RIGHT = {HAIKU: 429, SONNET: 487, OPUS: 483, GPT: 478, MINI: 455, LLAMA: 413, MISTRAL: 278}
LOOSELY_LABELLED = {HAIKU: 425, SONNET: 483, OPUS: 480, GPT: 475, MINI: 454, LLAMA: 410, MISTRAL: 278}

# langdetect, by which the labels were made, sees another language in a few words, in names and in capitals; these
# answers are in English. It was asked again: the languages are what it says of them (1.0.9, ten seeds).
NAMES = "three or fewer words that are no sentence: langdetect sees German, Spanish, French, Catalan or Romanian"
CAPITALS = "few English words in capitals: langdetect sees German at least under some seeds, or Spanish"
LIST_OF_NAMES = "a list of given names in capitals: langdetect sees Somali"
JUMBLE = "an English letter with a run of 2,000 times j: langdetect sees Croatian"
# The checker of the labels draws a letter by chance where the one asked for is none.
NO_LETTER = "the 'letter' is # or !, in place of which the labels count a letter drawn by chance"
HALF = "one line, half of it Gujarati and half a transliteration; the letters of the latter are more"

STRICT: Mapping[tuple[str, str], str] = {
    (GPT, "ifeval-en-1122"): NO_LETTER,
    (SONNET, "ifeval-en-1645"): CAPITALS,
    (GPT, "ifeval-en-1813"): CAPITALS,
    (HAIKU, "ifeval-en-1843"): NAMES,
    (OPUS, "ifeval-en-1843"): NAMES,
    (LLAMA, "ifeval-en-1843"): NAMES,
    (HAIKU, "ifeval-en-202"): NAMES,
    (OPUS, "ifeval-en-202"): NAMES,
    (GPT, "ifeval-en-202"): NAMES,
    (MINI, "ifeval-en-202"): NAMES,
    (HAIKU, "ifeval-en-3456"): LIST_OF_NAMES,
    (GPT, "ifeval-en-3456"): LIST_OF_NAMES,
    (LLAMA, "ifeval-en-3456"): LIST_OF_NAMES,
    (HAIKU, "ifeval-en-3608"): JUMBLE,
}
LOOSE: Mapping[tuple[str, str], str] = {
    (SONNET, "ifeval-en-1122"): NO_LETTER,
    (MINI, "ifeval-en-1122"): NO_LETTER,
    (MISTRAL, "ifeval-en-1122"): NO_LETTER,
    (SONNET, "ifeval-en-1129"): NO_LETTER,
    (OPUS, "ifeval-en-1129"): NO_LETTER,
    (SONNET, "ifeval-en-1645"): CAPITALS,
    (GPT, "ifeval-en-1813"): CAPITALS,
    (HAIKU, "ifeval-en-1843"): NAMES,
    (OPUS, "ifeval-en-1843"): NAMES,
    (LLAMA, "ifeval-en-1843"): NAMES,
    (HAIKU, "ifeval-en-202"): NAMES,
    (OPUS, "ifeval-en-202"): NAMES,
    (GPT, "ifeval-en-202"): NAMES,
    (MISTRAL, "ifeval-en-3112"): HALF,
    (HAIKU, "ifeval-en-3456"): LIST_OF_NAMES,
    (GPT, "ifeval-en-3456"): LIST_OF_NAMES,
    (LLAMA, "ifeval-en-3456"): LIST_OF_NAMES,
    (HAIKU, "ifeval-en-3608"): JUMBLE,
    (SONNET, "ifeval-en-3617"): CAPITALS,
    (LLAMA, "ifeval-en-3617"): CAPITALS,
}
# Of 5,838 instructions checked, those that the labels see otherwise.
BY_INSTRUCTION = {
    "change_case:english_capital": 5,
    "change_case:english_lowercase": 8,
    "keywords:letter_frequency": 1,
}


@pytest.fixture(scope="module")
def answers() -> list[Labelled]:
    return labelled(WORKLOAD)


@pytest.mark.parametrize(
    ("scorer", "known", "right", "labels"),
    [
        ("follows", STRICT, STRICTLY_RIGHT, STRICTLY_LABELLED),
        ("follows_loosely", LOOSE, LOOSELY_RIGHT, LOOSELY_LABELLED),
    ],
)
def test_answers_follow_their_instructions_as_the_labels_say_but_for_those_explained(
    answers: list[Labelled],
    scorer: str,
    known: Mapping[tuple[str, str], str],
    right: Mapping[str, int],
    labels: Mapping[str, int],
) -> None:
    found = judged(WORKLOAD, scorer, answers)

    assert disagreements(found) == known.keys()
    assert right_by_us(found) == right
    assert {model: sum(one.right for one in found if one.answer.model == model) for model in labels} == labels


def test_instruction_by_instruction_only_three_of_the_kinds_are_ever_seen_otherwise(answers: list[Labelled]) -> None:
    seen_otherwise = [name for answer in answers for name in _seen_otherwise(answer)]

    assert {name: seen_otherwise.count(name) for name in seen_otherwise} == BY_INSTRUCTION


def _seen_otherwise(answer: Labelled) -> Iterator[str]:
    asked = asked_by(answer.reference)
    found = findings(answer.text, asked, loose=False)
    for instruction, finding, label in zip(asked, found, answer.labels["follow_instruction_list"], strict=True):
        if finding.followed != label:
            yield instruction.id


def test_the_share_that_is_followed_is_that_of_the_labels(answers: list[Labelled]) -> None:
    explained = {case_id for _, case_id in STRICT}
    judge = compiled(scorers(WORKLOAD)["share_followed"])

    different = [
        (answer.model, answer.case_id)
        for answer in answers
        if answer.case_id not in explained
        and judge(Subject(text=answer.text, reference=answer.reference)).value
        != fmean(answer.labels["follow_instruction_list"])
    ]

    assert different == []


def test_the_data_ask_for_every_kind_and_every_reference_can_be_worked_with(answers: list[Labelled]) -> None:
    follows = scorers(WORKLOAD)["follows"]

    assert {reference_problem(follows, answer.reference) for answer in answers} == {None}
    assert {each.id for answer in answers for each in asked_by(answer.reference)} == INSTRUCTIONS.keys()
