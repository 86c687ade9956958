"""How long it takes to write every form of a report, and how much memory: once for a few cases and once for many.

    .venv/bin/python -m benchmarks.reporting [--cases 500 10000] [--contenders 4] [--repeats 3] [--profile] [--unopened]

The run is real up to Report: Prepare to Decide over recorded answers of four contenders, or as many as asked for, two
scorers, critical cases and segments, about a fifth of the answers wrong. Then Report writes in a process of its own,
with files on this disk in place of S3, and afterwards its parts one by one. Times are of the processor, and the least
of the repeats: whatever else the machine does only adds to them. Peak is VmHWM of /proc, the high-water mark of
resident memory of the process that writes everything; what it has before it begins is told beside it. The page is then
opened in Chromium: see `benchmarks.opening` for what is measured there.
"""

import argparse
import cProfile
import io
import json
import multiprocessing
import pstats
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from benchmarks.million import FileArtifacts
from benchmarks.opening import opened
from brainswap.adapters.recordings import RecordedModels
from brainswap.contracts import PrepareRequest, RunRequest, ShardRef, ShardRequest
from brainswap.handlers import answer, decide, prepare, report, score, shard, translate
from brainswap.report.document import from_json, to_json
from brainswap.report.html import to_html
from brainswap.report.junit import to_junit
from brainswap.report.markdown import to_markdown
from brainswap.report.paper.pdf import to_pdf
from brainswap.run_files import RunFiles, workload_prefix
from tests.fakes.memory import MemoryDependencies

RUN, NAME, VERSION = "run", "reporting", "1"
MODELS = {
    "anthropic.claude-3-haiku-20240307-v1:0": 7,
    "us.anthropic.claude-3-5-haiku-20241022-v1:0": 9,
    "us.amazon.nova-lite-v1:0": 5,
    "us.amazon.nova-micro-v1:0": 3,
    "us.amazon.nova-pro-v1:0": 11,
    "us.meta.llama3-1-8b-instruct-v1:0": 4,
    "us.meta.llama3-1-70b-instruct-v1:0": 8,
    "us.meta.llama3-3-70b-instruct-v1:0": 8,
    "us.anthropic.claude-3-5-sonnet-20241022-v2:0": 13,
    "mistral.mistral-large-2402-v1:0": 6,
}
"""By model, which of its answers are wrong: every so many. The first is in use."""

WORDS = [
    "the",
    "customer",
    "asks",
    "for",
    "money",
    "back",
    "on",
    "an",
    "order",
    "that",
    "came",
    "twice",
    "and",
    "wants",
    "to",
    "know",
    "when",
    "it",
    "will",
    "be",
    "there",
    "because",
    "her",
    "bank",
    "has",
    "sent",
    "a",
    "letter",
    "which",
    "says",
    "that",
    "nothing",
    "was",
    "paid",
    "although",
    "the",
    "parcel",
    "number",
    "is",
    "known",
    "since",
    "last",
    "Monday",
]


