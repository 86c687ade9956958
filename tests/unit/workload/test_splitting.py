import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainswap.core.cases import Case, Split
from brainswap.core.splitting import assign_split
from brainswap.core.workload import Splits

SHARES = Splits(train=0.2, validation=0.3, test=0.5, seed=7)


def case(case_id: str, *, cluster: str | None = None, critical: bool = False, split: Split | None = None) -> Case:
    return Case(id=case_id, input={}, cluster=cluster, critical=critical, split=split)


def test_a_case_that_names_its_split_is_in_it() -> None:
    assert assign_split(case("a", split=Split.TRAIN, critical=True), Splits(test=1)) is Split.TRAIN


def test_a_critical_case_is_always_judged() -> None:
    shares = Splits(train=0.98, validation=0.01, test=0.01)

    assert {assign_split(case(str(index), critical=True), shares) for index in range(50)} == {Split.TEST}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_all_cases_are_in_test_where_it_has_the_whole_share(seed: int) -> None:
    assert {assign_split(case(str(index)), Splits(test=1, seed=seed)) for index in range(50)} == {Split.TEST}


@settings(deadline=None, max_examples=50)
@given(cluster=st.text(), seed=st.integers(0, 2**64))
def test_the_cases_of_a_cluster_stay_together(cluster: str, seed: int) -> None:
    shares = Splits(train=0.3, validation=0.3, test=0.4, seed=seed)

    assert len({assign_split(case(str(index), cluster=cluster), shares) for index in range(5)}) == 1


@pytest.mark.parametrize("seed", [0, 1, 7, 2**70])
def test_shares_are_met_within_the_error_of_a_binomial(seed: int) -> None:
    shares = Splits(train=0.2, validation=0.3, test=0.5, seed=seed)
    count = 4000

    counts = Counter(assign_split(case(str(index)), shares) for index in range(count))

    for split, share in ((Split.TRAIN, 0.2), (Split.VALIDATION, 0.3), (Split.TEST, 0.5)):
        assert abs(counts[split] - share * count) < 4.5 * math.sqrt(count * share * (1 - share))


def test_another_seed_is_another_split() -> None:
    ids = [str(index) for index in range(100)]
    other = Splits(train=0.2, validation=0.3, test=0.5, seed=8)

    assert [assign_split(case(name), SHARES) for name in ids] != [assign_split(case(name), other) for name in ids]


def test_an_id_and_a_cluster_of_the_same_name_are_independent() -> None:
    names = [str(index) for index in range(100)]

    assert [assign_split(case(name), SHARES) for name in names] != [
        assign_split(case("x", cluster=name), SHARES) for name in names
    ]


def test_the_split_of_a_case_is_fixed_for_all_time() -> None:
    splits = [str(assign_split(case(name), SHARES)) for name in "abcdef"]

    assert splits == ["validation", "validation", "train", "test", "test", "validation"]
