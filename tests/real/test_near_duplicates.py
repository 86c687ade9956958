"""Near-duplicates among problems and messages that people wrote."""

import json

import pytest

from brainswap.core.cases import Case
from brainswap.core.near_duplicates.placement import Placement, Placer
from brainswap.core.workload import Splits
from tests.real.assembling import ABSENT, DATA

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=ABSENT),
]

SHARES = Splits(train=0.2, validation=0.2, test=0.6, seed=7)


def cases_of(name: str) -> list[Case]:
    lines = (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [Case(id=str(read["id"]), input=read["input"]) for read in map(json.loads, lines)]


def placed(cases: list[Case]) -> Placement:
    placer = Placer(SHARES, cases[0].input)
    for case in cases:
        placer.take(case)
    return placer.place()


@pytest.mark.parametrize(("name", "alike"), [("gsm8k", 0), ("banking77", 4)])
def test_few_are_taken_for_near_duplicates(name: str, alike: int) -> None:
    assert placed(cases_of(name)).near_duplicates.cases == alike


@pytest.mark.parametrize("name", ["gsm8k", "banking77"])
def test_every_copy_with_other_numbers_capitals_and_punctuation_is_kept_with_its_original(name: str) -> None:
    originals = cases_of(name)
    copies = [
        Case(
            id=f"copy of {case.id}",
            input={key: str(value).upper().replace(".", " !").replace("1", "23") for key, value in case.input.items()},
        )
        for case in originals[::5]
    ]

    placement = placed([*originals, *copies])

    count = len(originals)
    pairs = [(placement.split(5 * number), placement.split(count + number)) for number in range(len(copies))]
    assert all(one is other for one, other in pairs)
    assert placement.near_duplicates.groups >= len(copies) - 2
    assert placement.near_duplicates.apart == 0


def test_a_long_problem_with_one_word_changed_is_kept_with_its_original() -> None:
    originals = [case for case in cases_of("gsm8k") if len(case.input["question"].split()) >= 60]
    copies = []
    for case in originals:
        words = case.input["question"].split()
        words[len(case.id) * 7 % len(words)] = "zebra"
        copies.append(Case(id=f"copy of {case.id}", input={"question": " ".join(words)}))

    placement = placed([*originals, *copies])

    count = len(originals)
    kept = sum(placement.split(number) is placement.split(count + number) for number in range(count))
    assert count > 50
    assert kept / count > 0.9
