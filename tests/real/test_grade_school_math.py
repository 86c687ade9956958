"""500 word problems with the recorded answers of ten real models: the verdicts, and the accuracies to the last case."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from brainswap.report.document import from_json
from brainswap.report.model import Report
from tests.real.assembling import ABSENT, DATA, assemble

ROOT = Path(__file__).resolve().parents[2]
WORKLOAD = "grade-school-math"
BETTER = {
    "anthropic.claude-3-5-haiku-20241022-v1:0",
    "anthropic.claude-3-5-sonnet-20240620-v1:0",
    "anthropic.claude-3-opus-20240229-v1:0",
    "meta.llama3-1-70b-instruct-v1:0",
    "mistral.mistral-large-2407-v1:0",
    "openai:gpt-4o-mini-2024-07-18",
}
WORSE = {"meta.llama3-1-8b-instruct-v1:0", "mistral.mixtral-8x7b-instruct-v0:1", "cohere.command-r-v1:0"}

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=ABSENT),
]


@pytest.fixture(scope="module", params=["recorded", "live"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A run of the command, over recorded answers or over the embedded Bedrock that replays them."""
    folder = assemble(WORKLOAD, tmp_path_factory.mktemp(request.param) / "workload")
    declared = folder / "workload.yaml"
    text = declared.read_text("utf-8").replace("answers: recorded", f"answers: {request.param}")
    declared.write_text(text, "utf-8")
    out = folder.parent / "out"
    command = [sys.executable, "-m", "local", "run", str(folder), "--out", str(out), "--models", "embedded"]
    subprocess.run([*command, "--pace", "0"], cwd=ROOT, check=True, capture_output=True, timeout=900)  # noqa: S603 - ours
    return from_json((out / "report.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def labels() -> dict[str, Counter[str]]:
    """How often each label is true, by recording."""
    found: dict[str, Counter[str]] = {}
    for line in (DATA / "gsm8k.jsonl").read_text("utf-8").splitlines():
        for name, recorded in json.loads(line)["recorded"].items():
            counts = found.setdefault(name, Counter())
            counts.update(label for label, value in recorded["labels"].items() if value is True)
    return found


@pytest.fixture(scope="module")
def recording_of() -> dict[str, str]:
    """The recording's name by model, as the workload declares them."""
    declared = yaml.safe_load((ROOT / "tests" / "real" / WORKLOAD / "workload.yaml").read_text("utf-8"))
    return {model["model"]: model["recorded"] for model in (declared["source"], *declared["targets"])}


def test_every_accuracy_is_that_of_the_labels(
    report: Report, labels: dict[str, Counter[str]], recording_of: dict[str, str]
) -> None:
    right = {one.model: round((one.scores["correct"].mean or 0) * 500, 6) for one in report.contenders}

    assert right == {model: labels[name]["correct"] for model, name in recording_of.items()}


def test_strictly_valid_json_is_that_of_the_labels(
    report: Report, labels: dict[str, Counter[str]], recording_of: dict[str, str]
) -> None:
    valid = {one.model: round((one.scores["valid_json"].mean or 0) * 500, 6) for one in report.contenders}

    assert valid == {model: labels[name]["valid_json"] for model, name in recording_of.items()}
    assert valid["mistral.mistral-large-2407-v1:0"] == 499
    assert valid["anthropic.claude-3-5-sonnet-20240620-v1:0"] == 128


def test_the_better_models_may_be_moved_to_and_the_worse_ones_may_not(report: Report) -> None:
    verdicts = {one.model: one.verdict for one in report.contenders if one.role == "target"}

    assert {model for model, verdict in verdicts.items() if verdict == "migrate"} == BETTER
    assert {model for model, verdict in verdicts.items() if verdict == "hold"} == WORSE
    assert report.verdict == "migrate"
    assert report.recommended is not None
    assert report.recommended.model in BETTER


def test_replayed_answers_are_never_called_live(report: Report) -> None:
    assert report.models == "recorded"
    assert {one.origin for one in report.contenders} == {"recorded"}
    assert all(one.tokens is not None and one.tokens.estimated for one in report.contenders)
    assert report.spend.usd == 0.0
