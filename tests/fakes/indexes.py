"""Runs of a workload, a day apart, and their index."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from brainswap.report.index.entry import entry_of
from brainswap.report.index.history import FILES, Index, Listed, in_order
from brainswap.report.model import Report
from tests.fakes.reports import contender, provenance, report, target

RULES = {"correct": "a" * 64}


def run(number: int, *, facts: dict[str, Any] | None = None, origin: str = "live", **changes: Any) -> Report:
    """The run of a day, judged by the scorer ``correct``."""
    facts = {"gated_scorers": ["correct"], "scorers_sha256": RULES, **(facts or {})}
    return report(
        **{
            "run_id": f"run-{number:04d}",
            "created_at": report().created_at + timedelta(days=number),
            "contenders": [contender(origin=origin), target(origin=origin)],
            "provenance": provenance(**facts),
            **changes,
        }
    )


def index_of(runs: Sequence[Report]) -> Index:
    listed = [Listed(entry=entry_of(each), place=f"../../runs/{each.run_id}", files=list(FILES)) for each in runs]
    return Index(runs=in_order(listed))
