"""The command as a user has it: no AWS settings of the machine's, a folder of its own."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cli import main
from tests.fakes.labelled_runs import REPLAY, rows
from tests.fakes.runs import case, declaration


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def brainswap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run the command in a folder of its own."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Said:
        try:
            code = main(arguments)
        except SystemExit as stopped:  # argparse's own way out
            code = int(stopped.code or 0)
        printed = capsys.readouterr()
        return Said(code=code, out=printed.out, err=printed.err)

    return run


@pytest.fixture
def workload(tmp_path: Path) -> Callable[..., Path]:
    """Write a workload into the folder ``w``."""

    def write(cases: Sequence[Mapping[str, Any]] | None = None, **changes: Any) -> Path:
        folder = tmp_path / "w"
        folder.mkdir(exist_ok=True)
        rows = [case(number) for number in range(30)] if cases is None else cases
        (folder / "workload.yaml").write_text(yaml.safe_dump(declaration(**changes)), "utf-8")
        (folder / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return folder

    return write


@pytest.fixture(scope="session")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Where a run is kept for the tests that want the same."""
    kept: dict[str, Path] = {}
    return lambda wanted: kept.setdefault(wanted, tmp_path_factory.mktemp("run"))


@pytest.fixture
def ran(
    brainswap: Callable[..., Said],
    workload: Callable[..., Path],
    earlier: Callable[[str], Path],
    tmp_path: Path,
) -> Callable[..., str]:
    """A workload in the folder ``w`` with its run in ``o``; returns the folder of the workload."""

    def run(*scorers: dict[str, Any], cases: Sequence[dict[str, Any]] | None = None) -> str:
        kept = earlier(json.dumps([scorers, cases]))
        if not any(kept.iterdir()):
            folder = workload(rows() if cases is None else cases, scorers=list(scorers), **REPLAY)
            assert brainswap("run", str(folder), "--out", "o", "--pace", "0").code == 0
            shutil.copytree(tmp_path, kept, dirs_exist_ok=True)
        shutil.copytree(kept, tmp_path, dirs_exist_ok=True)
        return str(tmp_path / "w")

    return run
