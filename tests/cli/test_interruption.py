"""A run that is ended from outside, as a process."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Said

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 180.0
QUESTIONS = 60
EMBEDDED = ("--models", "embedded")


def run(folder: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "local", "run", str(folder), "--out", str(out), *EMBEDDED, *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603 - ours


def wait_until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < ends, "it took too long"
        time.sleep(0.02)


def state_of(out: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((out / ".brainswap" / "run.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return found


def kept(out: Path) -> int:
    """Answers that are safe."""
    try:
        with contextlib.closing(sqlite3.connect(out / ".brainswap" / "answers.sqlite")) as file:
            return int(file.execute("SELECT count(*) FROM answers").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def serving(out: Path) -> bool:
    """Whether an embedded Bedrock for this folder is still there."""
    asked = str(out / ".brainswap").encode()
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = each.read_bytes()
        except OSError:
            continue
        if b"local.bedrock" in words and asked in words:
            return True
    return False


@pytest.mark.parametrize(
    ("sent", "code", "status"), [(signal.SIGTERM, 130, "interrupted"), (signal.SIGKILL, -signal.SIGKILL, "running")]
)
def test_a_run_that_is_ended_goes_on_without_paying_twice(
    brainswap: Callable[..., Said],
    workload: Callable[..., Path],
    tmp_path: Path,
    *,
    sent: signal.Signals,
    code: int,
    status: str,
) -> None:
    folder, out = workload(), tmp_path / "o"
    with run(folder, out, "--pace", "3") as first:
        wait_until(lambda: kept(out) > 0)
        os.kill(first.pid, sent)
        first.communicate(timeout=PATIENCE_S)
    left = state_of(out)

    second = brainswap("run", str(folder), "--out", str(out), *EMBEDDED, "--pace", "0", "--resume", "--json")
    report = json.loads(second.out)

    assert (first.returncode, second.code) == (code, 0)
    assert report["spend"]["calls"] + report["spend"]["cached"] == QUESTIONS
    assert report["spend"]["cached"] > 0
    assert left["status"] == status
    assert left["state"] in {"answer", "score"}
    assert state_of(out)["status"] == "done"
    wait_until(lambda: not serving(out))


def test_a_chain_that_is_killed_goes_on_at_the_step_where_each_case_was(
    brainswap: Callable[..., Said], workload: Callable[..., Path], tmp_path: Path
) -> None:
    steps = [
        {"name": "sort", "user": "What kind of question is this? {{question}}"},
        {"name": "reply", "user": "Answer yes or no, for the kind {{steps.sort}}: {{question}}"},
    ]
    folder, out = workload(prompt={"steps": steps}), tmp_path / "o"
    with run(folder, out, "--pace", "3") as first:
        wait_until(lambda: kept(out) > QUESTIONS / 2)
        first.kill()
        first.communicate(timeout=PATIENCE_S)
    before = kept(out)

    second = brainswap("run", str(folder), "--out", str(out), *EMBEDDED, "--pace", "0", "--resume", "--json")
    report = json.loads(second.out)

    assert (second.code, state_of(out)["status"]) == (0, "done")
    assert 0 < report["spend"]["calls"] == kept(out) - before
    assert [each["answers"]["asked"] for each in report["contenders"]] == [QUESTIONS / 2] * 2
    assert sum(each["answers"][ended] for each in report["contenders"] for ended in ("failed", "unasked")) == 0
