from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.answers import AnswerStatus
from brainswap.core.scoring.composition import composed, cycles, members_first, with_sets
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.scorers import minimum, reference_problem, spec_problem
from brainswap.core.scoring.specs import ExactSpec, Extract, SetSpec


def made_of(members: dict[str, float], name: str = "all", **changes: object) -> SetSpec:
    return SetSpec.model_validate({"name": name, "type": "set", "members": members, **changes})


def scores(**values: float | None) -> dict[str, Score]:
    return {name: Score(value=value, reason=name) for name, value in values.items()}


def test_a_set_is_the_weighted_mean_of_its_members() -> None:
    found = composed(made_of({"correct": 2, "short": 1}), scores(correct=1.0, short=0.25, other=0.0))

    assert (found.value, found.reason) == (0.75, "the weighted mean of correct 1, short 0.25 is 0.75")


def test_a_threshold_makes_it_one_or_nothing_in_exact_arithmetic() -> None:
    spec = made_of({"a": 0.7, "b": 0.2, "c": 0.1}, threshold=0.9)

    reached, missed = composed(spec, scores(a=1.0, b=1.0, c=0.0)), composed(spec, scores(a=1.0, b=0.9, c=0.0))

    assert reached.value == 1.0
    assert composed(made_of({"a": 1}, threshold=0.3), scores(a=0.3)).value == 1.0
    assert (missed.value, missed.reason) == (
        0.0,
        "the weighted mean of a 1, b 0.9, c 0 is 0.88, and 0.9 is wanted",
    )


def test_the_lowest_counts_where_every_member_has_to_be_right() -> None:
    found = composed(made_of({"a": 5, "b": 1}, every=True), scores(a=1.0, b=0.5))

    assert (found.value, found.reason) == (0.5, "the lowest of a 1, b 0.5 is 0.5")


def test_an_unscored_member_leaves_the_set_unscored_unless_it_is_ignored() -> None:
    strict, lax = made_of({"a": 1, "b": 3}), made_of({"a": 1, "b": 3}, missing="ignore")

    assert composed(strict, scores(a=1.0, b=None)) == Score(value=None, reason="unscored: b")
    assert composed(lax, scores(a=0.5, b=None)).value == 0.5
    assert composed(lax, scores(a=0.5, b=None)).reason == "the weighted mean of a 0.5, without b is 0.5"
    assert composed(lax, scores(a=None, b=None)).value is None


def test_an_inverted_set_turns_round_unless_there_was_no_answer() -> None:
    spec = made_of({"a": 1}, inverted=True)
    none = minimum(ExactSpec(name="a", type="exact"), AnswerStatus.FAILED, "gone")

    assert composed(spec, scores(a=0.25)).value == 0.75
    assert composed(spec, {"a": none}).value == 0.0


def test_sets_may_be_made_of_sets() -> None:
    outer, inner = made_of({"inner": 1, "c": 1}, "outer"), made_of({"a": 1, "b": 1}, "inner")

    found = with_sets(scores(a=1.0, b=0.0, c=1.0), members_first([outer, inner]))

    assert {name: score.value for name, score in found.items()} == {
        "a": 1.0,
        "b": 0.0,
        "c": 1.0,
        "inner": 0.5,
        "outer": 0.75,
    }


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({"a": ["x"], "b": ["a", "y"]}, []),
        ({"a": ["a", "x"]}, [("a", "a")]),
        ({"a": ["b"], "b": ["a"], "c": ["a"]}, [("a", "b", "a")]),
        ({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["e"], "e": ["c"]}, [("a", "b", "a"), ("c", "d", "e", "c")]),
    ],
)
def test_sets_that_are_made_of_themselves_are_found(
    members: dict[str, list[str]], found: list[tuple[str, ...]]
) -> None:
    def turned(cycle: tuple[str, ...]) -> tuple[str, ...]:
        first = cycle.index(min(cycle))
        return (*cycle[first:-1], *cycle[:first], min(cycle))

    told = cycles(members)

    assert sorted(map(turned, told)) == found
    assert all(second in members[first] for cycle in told for first, second in pairwise(cycle))


def test_a_thicket_of_cycles_is_told_in_part() -> None:
    names = [f"s{number}" for number in range(60)]

    assert len(cycles(dict.fromkeys(names, names))) == 20


def test_what_a_set_has_no_use_for_is_told() -> None:
    extracting = made_of({"a": 1}, extract=Extract(last_number=True))

    assert spec_problem(extracting) == "extract means nothing to a set, which looks at other scores"
    assert (
        spec_problem(made_of({"a": 1}, reference="a"))
        == "reference means nothing to a set, which looks at other scores"
    )
    assert spec_problem(made_of({"a": 1})) is None
    assert reference_problem(made_of({"a": 1}), None) is None


WEIGHTS = st.floats(1e-6, 1e6)
MEMBERS = st.dictionaries(st.sampled_from("abcdef"), st.tuples(WEIGHTS, st.floats(0, 1)), min_size=1)


@given(members=MEMBERS, every=st.booleans(), inverted=st.booleans())
def test_a_set_lies_between_its_lowest_and_its_highest_member(
    members: dict[str, tuple[float, float]],
    *,
    every: bool,
    inverted: bool,
) -> None:
    values = {name: value for name, (_, value) in members.items()}
    spec = made_of({name: weight for name, (weight, _) in members.items()}, every=every, inverted=inverted)

    found = composed(spec, scores(**values)).value

    assert found is not None
    plain = Fraction(1 - found if inverted else found)
    assert min(values.values()) - 1e-12 <= plain <= max(values.values()) + 1e-12
    assert 0.0 <= found <= 1.0
