"""Peak memory of a local run as the cases grow: the process of the run alone, read from the kernel.

    .venv/bin/python benchmarks/scale.py [--cases 1000 10000] [--answers live|recorded]

Each run is a process of its own with generated cases and three contenders. Its peak is VmHWM of /proc, the high-water
mark of its resident memory; the embedded Bedrock is another process and not counted.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORDS = ("kettle", "parcel", "invoice", "lamp", "ticket", "garden", "window", "engine")
POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run."""

    cases: int
    peak_mb: float
    seconds: float


def write_workload(folder: Path, cases: int, answers: str) -> None:
    """A workload whose references are numbers, with recorded answers that are right in nine of ten cases."""
    folder.mkdir(parents=True)
    models = {
        "anthropic.claude-3-haiku-20240307-v1:0": "old",
        "amazon.nova-lite-v1:0": "new",
        "amazon.nova-micro-v1:0": "small",
    }
    declared = [f"{{model: '{model}', answers: {answers}, recorded: {name}}}" for model, name in models.items()]
    (folder / "workload.yaml").write_text(
        "version: 1\nname: scale\nprompt: {user: 'How many letters? {{text}}'}\ncases: cases.jsonl\n"
        f"source: {declared[0]}\ntargets: [{', '.join(declared[1:])}]\n"
        "scorers: [{name: right, type: number}]\n"
        "gates: [{scorer: right, rule: not_worse, margin: 0.02}]\nlimits: {concurrency: 64}\n",
        "utf-8",
    )
    with (folder / "cases.jsonl").open("w", encoding="utf-8") as lines:
        for number in range(cases):
            text = " ".join(WORDS[(number * step + step) % len(WORDS)] for step in range(1, 60)) + f" {number}"
            outputs = {
                name: {"output": str(len(text) + (number * prime % 10 == 0))}
                for name, prime in zip(models.values(), (1, 3, 7), strict=True)
            }
            case = {"id": f"case-{number}", "input": {"text": text}, "reference": len(text), "recorded": outputs}
            lines.write(json.dumps(case) + "\n")


def measure(cases: int, answers: str) -> Measured:
    """Run once and watch."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "workload"
        write_workload(folder, cases, answers)
        command = [sys.executable, "-m", "local", "run", str(folder), "--out", f"{scratch}/out", "--json"]
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--models", "embedded", "--pace", "0"], cwd=ROOT, stdout=subprocess.DEVNULL
        )
        peak_kb = 0
        while process.poll() is None:
            peak_kb = max(peak_kb, high_water_kb(process.pid))
            time.sleep(POLL_S)
        if process.returncode:
            raise SystemExit(f"the run of {cases} cases ended with {process.returncode}")
        return Measured(cases=cases, peak_mb=peak_kb / 1024, seconds=time.perf_counter() - started)


def high_water_kb(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, nargs="+", default=[1_000, 10_000], metavar="N")
    parser.add_argument("--answers", choices=("live", "recorded"), default="live")
    chosen = parser.parse_args()
    first: Measured | None = None
    print(f"{'cases':>9}  {'peak MB':>8}  {'of the first':>12}  {'seconds':>8}")
    for cases in chosen.cases:
        measured = measure(cases, chosen.answers)
        first = first or measured
        ratio = measured.peak_mb / first.peak_mb
        print(f"{cases:>9}  {measured.peak_mb:>8.0f}  {ratio:>12.2f}  {measured.seconds:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
