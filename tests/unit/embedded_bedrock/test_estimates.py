from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.bedrock.draws import normal, pick, uniform
from local.bedrock.estimates import Speed, cut, timing, tokens


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("a", 1), ("four", 1), ("fives", 2), ("猫犬鳥", 3), ("カタカナ", 4), ("한국어 four", 5), ("été!", 1)],
)
def test_tokens_follow_from_the_length_and_the_script(text: str, count: int) -> None:
    assert tokens(text) == count


@given(text=st.text(alphabet="abé猫 ", max_size=60), limit=st.integers(1, 8))
def test_a_cut_text_is_the_longest_beginning_within_the_limit(text: str, limit: int) -> None:
    kept = cut(text, limit)

    assert text.startswith(kept)
    assert tokens(kept) <= limit
    assert kept == text or tokens(text[: len(kept) + 1]) > limit


@given(parts=st.lists(st.text(max_size=5) | st.integers(), max_size=4))
def test_a_draw_lies_between_nought_and_one_and_repeats(parts: list[object]) -> None:
    assert 0 < uniform(*parts) < 1
    assert uniform(*parts) == uniform(*parts)
    assert pick("abc", *parts) in "abc"


def test_a_known_draw_is_the_same_on_every_machine() -> None:
    assert uniform(7, "case-1", "difficulty") == pytest.approx(0.32435667426533266)


def test_latencies_lie_around_the_medians_of_the_model() -> None:
    speed = Speed(first_token_ms=500, tokens_per_second=100)

    took = [timing(speed, input_tokens=0, output_tokens=100, draw=(n,)) for n in range(1001)]

    assert sorted(each.first_token_ms for each in took)[500] == pytest.approx(500, rel=0.05)
    assert sorted(each.latency_ms for each in took)[500] == pytest.approx(1500, rel=0.05)


def test_normal_draws_have_the_mean_and_the_spread_of_the_standard_normal() -> None:
    drawn = [normal(number) for number in range(2000)]

    assert fmean(drawn) == pytest.approx(0, abs=0.07)
    assert fmean(each * each for each in drawn) == pytest.approx(1, abs=0.1)
