"""Peak memory of a local run as the cases grow: the process of the run alone, read from the kernel.

    .venv/bin/python benchmarks/scale.py [--cases 1000 10000] [--answers live|recorded]

Each run is a process of its own with generated cases and three contenders. Its peak is VmHWM of /proc, the high-water
mark of its resident memory; the embedded Bedrock is another process and not counted.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORDS = ("kettle", "parcel", "invoice", "lamp", "ticket", "garden", "window", "engine")
POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One process that ended well."""

    peak_mb: float
    seconds: float
    cpu_seconds: float
    said: str


def write_workload(
    folder: Path,
    cases: int,
    answers: str,
    concurrency: int = 64,
    latency_ms: float | None = None,
    *,
    splits: bool = False,
) -> None:
    """A workload whose references are numbers, with recorded answers that are right in nine of ten cases.

    Args:
        folder: to be made.
        cases: how many.
        answers: of all three contenders, ``live`` or ``recorded``.
        concurrency: of the workload.
        latency_ms: of every recorded answer; None leaves it to who plays them back.
        splits: whether cases are shared out among train, validation and test; their words then differ by more than a
            number, as it is among them that near-duplicates are looked for.
    """
    folder.mkdir(parents=True)
    took = {} if latency_ms is None else {"latency_ms": latency_ms}
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
        "gates: [{scorer: right, rule: not_worse, margin: 0.02}]\n"
        f"limits: {{concurrency: {concurrency}}}\n"
        + ("splits: {train: 0.2, validation: 0.2, test: 0.6}\n" if splits else ""),
        "utf-8",
    )
    with (folder / "cases.jsonl").open("w", encoding="utf-8") as lines:
        for number in range(cases):
            text = _text(number, varied=splits)
            outputs = {
                name: {"output": str(len(text) + (number * prime % 10 == 0)), **took}
                for name, prime in zip(models.values(), (1, 3, 7), strict=True)
            }
            case = {"id": f"case-{number}", "input": {"text": text}, "reference": len(text), "recorded": outputs}
            lines.write(json.dumps(case) + "\n")


def _text(number: int, *, varied: bool) -> str:
    """Of 60 words: one of eight series, or words drawn for the number."""
    if varied:
        return " ".join([*random.Random(number).choices(WORDS, k=59), str(number)])  # noqa: S311 - nothing secret
    return " ".join(WORDS[(number * step + step) % len(WORDS)] for step in range(1, 60)) + f" {number}"


def measure(cases: int, answers: str) -> Watched:
    """Run once and watch."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "workload"
        write_workload(folder, cases, answers)
        command = ["-m", "local", "run", str(folder), "--out", f"{scratch}/out", "--json"]
        return watch([*command, "--models", "embedded", "--pace", "0"])


def watch(arguments: Sequence[str]) -> Watched:
    """Run this interpreter with arguments; CPU is that of the process and of those that it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    peak_kb = 0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=said)  # noqa: S603 - our own command
        while process.poll() is None:
            peak_kb = max(peak_kb, high_water_kb(process.pid))
            time.sleep(POLL_S)
        seconds = time.perf_counter() - started
        if process.returncode:
            raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
        said.seek(0)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return Watched(
            peak_mb=peak_kb / 1024,
            seconds=seconds,
            cpu_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            said=said.read(),
        )


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
    first: Watched | None = None
    print(f"{'cases':>9}  {'peak MB':>8}  {'of the first':>12}  {'seconds':>8}")
    for cases in chosen.cases:
        measured = measure(cases, chosen.answers)
        first = first or measured
        ratio = measured.peak_mb / first.peak_mb
        print(f"{cases:>9}  {measured.peak_mb:>8.0f}  {ratio:>12.2f}  {measured.seconds:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
