"""Print the tables, or those that are named: ``python -m benchmarks.improving [NAME …] [--seeds N] [--places WORD]``.

Everything is simulated (`local.bedrock.families`, `local.bedrock.reflecting`): the figures compare ways of searching,
and say nothing about any model. All rivals have the same rewriter, the same cases and the same number of calls.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.improving import tables
from benchmarks.improving.tables import Contest
from benchmarks.improving.worlds import Place
from tests.real.assembling import assemble

ROOT = Path(__file__).resolve().parents[2]
TRIAGE = ROOT / "examples" / "support-triage"
TABLES: Mapping[str, Callable[[Contest], Iterator[str]]] = {
    "lift": tables.lift,
    "budgets": tables.budgets,
    "parts": tables.parts,
    "optimism": tables.optimism,
    "noise": tables.noise,
}


def places(folder: Path) -> list[Place]:
    """From Claude 3 to a few families: one prompt that is written for Claude, one for nobody in particular."""
    found = [
        Place(name="triage → Nova", folder=TRIAGE, target="amazon.nova-lite-v1:0", train=75, validation=75, test=160),
        Place(
            name="triage → Llama",
            folder=TRIAGE,
            target="meta.llama3-1-8b-instruct-v1:0",
            train=75,
            validation=75,
            test=160,
        ),
    ]
    if "BRAINSWAP_REAL_DATA" in os.environ:
        intents = assemble("bank-intents", folder)
        found += [
            Place(
                name="intents → Nova",
                folder=intents,
                target="amazon.nova-micro-v1:0",
                train=75,
                validation=75,
                test=350,
            ),
            Place(
                name="intents → Claude",
                folder=intents,
                target="anthropic.claude-3-haiku-20240307-v1:0",
                train=75,
                validation=75,
                test=350,
            ),
        ]
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.improving")
    parser.add_argument("tables", nargs="*", choices=[*TABLES, []])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--places", default="", help="words that the names of the places hold")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        chosen = [place for place in places(Path(folder)) if options.places in place.name]
        contest = Contest(chosen, options.seeds)
        for name in options.tables or TABLES:
            began, worked = time.perf_counter(), time.process_time()
            for line in TABLES[name](contest):
                print(line, flush=True)
            took, work = time.perf_counter() - began, time.process_time() - worked
            print(f"\n_{name}: {took:.0f} seconds, {work:.0f} of them at work_\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
