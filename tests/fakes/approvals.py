"""Runs of the local cloud that wait for people, and what people are asked in memory."""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import boto3

from brainswap.core.approving.record import ApprovalRecord
from local.cloud import Cloud
from tests.fakes.runs import RUN, case, declaration

ANNA, BERT = "arn:aws:sts::123456789012:assumed-role/Dev/anna", "arn:aws:sts::123456789012:assumed-role/Dev/bert"
CARLA = "carla@example.com"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
T = TypeVar("T")

REPORT, DECISION = b'{"report": 1}', b'{"decision": 1}'


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wanted(**changes: Any) -> ApprovalRecord:
    """Approval of a verdict, wanted for another hour."""
    plain = ApprovalRecord(
        run_id=RUN,
        workload="yes-or-no",
        version="v1",
        contender="target-1",
        model="amazon.nova-lite-v1:0",
        prompt="original",
        report_sha256=sha256(REPORT),
        decision_sha256=sha256(DECISION),
        people=1,
        wanted_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )
    return plain.changed(**changes)


def start_waiting(cloud: Cloud, **changes: Any) -> str:
    """Start a run that ends in `migrate` and wants approval; return the execution's ARN."""
    recorded = {"old": {"output": "yes"}, "new": {"output": "yes"}}
    replay = {
        "source": {"model": "anthropic.claude-3-haiku-20240307-v1:0", "answers": "recorded", "recorded": "old"},
        "targets": [{"model": "amazon.nova-lite-v1:0", "answers": "recorded", "recorded": "new"}],
        "gates": [{"scorer": "right", "rule": "not_worse", "margin": 0.5}],
        "approval": {"required": True},
    }
    declared = declaration(**{**replay, **changes})
    prefix = f"workloads/{declared['name']}/v1"
    lines = "".join(json.dumps(case(number, recorded=recorded)) + "\n" for number in range(12))
    cloud.using.artifacts.write(f"{prefix}/workload.yaml", json.dumps(declared).encode(), "application/yaml")
    cloud.using.artifacts.write(f"{prefix}/cases.jsonl", lines.encode(), "application/x-ndjson")
    started_at = "2026-11-01T12:00:00Z"
    return cloud.start(RUN, {"run_id": RUN, "workload": declared["name"], "version": "v1", "started_at": started_at})


def asked(cloud: Cloud) -> ApprovalRecord:
    """What people are asked, as soon as they are."""

    def look() -> ApprovalRecord | None:
        kept = cloud.using.approvals.read(RUN)
        return kept.record if kept is not None and kept.record.announced else None

    return until(look)


def until(look: Callable[[], T | None]) -> T:
    """Wait for a moment, no longer than a run takes."""
    for _ in range(600):
        found = look()
        if found is not None:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def states_of(arn: str) -> list[str]:
    """The names of the states that an execution entered."""
    events = boto3.client("stepfunctions").get_execution_history(executionArn=arn, maxResults=1000)["events"]
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
