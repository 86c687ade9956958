"""Cases that ask nearly the same are found, and are in one split."""

import math
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainswap.core.cases import Case, Split
from brainswap.core.near_duplicates.placement import Placement, Placer, largest_kept
from brainswap.core.near_duplicates.sketches import NO_SAMPLES, SAMPLES, sketch
from brainswap.core.splitting import assign_split
from brainswap.core.workload import Splits

SHARES = Splits(train=0.3, validation=0.3, test=0.4, seed=7)
VOCABULARY = [f"{first}{second}" for first in "bdfgklmnprst" for second in ("a", "en", "ir", "ol", "us")]


def case(case_id: str, question: str, **keys: Any) -> Case:
    return Case(id=case_id, input={"question": question}, **keys)


def placed(cases: Sequence[Case], shares: Splits = SHARES) -> Placement:
    placer = Placer(shares, {"question"})
    for each in cases:
        placer.take(each)
    return placer.place()


def splits_of(cases: Sequence[Case], shares: Splits = SHARES) -> dict[str, Split]:
    placement = placed(cases, shares)
    return {each.id: placement.split(number) for number, each in enumerate(cases)}


def sentence(seed: int, words: int = 40) -> str:
    return " ".join(random.Random(seed).choices(VOCABULARY, k=words))  # noqa: S311 - nothing secret


def strangers(count: int) -> list[Case]:
    return [case(f"stranger {number}", sentence(10_000 + number)) for number in range(count)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How many apples are left?", "how many  apples are left"),
        ("Where is my order 1,234?", "Where is my order 98 765.4?"),
        ("日本の首都はどこですか。", "日本の首都はどこですか"),
        ("?!", "?!"),
        ("Straße 7", "STRASSE 9"),
    ],
)
@pytest.mark.parametrize("seed", range(6))
def test_what_differs_by_case_blanks_punctuation_or_numbers_is_in_one_split(one: str, other: str, seed: int) -> None:
    cases = [*strangers(30), case("one", one), case("other", other)]

    placement = placed(cases, SHARES.model_copy(update={"seed": seed}))

    assert placement.split(30) is placement.split(31)
    assert placement.near_duplicates.cases == 2


@pytest.mark.parametrize("seed", range(8))
def test_a_text_with_one_word_changed_is_in_the_split_of_the_other(seed: int) -> None:
    words = sentence(seed, 80).split()
    changed = [*words[:40], "zebra", *words[41:]]
    cases = [*strangers(30), case("one", " ".join(words)), case("other", " ".join(changed))]

    placement = placed(cases, SHARES.model_copy(update={"seed": seed}))

    assert placement.split(30) is placement.split(31)


def test_texts_that_share_half_of_their_words_are_strangers() -> None:
    pairs = [
        case(f"{number}{end}", f"{sentence(number, 30)} {sentence(number + offset, 30)}")
        for number in range(40)
        for end, offset in (("a", 500), ("b", 900))
    ]

    assert placed(pairs).near_duplicates.cases == 0


def test_a_case_that_nothing_is_like_is_where_it_would_be_alone() -> None:
    cases = strangers(200)

    assert splits_of(cases) == {each.id: assign_split(each, SHARES) for each in cases}


texts = st.lists(st.sampled_from(["who", "What", "7", "12", "sells", "sea shells"]), min_size=1, max_size=7).map(
    " ".join
)
marks = st.sampled_from([{}, {}, {}, {"critical": True}, {"split": Split.TRAIN}, {"cluster": "a"}, {"cluster": "b"}])


@settings(deadline=None, max_examples=60)
@given(drawn=st.lists(st.tuples(texts, marks), min_size=1, max_size=30), order=st.randoms(use_true_random=False))
def test_the_order_of_the_file_does_not_matter(drawn: list[tuple[str, dict[str, Any]]], order: random.Random) -> None:
    cases = [case(str(number), text, **keys) for number, (text, keys) in enumerate(drawn)]
    shuffled = order.sample(cases, len(cases))

    assert splits_of(cases) == splits_of(shuffled)
    assert placed(cases).near_duplicates == placed(shuffled).near_duplicates


@settings(deadline=None, max_examples=60)
@given(drawn=st.lists(st.tuples(texts, st.sampled_from([None, "a", "b"])), min_size=1, max_size=40))
def test_equal_words_and_the_cases_of_a_cluster_are_never_torn_apart(drawn: list[tuple[str, str | None]]) -> None:
    cases = [case(str(number), text, cluster=cluster) for number, (text, cluster) in enumerate(drawn)]

    splits = splits_of(cases)

    kept: dict[str, set[Split]] = {}
    for each in cases:
        unit = each.cluster or f"words {' '.join(each.input['question'].casefold().split())}"
        kept.setdefault(unit, set()).add(splits[each.id])
    assert all(len(found) == 1 for found in kept.values())