@dataclass
class Watched(MemoryDependencies):
    """Artifacts on disk, recorded answers; the rest of the ports in memory."""

    artifacts: Any = None
    recordings: Any = field(default_factory=RecordedModels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Seconds and megabytes; ``parts`` by what was written."""

    total_s: float
    before_mb: float
    peak_mb: float
    sizes_kb: Mapping[str, float]
    parts: Mapping[str, float] = field(default_factory=dict)


def workload(contenders: int) -> dict[str, Any]:
    source, *targets = list(MODELS)[:contenders]
    return {
        "version": 1,
        "name": NAME,
        "prompt": {"user": "Which queue? {{mail}} Answer in JSON."},
        "cases": "cases.jsonl",
        "splits": {"train": 0, "validation": 0, "test": 1},
        "source": {"model": source, "answers": "recorded", "recorded": source},
        "targets": [{"model": model, "answers": "recorded", "recorded": model} for model in targets],
        "scorers": [
            {"name": "queue", "type": "exact", "extract": {"json": "queue"}},
            {"name": "short", "type": "length", "max": 500, "unit": "characters"},
        ],
        "gates": [{"scorer": "queue", "rule": "not_worse", "margin": 0.02}, {"cases": "critical", "rule": "none_lost"}],
        "limits": {"personal_data": "allow"},
    }


def lines(cases: int, contenders: int) -> Iterator[str]:
    """Mails and answers of some sixty words, no two alike: what repeats itself would be written faster."""
    models = list(MODELS.items())[:contenders]
    chance = random.Random(7)  # noqa: S311 - any words do
    for number in range(cases):
        recorded = {
            model: {
                "output": json.dumps(
                    {
                        "reasoning": " ".join(chance.choices(WORDS, k=60)),
                        "queue": "returns" if number % every == 0 else "billing",
                    }
                ),
                "latency_ms": 400.0 + (number * 37 % 900),
                "input_tokens": 90,
                "output_tokens": 80,
            }
            for model, every in models
        }
        case = {
            "id": f"mail-{number:06}",
            "input": {"mail": f"Order {number}: {' '.join(chance.choices(WORDS, k=60))}"},
            "reference": "billing",
            "segment": ("billing", "returns", "other")[number % 3],
            "critical": number % 50 == 0,
            "recorded": recorded,
        }
        yield json.dumps(case) + "\n"


def evaluated(root: Path, cases: int, contenders: int) -> None:
    """A run up to and with Decide."""
    using = Watched(artifacts=FileArtifacts(root=root))
    prefix = workload_prefix(NAME, VERSION)
    using.artifacts.write(f"{prefix}/workload.yaml", yaml.safe_dump(workload(contenders)).encode(), "text/yaml")
    using.artifacts.write(f"{prefix}/cases.jsonl", "".join(lines(cases, contenders)).encode(), "application/x-ndjson")
    request = PrepareRequest(run_id=RUN, workload=NAME, version=VERSION, started_at=datetime(2026, 11, 1, tzinfo=UTC))
    prepared = prepare.run(request, using)
    improved = [translate.run(target, using) for target in prepared.targets]
    listed = shard.run(ShardRequest(run_id=RUN, improved=improved), using)
    for each in json.loads(using.artifacts.read(listed.key)):
        answer.run(ShardRef.model_validate(each), using, lambda: 900.0)
        score.run(ShardRef.model_validate(each), using)
    decide.run(RunRequest(run_id=RUN), using)


def written(root: Path, *, profiled: bool = False) -> Measured:
    """Report, and then each of its parts by itself."""
    using = Watched(artifacts=FileArtifacts(root=root))
    before = _memory_mb()
    profile = cProfile.Profile()
    if profiled:
        profile.enable()
    total = _seconds(lambda: report.run(RunRequest(run_id=RUN), using))
    if profiled:
        profile.disable()
        text = io.StringIO()
        pstats.Stats(profile, stream=text).sort_stats("cumulative").print_stats(45)
        print(text.getvalue())
    peak = _memory_mb()
    files = RunFiles(using.artifacts, RUN)
    found = from_json(files.read_text("report.json"))
    listed = files.shard_list()
    carried = report._write_cases(files, using, found, listed)  # noqa: SLF001 - what is measured
    parts: dict[str, Callable[[], object]] = {
        "cases.jsonl and report.xlsx": lambda: report._write_cases(files, using, found, listed),  # noqa: SLF001 - what is measured are the parts of the state
        "of which reading": lambda: sum(1 for _ in report._rows(files, listed)),  # noqa: SLF001 - what is measured are the parts of the state
        "report.html": lambda: to_html(found, carried.cases, of=carried.of),
        "report.pdf": lambda: to_pdf(found),
        "report.md": lambda: to_markdown(found),
        "report.json": lambda: to_json(found),
        "junit.xml": lambda: to_junit(found),
    }
    names = ("cases.jsonl", "report.xlsx", "report.html", "report.pdf", "report.md", "report.json", "junit.xml")
    return Measured(
        total_s=total,
        before_mb=before,
        peak_mb=peak,
        sizes_kb={name: len(using.artifacts.read(files.key(name))) / 1024 for name in names},
        parts={name: _seconds(part) for name, part in parts.items()},
    )


def measured(root: Path, repeats: int) -> Measured:
    """Each time in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        found = [pool.apply(written, (root,)) for _ in range(repeats)]
    best = min(found, key=lambda one: one.total_s)
    return Measured(
        total_s=best.total_s,
        before_mb=best.before_mb,
        peak_mb=max(one.peak_mb for one in found),
        sizes_kb=best.sizes_kb,
        parts={name: min(one.parts[name] for one in found) for name in best.parts},
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _memory_mb() -> float:
    status = Path("/proc/self/status").read_text("utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def _told(cases: int, contenders: int, found: Measured) -> Iterator[str]:
    memory = f"{found.before_mb:.0f} MB before, {found.peak_mb:.0f} MB at most"
    yield f"{cases:,} cases x {contenders} contenders: {found.total_s:.2f} s, {memory}"
    for name, seconds in found.parts.items():
        size = f"{found.sizes_kb[name]:>12,.0f} kB" if name in found.sizes_kb else ""
        yield f"  {name:<28} {seconds:7.3f} s {seconds / found.total_s:6.1%}{size}"
    yield f"  {'report.xlsx':<28} {'':>9} {'':>6}{found.sizes_kb['report.xlsx']:>12,.0f} kB"


def _print_opening(root: Path, repeats: int) -> None:
    """What a reader waits for."""
    page = root / "report.html"
    page.write_bytes(FileArtifacts(root=root).read(RunFiles(FileArtifacts(root=root), RUN).key("report.html")))
    for name, milliseconds in opened(page, repeats).told().items():
        print(f"  {name:<28} {milliseconds:7.0f} ms in Chromium", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, nargs="+", default=[500, 10_000], metavar="N")
    parser.add_argument("--contenders", type=int, choices=range(2, len(MODELS) + 1), default=4, metavar="N")
    parser.add_argument("--repeats", type=int, default=3, metavar="N")
    parser.add_argument("--profile", action="store_true", help="say which functions the time goes into")
    parser.add_argument("--unopened", action="store_true", help="do not open the page in Chromium")
    chosen = parser.parse_args()
    totals = []
    for cases in chosen.cases:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            evaluated(root, cases, chosen.contenders)
            if chosen.profile:
                written(root, profiled=True)
            found = measured(root, chosen.repeats)
            totals.append((cases, found))
            print("\n".join(_told(cases, chosen.contenders, found)), flush=True)
            if not chosen.unopened:
                _print_opening(root, chosen.repeats)
    for (few, less), (many, more) in pairwise(totals):
        print(
            f"{many / few:.1f} times the cases: {more.total_s / less.total_s:.1f} times the time, "
            f"{(more.peak_mb - more.before_mb) / (less.peak_mb - less.before_mb):.2f} times the memory beyond the start"
        )


if __name__ == "__main__":
    main()
