"""Metrics in CloudWatch's embedded metric format: lines of a function's log, which CloudWatch counts by itself."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from brainswap.ports import Clock, Metric

NAMESPACE = "Brainswap"
STACK = "Stack"
"""The dimension that all figures have: several stacks of an account are not added up."""


class EmbeddedMetrics:
    """Writes a line for each moment (Embedded Metric Format specification, version 0).

    Args:
        stream: what Lambda sends to CloudWatch Logs.
        clock: of the machine.
        stack: its name.
    """

    def __init__(self, stream: TextIO, clock: Clock, *, stack: str) -> None:
        self._stream = stream
        self._clock = clock
        self._stack = stack

    def record(self, metrics: Sequence[Metric], *, by: Mapping[str, str], about: Mapping[str, str]) -> None:
        """Each figure is counted for the whole stack, and for the stack by each dimension."""
        if not metrics:
            return
        directive = {
            "Namespace": NAMESPACE,
            "Dimensions": [[STACK], *([STACK, name] for name in by)],
            "Metrics": [{"Name": each.name, "Unit": each.unit} for each in metrics],
        }
        milliseconds = int(self._clock.now().timestamp() * 1000)
        line: dict[str, Any] = {
            "_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]},
            STACK: self._stack,
            **about,
            **by,
            **{each.name: each.value for each in metrics},
        }
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()
