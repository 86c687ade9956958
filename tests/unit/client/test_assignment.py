import hashlib
import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.client import bucket

KEYS = [f"user-{number}" for number in range(10_000)]


def test_the_rule_is_the_one_that_is_written_down() -> None:
    digest = hashlib.sha256(b"run-1:user-7").hexdigest()

    assert bucket("run-1", "user-7") == int(digest[:16], 16) % 10_000


@given(seed=st.text(), key=st.text(st.characters()))
def test_every_key_has_a_bucket_and_keeps_it(seed: str, key: str) -> None:
    assert 0 <= bucket(seed, key) < 10_000
    assert bucket(seed, key) == bucket(seed, key)


@pytest.mark.parametrize("share", [100, 1000, 5000, 9900])
def test_the_share_of_keys_that_move_is_within_binomial_error(share: int) -> None:
    moved = sum(bucket("run-1", key) < share for key in KEYS)

    expected, p = len(KEYS) * share / 10_000, share / 10_000
    assert abs(moved - expected) < 4 * math.sqrt(len(KEYS) * p * (1 - p))


def test_a_key_that_has_moved_stays_moved_while_the_share_grows() -> None:
    moved = [{key for key in KEYS if bucket("run-1", key) < share} for share in (100, 1000, 5000, 10_000)]

    assert all(before < after for before, after in pairwise(moved))
    assert moved[-1] == set(KEYS)


def test_another_roll_out_begins_with_other_keys() -> None:
    first, second = ({key for key in KEYS if bucket(seed, key) < 1000} for seed in ("run-1", "run-2"))

    assert len(first & second) < 2 * len(KEYS) * 0.01  # 1 % of all would be in both by chance


def test_buckets_are_even() -> None:
    counts = Counter(bucket("run-1", key) // 1000 for key in KEYS)

    chi_squared = sum((counts[tenth] - 1000) ** 2 / 1000 for tenth in range(10))
    assert chi_squared < 27.9  # nine degrees of freedom, one in a thousand
