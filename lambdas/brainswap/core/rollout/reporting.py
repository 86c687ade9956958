"""The names under which applications report what became of their requests; clients use the same words.

The metrics of a variant are counters. Each says of how many requests something is known, or how many had it, so that
a counter that nobody sends is told from one that stands at zero.
"""

from collections.abc import Mapping
from typing import NamedTuple

from brainswap.core.declared_rollout import GuardMeasure

NAMESPACE = "Brainswap"
WORKLOAD, VARIANT, ROLLOUT = "Workload", "Variant", "RolloutId"
LATENCY = "Latency"
SAMPLES = "samples/"
"""Prefix of what applications keep of live answers for a judge."""


class Counters(NamedTuple):
    """The two metrics of which a share is made."""

    of: str
    hits: str


COUNTERS: Mapping[GuardMeasure, Counters] = {
    "errors": Counters("Requests", "Errors"),
    "throttles": Counters("Requests", "Throttles"),
    "format_failures": Counters("FormatChecks", "FormatFailures"),
    "slow": Counters("Timed", "Slow"),
    "thumbs_down": Counters("Thumbs", "ThumbsDown"),
    "judged_bad": Counters("Judged", "JudgedBad"),
}


def reported_step(rollout: str, step: int) -> str:
    """The value of the dimension ``RolloutId``: a step of its own, so that no clock has to tell steps apart."""
    return f"{rollout}/{step}"


def samples_of(workload: str, step: str, variant: str) -> str:
    """The prefix of the answers of a variant in a step, whose names are ranks; see `reported_step`."""
    return f"{SAMPLES}{workload}/{step}/{variant}/"