def test_a_template_does_not_swallow_the_splits() -> None:
    cases = [case(str(number), f"Where is my order {number}?") for number in range(3000)]

    placement = placed(cases)

    found = placement.near_duplicates
    for split, share in ((Split.TRAIN, 0.3), (Split.VALIDATION, 0.3), (Split.TEST, 0.4)):
        assert abs(placement.splits[split] - share * 3000) < 4.5 * math.sqrt(3000 * share * (1 - share))
    assert (found.cases, found.groups, found.largest, found.apart) == (3000, 1, 3000, 3000)
    assert found.most == 450


def test_a_template_around_a_sentence_is_not_kept_together_but_its_repetitions_are() -> None:
    opening = sentence(1, 60)
    cases = [case(f"{number} {turn}", f"{opening} {VOCABULARY[number]}") for number in range(50) for turn in "ab"]

    splits = splits_of(cases)

    assert len(set(splits.values())) == 3
    assert all(splits[f"{number} a"] is splits[f"{number} b"] for number in range(50))


def test_a_group_goes_where_the_only_case_of_it_that_names_a_split_is() -> None:
    cases = [*strangers(40), *(case(str(number), f"What costs {number}?") for number in range(4))]
    named = case("named", "What costs 99?", split=Split.VALIDATION)

    splits = splits_of([*cases, named])

    assert {splits[str(number)] for number in range(4)} == {Split.VALIDATION}


def test_a_critical_case_takes_its_near_duplicates_into_the_test() -> None:
    cases = [*strangers(40), *(case(str(number), f"What costs {number}?", critical=number == 2) for number in range(4))]

    splits = splits_of(cases)

    assert {splits[str(number)] for number in range(4)} == {Split.TEST}


def test_cases_that_name_two_splits_stay_there_and_are_counted() -> None:
    cases = [*strangers(40), case("a", "What costs 1?", split=Split.TRAIN), case("b", "What costs 2?", critical=True)]

    placement = placed(cases)

    assert (placement.split(40), placement.split(41)) == (Split.TRAIN, Split.TEST)
    assert placement.near_duplicates.apart == 2


def test_the_same_question_about_another_file_or_another_turn_is_another_question() -> None:
    about = "What does it say, and who wrote it, and when was it sent?"
    cases = [
        *(case(name, about, attachments=[{"file": f"{name}.png"}]) for name in ("1", "2")),
        *(case(f"after {said}", about, messages=[{"role": "user", "content": said}]) for said in ("Hello", "Bye")),
        case("with nothing", about),
    ]

    assert placed([*strangers(30), *cases]).near_duplicates.cases == 0


def test_what_the_prompt_does_not_show_tells_no_cases_apart() -> None:
    shown = [Case(id=str(number), input={"question": "Why?", "note": sentence(number)}) for number in range(2)]

    assert placed([*strangers(30), *shown]).near_duplicates.cases == 2


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), changes=st.integers(0, 6))
def test_samples_agree_with_the_similarity_of_the_runs_of_words(seed: int, changes: int) -> None:
    chosen = random.Random(seed)  # noqa: S311 - nothing secret
    errors = []
    for _ in range(20):
        words = chosen.choices(VOCABULARY, k=100)
        other = list(words)
        for _ in range(changes):
            other[chosen.randrange(100)] = "zebra"
        runs, others = (set(zip(*(text[start:] for start in range(5)), strict=False)) for text in (words, other))
        similarity = len(runs & others) / len(runs | others)
        shared = [
            list(memoryview(sketch(case("x", " ".join(text)), {"question"}).samples).cast("H"))
            for text in (words, other)
        ]
        errors.append(sum(a == b for a, b in zip(*shared, strict=True)) / SAMPLES - similarity)

    assert abs(sum(errors) / len(errors)) < 4.5 * 0.15 / math.sqrt(20)


def test_a_text_of_seven_words_has_no_samples() -> None:
    assert sketch(case("x", "one two three four five six seven"), {"question"}).samples == NO_SAMPLES
    assert sketch(case("x", "one two three four five six seven eight"), {"question"}).samples != NO_SAMPLES


def test_two_near_duplicates_are_kept_together_however_few_cases_there_are() -> None:
    assert largest_kept(SHARES, 3) == 2
    assert largest_kept(Splits(train=0.1, test=0.9), 1000) == 50


def test_the_split_of_a_group_is_fixed_for_all_time() -> None:
    cases = [case(f"{number}{end}", f"{sentence(number)} {end}") for number in range(6) for end in ("1", "2")]

    splits = splits_of([*cases, *strangers(50)])

    told = [str(splits[f"{number}1"]) for number in range(6)]
    assert told == ["test", "test", "validation", "test", "test", "train"]
