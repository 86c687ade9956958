"""What importing each handler costs in a fresh interpreter that sees its layers and the code alone.

    .venv/bin/python benchmarks/start_up.py [--runs 7] [--states Answer Report] [--importtime Answer]

Each number is a median. The layers are built for the Python of this machine, because those of the functions run on
theirs alone; their sizes are those of what is deployed, once ``make synth`` has built it. Peak is VmHWM of /proc, the
high-water mark of resident memory.
"""

import argparse
import compileall
import hashlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

from infrastructure.catalog import FUNCTIONS
from infrastructure.node import use_suitable_node

use_suitable_node()

from infrastructure.packaging import (  # noqa: E402 - imports aws_cdk, which starts Node.js
    CACHE,
    REQUIREMENTS,
    copy_code,
    layer_hash,
    parse_layers,
    unzipped_mb,
)

LIMIT_MB = 250
"""What Lambda allows for a function's code and all its layers together, unzipped."""

MEASURE = """
import importlib, json, sys, time
module, *sys.path[:0] = sys.argv[1:]
wall, processor = time.perf_counter(), time.process_time()
importlib.import_module(module)
wall, processor = time.perf_counter() - wall, time.process_time() - processor
peak_kb = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"cpu_ms": processor * 1e3, "wall_ms": wall * 1e3, "peak_mb": peak_kb / 1024}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One import."""

    cpu_ms: float
    wall_ms: float
    peak_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Something to import, from some of the layers."""

    name: str
    module: str
    layers: tuple[str, ...]


SUBJECTS = (
    Subject(name="import boto3", module="boto3", layers=("base",)),
    *(Subject(name=row.state, module=row.module, layers=row.layers) for row in FUNCTIONS),
)


def layer_for_this_machine(pins: Sequence[str]) -> Path:
    """The same pins for this interpreter, without bytecode; from the cache after the first time."""
    recipe = json.dumps([sorted(pins), sys.version, sys.platform])
    layer = CACHE / f"measured-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"
    if not layer.is_dir():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as unfinished:
            target = Path(unfinished) / "layer"
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
            command = [*pip, "--no-deps", "--no-compile", "--only-binary=:all:", "--target", str(target), *pins]
            subprocess.run(command, check=True)  # noqa: S603 - the pins have been parsed, and no shell reads them
            target.rename(layer)
    return layer


def trees(layers: dict[str, tuple[str, ...]], folder: Path, *, bytecode: bool) -> dict[str, Path]:
    """Copies of the code (under the empty name) and of the layers, all with bytecode or all without."""
    copies = {"": folder / "code", **{name: folder / name for name in layers}}
    copy_code(copies[""])
    for name, pins in layers.items():
        shutil.copytree(layer_for_this_machine(pins), copies[name])
    if bytecode:
        compileall.compile_dir(folder, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return copies


def interpreter(subject: Subject, copies: dict[str, Path], *options: str) -> list[str]:
    """The command that imports it: no site-packages, no environment, nothing written beside the sources."""
    paths = [str(copies[name]) for name in (*subject.layers, "")]
    return [sys.executable, "-I", "-S", "-B", *options, "-c", MEASURE, subject.module, *paths]


def measure(subject: Subject, copies: dict[str, Path]) -> Measured:
    command = interpreter(subject, copies)
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    return Measured(**json.loads(done.stdout))


def median(measured: Sequence[Measured]) -> Measured:
    return Measured(
        cpu_ms=statistics.median(one.cpu_ms for one in measured),
        wall_ms=statistics.median(one.wall_ms for one in measured),
        peak_mb=statistics.median(one.peak_mb for one in measured),
    )


def lines(subjects: Iterable[Subject], runs: int, compiled: dict[str, Path], sources: dict[str, Path]) -> Iterator[str]:
    yield f"{'':>14}  {'with bytecode':^25}  {'without':^25}"
    yield f"{'':>14}  {'cpu ms':>7}  {'wall ms':>7}  {'peak MB':>7}  {'cpu ms':>7}  {'wall ms':>7}  {'peak MB':>7}"
    for subject in subjects:
        # By turns, so that whatever else the machine does meets both.
        pairs = [(measure(subject, compiled), measure(subject, sources)) for _ in range(runs)]
        medians = map(median, zip(*pairs, strict=True))
        numbers = (f"{one.cpu_ms:>7.0f}  {one.wall_ms:>7.0f}  {one.peak_mb:>7.0f}" for one in medians)
        yield f"{subject.name:>14}  {'  '.join(numbers)}"


def sizes(layers: dict[str, tuple[str, ...]], code: Path) -> Iterator[str]:
    """Of the code with the bytecode of this machine, and of the layers that are deployed."""
    built = {name: CACHE / layer_hash(pins) for name, pins in layers.items()}
    known = {"code": unzipped_mb(code), **{name: unzipped_mb(path) for name, path in built.items() if path.is_dir()}}
    for name in ("code", *layers):
        yield f"{name:>14}  " + (f"{known[name]:.1f} MB unzipped" if name in known else "not built; `make synth` does")
    yield f"{'together':>14}  {sum(known.values()):.1f} of {LIMIT_MB} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=7, metavar="N")
    parser.add_argument("--states", nargs="+", choices=[row.state for row in FUNCTIONS], metavar="STATE")
    parser.add_argument("--importtime", choices=[row.state for row in FUNCTIONS], metavar="STATE")
    chosen = parser.parse_args()
    layers = parse_layers(REQUIREMENTS.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        compiled = trees(layers, Path(scratch) / "compiled", bytecode=True)
        if chosen.importtime:
            subject = next(one for one in SUBJECTS if one.name == chosen.importtime)
            subprocess.run(interpreter(subject, compiled, "-X", "importtime"), check=True)  # noqa: S603 - our own command
            return
        sources = trees(layers, Path(scratch) / "sources", bytecode=False)
        subjects = [one for one in SUBJECTS if not chosen.states or one.name in ("import boto3", *chosen.states)]
        for line in lines(subjects, chosen.runs, compiled, sources):
            print(line, flush=True)
        for line in sizes(layers, compiled[""]):
            print(line)


if __name__ == "__main__":
    main()
