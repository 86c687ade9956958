"""The draw of cases."""

from collections import Counter

from brainswap.core.labelling.drawing import drawn_repeat, is_swapped, rank

CASES = [f"case-{number}" for number in range(40)]


def sample(seed: int, count: int) -> list[str]:
    return sorted(CASES, key=lambda case: rank(seed, case))[:count]


def test_a_larger_draw_holds_the_smaller_one() -> None:
    assert sample(7, 30)[:10] == sample(7, 10)


def test_a_draw_is_the_same_everywhere_and_another_seed_draws_others() -> None:
    assert sample(0, 3) == ["case-17", "case-28", "case-30"]
    assert sample(0, 10) != sample(1, 10)


def test_every_case_and_every_pair_of_cases_is_drawn_equally_often() -> None:
    # 10 of 40 in 4,000 draws: each case in a quarter, and two cases together in (10 * 9) / (40 * 39) of them.
    alone, both = Counter[str](), 0
    for seed in range(4_000):
        drawn = sample(seed, 10)
        alone.update(drawn)
        both += {"case-1", "case-2"} <= set(drawn)

    assert all(abs(times - 1_000) < 5 * 27.4 for times in alone.values())
    assert abs(both - 231) < 5 * 14.8


def test_repeats_and_orders_are_drawn_too() -> None:
    repeats = Counter(drawn_repeat(3, case, 4) for case in CASES)
    swapped = sum(is_swapped(3, case) for case in CASES)

    assert set(repeats) == {0, 1, 2, 3}
    assert 10 < swapped < 30
