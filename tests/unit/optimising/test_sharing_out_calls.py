"""The calls of a search are shared out between learning and believing."""

from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.optimising.planning import FEWEST_CASES, MOST_FINALISTS, plan

CASES = st.integers(FEWEST_CASES, 400)


@given(st.integers(1, 6_000), CASES, CASES, st.integers(1, 2), st.integers(0, 3))
def test_what_is_shared_out_is_there(budget: int, train: int, validation: int, contenders: int, seeds: int) -> None:
    planned = plan(budget=budget, train=train, validation=validation, contenders=contenders, seeds=seeds)

    if planned is None:
        return
    assert planned.kept == planned.validation * (planned.contenders + planned.finalists)
    assert planned.kept + planned.train * (contenders + seeds) <= budget
    assert FEWEST_CASES <= planned.train <= train
    assert FEWEST_CASES <= planned.validation <= validation
    assert 1 <= planned.finalists <= MOST_FINALISTS
    assert planned.contenders in {1, contenders}


def test_two_contenders_answer_the_validation_cases_where_a_finalist_can_as_well() -> None:
    many, few = (plan(budget=calls, train=75, validation=75, contenders=2, seeds=0) for calls in (1_500, 300))

    assert many is not None
    assert few is not None
    assert (many.contenders, many.finalists, many.validation) == (2, 3, 75)
    assert (few.contenders, few.finalists, few.validation) == (1, 1, 60)


def test_too_few_calls_are_told() -> None:
    assert plan(budget=50, train=75, validation=75, contenders=1, seeds=0) is None
