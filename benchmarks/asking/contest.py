"""Runs a client's processes against the server and takes their measures."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks.asking.clients import ROOT, Client
from benchmarks.asking.measured import Mode, Run, throttled_limit_s, unthrottled_limit_s
from benchmarks.asking.peers.assignment import Assignment

ACCEPTED = 0.6  # of what is offered, where the server throttles
BURST_S = 0.1  # of the rate
TRIAL_CASES = 500


class ClientFailedError(Exception):
    """A client ended without saying how many cases it answered; with the last lines of what it said instead."""


class ServerHandle:
    """The measuring server, in a process of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.url = f"http://127.0.0.1:{port}"

    def reset(self, manner: Mapping[str, Any]) -> None:
        self._ask("POST", "/reset", json.dumps(manner))

    def stats(self) -> dict[str, Any]:
        return dict(self._ask("GET", "/stats"))

    def _ask(self, method: str, path: str, body: str | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request(method, path, body)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def serving() -> Iterator[ServerHandle]:
    """A server for as long as the block lasts."""
    command = [sys.executable, "-m", "benchmarks.asking.server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            yield ServerHandle(int(process.stdout.readline() if process.stdout else 0))
        finally:
            process.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Used:
    answered: int
    cpu_s: float
    peak_mb: float


def measure(client: Client, mode: Mode, *, cases: int, latency_s: float, server: ServerHandle) -> Run:
    """One run.

    Where the server throttles, it accepts 60 % of what the calls in flight could offer, or of what the client does
    offer (asked in a run before, without throttling) when that is too little to be throttled at all.

    Raises:
        ClientFailedError: there is nothing to measure.
    """
    manner: dict[str, Any] = {"latency_ms": latency_s * 1000, "first_piece_ms": latency_s * 200}
    if not mode.throttled:
        return _run(client, mode, cases=cases, manner=manner, server=server)
    rate = ACCEPTED * mode.in_flight / latency_s
    trial = _run(client, mode, cases=min(cases, TRIAL_CASES), manner=manner, server=server)
    offered = trial.cases / trial.span_s
    if offered <= rate:
        rate = ACCEPTED * offered
    manner |= {"rate_per_s": rate, "burst": max(1.0, rate * BURST_S)}
    return _run(client, mode, cases=cases, manner=manner, server=server)


def _run(client: Client, mode: Mode, *, cases: int, manner: Mapping[str, Any], server: ServerHandle) -> Run:
    server.reset(manner)
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        started = [
            _start(client, part, Path(home), number) for number, part in enumerate(_parts(client, mode, cases, server))
        ]
        used = [_await(client, process, said) for process, said in started]
        wall_s = time.perf_counter() - began
    stats = server.stats()
    answered = sum(each.answered for each in used)
    return Run(
        cases=cases,
        answered=answered,
        requests=stats["accepted"] + stats["throttled"],
        limit_s=_limit_s(mode, manner, answered),
        span_s=stats["last_answer_s"] - stats["first_request_s"],
        wall_s=wall_s,
        first_request_s=stats["first_request_s"],
        cpu_s=sum(each.cpu_s for each in used),
        peak_mb=max(each.peak_mb for each in used),
        rate_per_s=manner.get("rate_per_s"),
        connections=stats["connections"] - 1,  # the last is ours, to ask for these figures
        server_cpu_us=stats["cpu_us_per_call"],
    )


def _limit_s(mode: Mode, manner: Mapping[str, Any], answered: int) -> float:
    """For what was answered: who gives cases up is not faster for it."""
    latency_s = manner["latency_ms"] / 1000
    rate: float | None = manner.get("rate_per_s")
    if rate is None:
        return unthrottled_limit_s(cases=answered, latency_s=latency_s, in_flight=mode.in_flight)
    return throttled_limit_s(cases=answered, latency_s=latency_s, rate_per_s=rate, burst=manner["burst"])


def _parts(client: Client, mode: Mode, cases: int, server: ServerHandle) -> list[Assignment]:
    """What each process of the client is told to do."""
    everything = Assignment(
        url=server.url,
        first=0,
        cases=cases,
        in_flight=mode.in_flight,
        variant=client.variant,
        streams=client.streams,
        workers=mode.workers,
    )
    return [everything] if client.threads else everything.shared_out(mode.workers)


def _start(client: Client, part: Assignment, home: Path, number: int) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    said = (home / f"said-{number}").open("w+b")
    process = subprocess.Popen(  # noqa: S603 - the table of clients
        client.command(part), cwd=ROOT, env=_environment(home), stdout=said, stderr=subprocess.STDOUT
    )
    return process, said


def _await(client: Client, process: subprocess.Popen[bytes], said: IO[bytes]) -> _Used:
    """Wait for a process, and read from the kernel what it and the processes that it waited for have used."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    said.seek(0)
    lines = said.read().decode("utf-8", "replace").strip().splitlines()
    said.close()
    if process.returncode or not lines:
        raise ClientFailedError("\n".join([*lines[-20:], f"{client.name} ended with {process.returncode}"]))
    return _Used(
        answered=json.loads(lines[-1])["answered"], cpu_s=used.ru_utime + used.ru_stime, peak_mb=used.ru_maxrss / 1024
    )


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's: no profile, no proxy, no key; and nobody tells anyone about the run."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "AWS_ACCESS_KEY_ID": "measured",
        "AWS_SECRET_ACCESS_KEY": "measured",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "PROMPTFOO_CONFIG_DIR": str(home),
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "PROMPTFOO_DISABLE_UPDATE": "1",
    }
