"""A run in batch jobs, with the embedded Bedrock in a process of its own."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Said
from tests.fakes.runs import case


def test_a_batch_run_on_a_laptop_reads_and_writes_over_http_and_hears_of_its_jobs(
    brainswap: Callable[..., Said],
    workload: Callable[..., Path],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = [case(number, recorded={"old": {"output": "yes"}, "new": {"output": "yes"}}) for number in range(100)]
    models = {
        "source": {"model": "anthropic.claude-haiku-4-5-20251001-v1:0", "recorded": "old"},
        "targets": [{"model": "amazon.nova-lite-v1:0", "recorded": "new"}],
    }
    folder = workload(rows, inference="batch", **models)

    with caplog.at_level(logging.ERROR, "local"):
        said = brainswap("run", str(folder), "--out", "out", "--models", "embedded", "--pace", "0", "--json")

    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert said.code == 0
    assert report["verdict"] == "migrate"
    assert [contender["answers"]["answered"] for contender in report["contenders"]] == [100, 100]
    assert [contender["latency_ms"] for contender in report["contenders"]] == [None, None]
    assert caplog.text == ""
