"""Builders of runs: a frozen workload with cases, in memory."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import yaml

from brainswap.contracts import PrepareRequest
from tests.fakes.memory import MemoryDependencies

RUN = "run-1"
STARTED = datetime(2026, 11, 1, 12, tzinfo=UTC)


def declaration(**changes: Any) -> dict[str, Any]:
    """A small workload: yes-or-no questions, one live source, one live target."""
    return {
        "version": 1,
        "name": "yes-or-no",
        "prompt": {"user": "Answer yes or no: {{question}}"},
        "cases": "cases.jsonl",
        "source": {"model": "anthropic.claude-3-haiku-20240307-v1:0", "parameters": {"max_tokens": 10}},
        "targets": [{"model": "amazon.nova-lite-v1:0"}],
        "scorers": [{"name": "right", "type": "exact", "ignore_case": True}],
        "gates": [{"scorer": "right", "rule": "not_worse", "margin": 0.1}],
        **changes,
    }


def case(number: int, reference: str = "yes", **changes: Any) -> dict[str, Any]:
    return {"id": f"case-{number}", "input": {"question": f"Is {number} a number?"}, "reference": reference, **changes}


def upload(
    using: MemoryDependencies, declared: Mapping[str, Any], cases: Sequence[Mapping[str, Any]]
) -> PrepareRequest:
    """Put a workload where Prepare looks; return the request that starts a run of it."""
    prefix = f"workloads/{declared['name']}/v1"
    lines = "".join(json.dumps(one) + "\n" for one in cases)
    using.artifacts.files[f"{prefix}/workload.yaml"] = yaml.safe_dump(dict(declared)).encode()
    using.artifacts.files[f"{prefix}/cases.jsonl"] = lines.encode()
    return PrepareRequest(run_id=RUN, workload=str(declared["name"]), version="v1", started_at=STARTED)
