"""How fast cases are asked about, beside other clients.

    .venv/bin/python -m benchmarks.asking [--in-flight 50] [--throttled] [--workers 4] [--only boto3 …]

Without a choice of in-flight, throttled or workers every mode is run. Runs of the clients are interleaved, so that a
disturbance of the machine meets all of them.
"""

import argparse
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.asking.clients import CLIENTS, ROOT, THROTTLED, Client
from benchmarks.asking.contest import ClientFailedError, ServerHandle, measure, serving
from benchmarks.asking.measured import Mode, Row, Run, row, table

EVERY_MODE = (
    Mode(in_flight=50),
    Mode(in_flight=200),
    Mode(in_flight=50, throttled=True),
    Mode(in_flight=50, throttled=True, workers=4),
)


def measure_mode(mode: Mode, clients: Sequence[Client], chosen: argparse.Namespace, server: ServerHandle) -> list[Row]:
    """The rows of one mode, one for each client that did not fail in all its runs."""
    runs: dict[str, list[Run]] = {client.name: [] for client in clients}
    for number in range(chosen.runs):
        for client in clients:
            try:
                run = measure(client, mode, cases=chosen.cases, latency_s=chosen.latency_ms / 1000, server=server)
            except ClientFailedError as error:
                print(error, flush=True)
                continue
            runs[client.name].append(run)
            ratio = run.span_s / run.limit_s
            print(f"  run {number + 1}: {client.name}: {ratio:.3f} of the limit, {run.cpu_s:.2f} s CPU", flush=True)
    return [row(name, measured) for name, measured in runs.items() if measured]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--latency-ms", type=float, default=200.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--in-flight", type=int)
    parser.add_argument("--throttled", action="store_true")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--only", nargs="+", metavar="CLIENT", help="names, or beginnings of names")
    parser.add_argument("--json", type=Path, default=ROOT / "out" / "benchmarks" / "asking.json")
    chosen = parser.parse_args()
    modes: Sequence[Mode] = EVERY_MODE
    if chosen.in_flight or chosen.throttled or chosen.workers:
        modes = [Mode(in_flight=chosen.in_flight or 50, throttled=chosen.throttled, workers=chosen.workers or 1)]
    results: list[dict[str, Any]] = []
    with serving() as server:
        for mode in modes:
            wanted = [
                client
                for client in (THROTTLED if mode.throttled else CLIENTS)
                if chosen.only is None or client.name.startswith(tuple(chosen.only))
            ]
            absent = [client.name for client in wanted if not client.installed]
            print(f"{mode}: {chosen.cases} cases, {chosen.latency_ms:.0f} ms", flush=True)
            rows = measure_mode(mode, [client for client in wanted if client.installed], chosen, server)
            print(table(rows, absent), end="\n\n", flush=True)
            results.append({"mode": asdict(mode), "rows": [asdict(each) for each in rows], "not_installed": absent})
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    document = {"machine": machine, "latency_ms": chosen.latency_ms, "modes": results}
    chosen.json.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
