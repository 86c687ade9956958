from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.availability import Availability, lack_of

OPEN = Availability(region="AVAILABLE", authorization="AUTHORIZED", agreement="AVAILABLE", entitlement="AVAILABLE")
NAMES = [field.name for field in fields(Availability)]


def test_an_open_model_lacks_nothing() -> None:
    assert lack_of(OPEN) is None


@pytest.mark.parametrize(
    ("closed", "because", "to_do"),
    [
        ({"region": "NOT_AVAILABLE"}, "region is NOT_AVAILABLE", "inference profile"),
        ({"authorization": "NOT_AUTHORIZED"}, "authorization is NOT_AUTHORIZED", "organisation"),
        ({"agreement": "NOT_AVAILABLE"}, "agreement is NOT_AVAILABLE", "aws-marketplace:Subscribe"),
        ({"agreement": "PENDING"}, "agreement is PENDING", "quarter of an hour"),
        ({"agreement": "ERROR"}, "agreement is ERROR", "again"),
        ({"entitlement": "NOT_AVAILABLE"}, "entitlement is NOT_AVAILABLE", "ask for access"),
    ],
)
def test_whatever_is_missing_is_named_with_what_to_do(closed: dict[str, str], because: str, to_do: str) -> None:
    lack = lack_of(replace(OPEN, **closed))

    assert lack is not None
    assert lack.because == because
    assert to_do in lack.to_do


@given(name=st.sampled_from(NAMES), word=st.text(max_size=12))
def test_a_word_that_nobody_knows_is_not_taken_for_a_yes(name: str, word: str) -> None:
    lack = lack_of(replace(OPEN, **{name: word}))

    assert (lack is None) == (word in {"AVAILABLE", "AUTHORIZED"})
    assert lack is None or lack.to_do


def test_all_that_is_missing_is_said_at_once() -> None:
    lack = lack_of(replace(OPEN, agreement="NOT_AVAILABLE", entitlement="NOT_AVAILABLE"))

    assert lack is not None
    assert lack.because == "agreement is NOT_AVAILABLE; entitlement is NOT_AVAILABLE"
    assert lack.to_do.count("; ") == 1
