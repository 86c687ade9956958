"""Corrections for many comparisons, against statsmodels."""

import math
from unittest import mock

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from brainswap.core.statistics.multiplicity import benjamini_hochberg, holm

P_VALUES = st.lists(st.floats(1e-9, 1), min_size=1, max_size=20, unique=True)


@given(p_values=P_VALUES, rate=st.sampled_from([0.01, 0.025, 0.1]))
def test_the_false_discovery_rate_is_that_of_benjamini_and_hochberg(p_values: list[float], rate: float) -> None:
    found = benjamini_hochberg({str(place): p for place, p in enumerate(p_values)}, rate)

    rejected = multipletests(p_values, alpha=rate, method="fdr_bh")[0]
    assert found == {str(place) for place, flag in enumerate(rejected) if flag}


@given(p_values=P_VALUES, confidence=st.sampled_from([0.9, 0.95, 0.99]))
def test_stepping_down_by_intervals_decides_what_holms_p_values_do(p_values: list[float], confidence: float) -> None:
    def at(level: float) -> list[bool]:
        return [p <= 1 - level for p in p_values]

    alpha = 1 - confidence
    steps = [alpha / (at_once + 1) for at_once in range(len(p_values))]
    assume(not any(math.isclose(p, step, rel_tol=1e-9) for p in p_values for step in steps))  # told apart by rounding

    found, level = holm(at, sum, family=len(p_values), confidence=confidence)

    with mock.patch("gc.collect"):  # which statsmodels calls each time
        rejected = multipletests(p_values, alpha=1 - confidence, method="holm")[0]
    assert found == rejected.tolist()
    assert found == at(level)
    assert confidence <= level < 1


def test_a_single_decision_needs_no_correction() -> None:
    assert holm(lambda level: level, lambda _: 0, family=1, confidence=0.95)[1] == pytest.approx(0.95)
    assert holm(lambda level: level, lambda _: 0, family=0, confidence=0.95)[1] == pytest.approx(0.95)
