"""What the measuring server accepts."""

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.asking.bucket import Bucket


def test_a_bucket_without_a_rate_lets_everything_through() -> None:
    bucket = Bucket(rate_per_s=None, burst=1)

    assert all(bucket.takes(0.0) for _ in range(100))


def test_the_burst_is_let_through_at_once_and_then_nothing() -> None:
    bucket = Bucket(rate_per_s=10, burst=3)

    assert [bucket.takes(5.0) for _ in range(5)] == [True, True, True, False, False]


def test_a_token_is_back_after_a_period_of_the_rate() -> None:
    bucket = Bucket(rate_per_s=4, burst=1)
    bucket.takes(0.0)

    assert [bucket.takes(0.125), bucket.takes(0.25), bucket.takes(0.375)] == [False, True, False]


def test_a_long_pause_fills_the_bucket_no_further_than_the_burst() -> None:
    bucket = Bucket(rate_per_s=10, burst=2)
    bucket.takes(0.0)

    assert [bucket.takes(1000.0) for _ in range(3)] == [True, True, False]


@given(
    rate=st.floats(min_value=0.5, max_value=500),
    burst=st.floats(min_value=1, max_value=50),
    pauses=st.lists(st.floats(min_value=0, max_value=0.5), min_size=1, max_size=200),
)
def test_never_more_than_the_burst_and_the_rate_over_any_time(rate: float, burst: float, pauses: list[float]) -> None:
    bucket = Bucket(rate_per_s=rate, burst=burst)

    now = 0.0
    taken = 0
    for pause in pauses:
        now += pause
        taken += bucket.takes(now)

    assert taken <= burst + rate * now + 1e-6
