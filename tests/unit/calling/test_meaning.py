"""Embeddings and how near they are."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.answers import AnswerStatus
from brainswap.core.calling.embedding_models import EMBEDDING_MODELS, cosine, embedding_model, packed, unpacked
from brainswap.core.calling.scorers import plan_calls
from brainswap.core.scoring.scorers import reference_problem, spec_problem
from brainswap.core.scoring.specs import Extract, MeaningSpec
from tests.fakes.calling import MEANING, asked, embedded, failed

NUMBERS = st.floats(-100, 100, width=32).filter(lambda value: value == 0 or abs(value) > 1e-6)
VECTORS = st.lists(NUMBERS, min_size=3, max_size=3).filter(any)


@given(VECTORS)
def test_an_embedding_is_kept_to_the_last_bit(vector: Sequence[float]) -> None:
    assert list(unpacked(packed(vector))) == list(vector)


@pytest.mark.parametrize("vector", [[], [0.0, 0.0], [math.nan, 1.0], [math.inf], [1.0] * 20_000])
def test_what_has_no_direction_is_no_embedding(vector: list[float]) -> None:
    with pytest.raises(ValueError, match="no embedding"):
        packed(vector)


def test_cosines_of_known_angles() -> None:
    assert cosine([1, 0], [3, 0]) == 1.0
    assert cosine([1, 0], [0, 2]) == 0.0
    assert cosine([1, 0], [-1, 0]) == -1.0
    assert cosine([1, 0], [1, 1]) == pytest.approx(math.sqrt(0.5))


@given(VECTORS, VECTORS, st.floats(0.01, 100))
def test_a_cosine_knows_no_order_and_no_length(one: list[float], other: list[float], factor: float) -> None:
    longer = [factor * value for value in one]

    assert -1.0 <= cosine(one, other) <= 1.0
    assert cosine(one, other) == cosine(other, one)
    assert cosine(longer, other) == pytest.approx(cosine(one, other), abs=1e-9)


def test_embeddings_of_different_models_are_not_compared() -> None:
    with pytest.raises(ValueError, match="argument 2 is longer"):
        cosine([1, 0], [1, 0, 0])


def test_an_answer_is_as_good_as_its_cosine_with_the_reference() -> None:
    plan = plan_calls(MEANING, [asked(" Vienna ", "Wien")])

    (score,) = plan.scores([embedded(1, 0), embedded(1, 1)])

    assert [call.text for call in plan.calls] == ["Vienna", "Wien"]
    assert {call.model for call in plan.calls} == {"embedding:amazon.titan-embed-text-v2:0"}
    assert score.value == pytest.approx(math.sqrt(0.5))
    assert score.reason == "cosine 0.7071 against the reference"


def test_the_nearest_of_several_references_counts_and_a_negative_cosine_is_no_likeness() -> None:
    plan = plan_calls(MEANING, [asked("a", ["b", "c"]), asked("d", "e")])

    near, far = plan.scores([embedded(1, 0), embedded(0, 1), embedded(1, 0), embedded(1, 0), embedded(-1, 0)])

    assert (near.value, near.reason) == (1.0, "cosine 1.0000 against the nearest of 2 references")
    assert (far.value, far.reason) == (0.0, "cosine -1.0000 against the reference")


@pytest.mark.parametrize(("threshold", "value"), [(0.7, 1.0), (0.71, 0.0)])
def test_a_threshold_makes_it_yes_or_no(threshold: float, value: float) -> None:
    spec = MEANING.model_copy(update={"threshold": threshold})

    (score,) = plan_calls(spec, [asked("a", "b")]).scores([embedded(1, 0), embedded(1, 1)])

    assert score.value == value


def test_an_embedding_that_nobody_gave_leaves_no_score() -> None:
    plan = plan_calls(MEANING, [asked("a", ["b", "c"])])

    (score,) = plan.scores([embedded(1, 0), embedded(1, 0), failed("the model is gone")])

    assert (score.value, score.reason) == (None, "the model is gone")


def test_embeddings_that_cannot_be_compared_leave_no_score() -> None:
    (score,) = plan_calls(MEANING, [asked("a", "b")]).scores([embedded(1, 0), embedded(1, 0, 0)])

    assert score.value is None
    assert "dimensions" in score.reason


def test_what_is_longer_than_the_model_takes_is_cut_and_told() -> None:
    most = EMBEDDING_MODELS["cohere.embed-english-v3"].characters
    spec = MEANING.model_copy(update={"model": "cohere.embed-english-v3"})
    plan = plan_calls(spec, [asked("a" * (most + 1), "b")])

    (score,) = plan.scores([embedded(1, 0), embedded(1, 0)])

    assert [len(call.text) for call in plan.calls] == [most, 1]
    assert score.reason.endswith("by the first 2,048 characters")


def test_answers_that_are_none_and_those_without_anything_to_take_out_are_not_sent() -> None:
    spec = MEANING.model_copy(update={"extract": Extract(tag="answer"), "optional": True, "inverted": True})
    answers = [
        asked("<answer>yes</answer>"),
        asked("yes"),
        asked("", status=AnswerStatus.REFUSED),
        asked("x", status=AnswerStatus.UNASKED),
        asked("<answer>yes</answer>", None),
    ]

    plan = plan_calls(spec, answers)
    found, nothing, refused, unasked, inapplicable = plan.scores([embedded(1, 0), embedded(1, 0)])

    assert len(plan.calls) == 2
    assert (found.value, nothing.value, refused.value, unasked.value) == (0.0, 0.0, 0.0, None)
    assert found.reason.startswith("inverted: cosine 1")
    assert (nothing.empty, refused.empty) == (True, True)
    assert not inapplicable.applies


@pytest.mark.parametrize("prefix", ["", "us.", "global."])
def test_a_profile_is_of_the_model_that_it_names(prefix: str) -> None:
    assert embedding_model(f"{prefix}cohere.embed-v4:0") is EMBEDDING_MODELS["cohere.embed-v4:0"]


def test_a_model_by_the_arn_of_a_profile_is_known() -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.cohere.embed-v4:0"

    assert embedding_model(arn) is EMBEDDING_MODELS["cohere.embed-v4:0"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "amazon.nova-lite-v1:0"}, "none of the known models of embeddings"),
        ({"dimensions": 300}, "gives 1024, 512, 256, not 300"),
    ],
)
def test_a_scorer_that_no_model_can_serve_is_refused(changes: dict[str, object], words: str) -> None:
    problem = spec_problem(MeaningSpec.model_validate({**MEANING.model_dump(by_alias=True), **changes}))

    assert problem is not None
    assert words in problem


@pytest.mark.parametrize("reference", [None, "", [], {"a": 1}, ["x", None]])
def test_a_reference_that_nothing_can_be_near_to_is_told_before_the_run(reference: object) -> None:
    assert spec_problem(MEANING) is None
    assert reference_problem(MEANING, reference) is not None
    assert reference_problem(MEANING, ["x", "y"]) is None
