"""Exact tests against scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from brainswap.core.statistics.exact import MOST_FLIPPED, mcnemar_exact, sign_flip_exact


@given(only_source=st.integers(0, 300), only_target=st.integers(0, 300))
def test_mcnemar_is_a_sign_test(only_source: int, only_target: int) -> None:
    differing = only_source + only_target
    expected = stats.binomtest(only_source, differing).pvalue if differing else 1.0

    assert mcnemar_exact(only_source=only_source, only_target=only_target) == pytest.approx(expected, rel=1e-9)


@given(differences=st.lists(st.integers(-8, 8).filter(bool), min_size=2, max_size=12))
def test_all_changes_of_sign_are_counted(differences: list[int]) -> None:
    scores = [difference / 8 for difference in differences]

    found = sign_flip_exact(scores)

    oracle = stats.permutation_test(
        (np.array(scores),), np.sum, permutation_type="samples", n_resamples=2**20, vectorized=False
    )
    assert found == pytest.approx(oracle.pvalue)


def test_differences_of_one_size_are_a_sign_test() -> None:
    found = sign_flip_exact([0.1] * 15 + [-0.1] * 5)

    assert found == pytest.approx(mcnemar_exact(only_source=5, only_target=15))


def test_no_difference_is_as_extreme_as_any() -> None:
    assert sign_flip_exact([]) == 1.0
    assert sign_flip_exact([0.25, -0.25]) == 1.0


def test_more_differences_than_can_be_flipped_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 24"):
        sign_flip_exact([0.5] * (MOST_FLIPPED + 1))
