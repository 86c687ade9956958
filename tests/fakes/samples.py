"""Scored answers of which a test says only what it is about."""

from dataclasses import replace
from typing import Any

from brainswap.core.answers import AnswerStatus, Origin
from brainswap.core.decision.samples import Sample

_PLAIN = Sample(
    case_id="one",
    repeat=0,
    segment=None,
    cluster=None,
    critical=False,
    weight=1.0,
    status=AnswerStatus.ANSWERED,
    origin=Origin.LIVE,
    cached=False,
    latency_ms=None,
    first_token_ms=None,
    estimated_latency=False,
    usage=None,
    scores={},
    reasons={},
)


def sample(**changes: Any) -> Sample:
    """An answer to the case ``one`` that nothing is known of, but for the fields given."""
    return replace(_PLAIN, **changes)
