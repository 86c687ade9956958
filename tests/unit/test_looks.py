from collections import Counter, defaultdict
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainswap.core.cases import Case
from brainswap.core.looks import look_order, one_look, place_of


def case(number: int, *, cluster: str | None = None, critical: bool = False) -> Case:
    return Case(id=f"case-{number}", input={}, cluster=cluster, critical=critical)


many = st.lists(st.tuples(st.booleans(), st.sampled_from([None, "a", "b", "c"])), min_size=1, max_size=120).map(
    lambda told: [case(number, cluster=cluster, critical=critical) for number, (critical, cluster) in enumerate(told)]
)


@settings(max_examples=30)
@given(cases=many, looks=st.integers(1, 10), seed=st.integers(0, 9))
def test_every_case_is_in_the_part_that_counted_it(cases: list[Case], looks: int, seed: int) -> None:
    order = look_order(cases, looks=looks, seed=seed)

    sizes = Counter(order.part_of(one) for one in cases)

    assert sizes == {(part.asked, part.counts): part.cases for part in order.parts}
    assert {counts for _, counts in sizes} == set(range(1, len(order.shares) + 1))


@settings(max_examples=30)
@given(cases=many, looks=st.integers(2, 10))
def test_critical_cases_are_asked_first_and_others_when_they_count(cases: list[Case], looks: int) -> None:
    order = look_order(cases, looks=looks, seed=3)

    for one in cases:
        asked, counts = order.part_of(one)
        assert asked == (1 if one.critical else counts)


@settings(max_examples=30)
@given(cases=many, looks=st.integers(2, 10))
def test_the_cases_of_a_cluster_count_from_the_same_look_on(cases: list[Case], looks: int) -> None:
    order = look_order(cases, looks=looks, seed=3)

    together = defaultdict(set)
    for one in cases:
        together[one.cluster or one.id].add(order.part_of(one)[1])

    assert {len(found) for found in together.values()} == {1}


@settings(max_examples=30)
@given(cases=many, looks=st.integers(2, 10), mixed=st.randoms())
def test_the_order_of_the_file_plays_no_part(cases: list[Case], looks: int, mixed: Random) -> None:
    shuffled = list(cases)
    mixed.shuffle(shuffled)

    assert look_order(shuffled, looks=looks, seed=3) == look_order(cases, looks=looks, seed=3)


@pytest.mark.parametrize("looks", [2, 4, 10])
def test_looks_are_even_and_the_last_has_everything(looks: int) -> None:
    order = look_order([case(number) for number in range(1000)], looks=looks, seed=0)

    assert order.shares == pytest.approx([(look + 1) / looks for look in range(looks)], abs=0.005)
    assert order.shares[-1] == 1


def test_a_cluster_that_fills_several_looks_leaves_fewer_of_them() -> None:
    cases = [case(number, cluster="all of them") for number in range(50)]

    assert look_order(cases, looks=4, seed=0).shares == (1.0,)


def test_critical_cases_are_no_more_frequent_in_the_first_look_than_elsewhere() -> None:
    cases = [case(number, critical=number < 200) for number in range(1000)]
    order = look_order(cases, looks=2, seed=0)

    counted_first = [one for one in cases if order.part_of(one)[1] == 1]

    assert sum(one.critical for one in counted_first) / len(counted_first) == pytest.approx(0.2, abs=0.04)


def test_another_seed_is_another_order() -> None:
    cases = [case(number) for number in range(40)]

    assert [place_of(one, 1) for one in cases] != [place_of(one, 2) for one in cases]


def test_one_look_keeps_the_cases_as_they_come() -> None:
    order = one_look(3)

    assert order.part_of(case(1, critical=True)) == (1, 1)
    assert order.shares == (1.0,)


def test_no_cases_make_no_parts() -> None:
    assert look_order([], looks=4, seed=0).parts == ()
    assert one_look(0).parts == ()
