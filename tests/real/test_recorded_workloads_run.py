import subprocess
import sys
from pathlib import Path

import pytest

from brainswap.report.document import from_json
from tests.real.assembling import ABSENT, DATA, assemble
from tests.real.recordings import judged, labelled, recording_of, right_by_us

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=ABSENT),
]

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("workload", "scorer", "cases"),
    [
        ("bank-intents", "same_text", 500),
        ("instruction-following", "follows", 541),
        ("ticket-classification", "category", 68),
        ("trivia", "names_the_answer", 1_000),
        ("word-problems-by-line", "correct", 500),
    ],
)
def test_a_run_of_the_command_scores_every_recorded_answer_unless_it_is_none(
    workload: str, scorer: str, cases: int, tmp_path: Path
) -> None:
    folder, out = assemble(workload, tmp_path / "workload"), tmp_path / "out"
    command = [sys.executable, "-m", "local", "run", str(folder), "--out", str(out), "--models", "embedded"]

    subprocess.run([*command, "--pace", "0"], cwd=ROOT, check=True, capture_output=True, timeout=900)  # noqa: S603 - ours

    report = from_json((out / "report.json").read_text("utf-8"))
    right = right_by_us(judged(workload, scorer, labelled(workload)))
    expected = {model: right[name] for model, name in recording_of(workload).items()}
    assert {one.model: round((one.scores[scorer].mean or 0) * cases, 6) for one in report.contenders} == expected
