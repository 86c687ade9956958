"""Whether asking survives trouble: faults, a kill, an hour of throttling, a cap on money, a model that is denied.

    .venv/bin/python -m benchmarks.trouble [--only faults killed throttled capped denied] [--json FILE]

Every experiment is a whole run: the real state machine and handlers, and an embedded Bedrock that replays recorded
answers, so that every score is known beforehand, and that counts what it is paid for.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.whole_runs import RECORDINGS, SECOND, SOURCE, TARGET, USD_PER_MILLION, bedrock, declaration, rows, run
from brainswap.core import sharding
from local.bedrock.scenario import Deny, Faults, Rule, Scenario, Slow, Throttle
from local.bedrock.service import Paid
from local.bedrock.trouble import Break, Subject, Trouble, Visit

ROOT = Path(__file__).resolve().parent.parent
TROUBLED = ("Converse*",)
HOUR_S = 3600
CALLS_OF_A_WORKER = 4  # moto serves a hundred requests a second, and 64 workers have many to make
POLL_S = 0.05
PATIENCE_S = 300.0

Figures = Mapping[str, float | int | str | bool]


@contextmanager
def noted_breaks() -> Iterator[list[Break]]:
    """The answers that were generated and then broken, as the scenario decided."""
    breaks: list[Break] = []
    original = Trouble.meet

    def meet(self: Trouble, subject: Subject) -> Visit:
        visit = original(self, subject)
        if visit.breaks is not None:
            breaks.append(visit.breaks)
        return visit

    with mock.patch.object(Trouble, "meet", meet):
        yield breaks


def faults(*, cases: int, streams: bool) -> Figures:
    """Every fourteenth request fails, in one way or another."""
    struck = Faults(errors={"InternalServerException": 0.02, "ModelErrorException": 0.02}, reset=0.02, malformed=0.01)
    asked = rows(cases)
    with bedrock(asked, streams=streams) as calm:
        expected = run(calm, asked, declaration())
    with bedrock(asked, Scenario(rules=(Rule(operations=TROUBLED, faults=struck),)), streams=streams) as server:
        with noted_breaks() as breaks:
            troubled = run(server, asked, declaration())
        operation = "ConverseStream" if streams else "Converse"
        requests, paid = server.count(operation=operation), server.paid().answers
    answers = 2 * cases - len(troubled.unanswered)
    return {
        "streams": streams,
        "status": troubled.status,
        "questions": 2 * cases,
        "requests": requests,
        "failed_requests": requests - answers,
        "answers": answers,
        "lost": 2 * cases - answers,
        "paid": paid,
        "paid_and_broken": len(breaks),
        "paid_double": paid - answers - len(breaks),
        "scores_equal": troubled.scores == expected.scores,
        "calm_s": expected.seconds,
        "troubled_s": troubled.seconds,
    }


def throttled(*, time_factor: float, per_second: float) -> Figures:
    """An hour of a narrow limit: half of it is open in the first ten minutes, nothing in the next ten.

    Args:
        time_factor: seconds of the hour in a second of the clock.
        per_second: requests, of each model, by the hour's own clock.
    """
    burst = max(4.0, 30 * per_second)
    limits = ((0, 600, per_second / 2), (600, 1200, 1e-6), (1200, None, per_second))
    scenario = Scenario(
        time_factor=time_factor,
        rules=tuple(
            Rule(
                operations=TROUBLED,
                from_s=from_s,
                until_s=until_s,
                throttles=(Throttle(unit="requests", rate=rate, burst=burst if rate > 1e-3 else 1),),  # noqa: PLR2004 - none
            )
            for from_s, until_s, rate in limits
        ),
    )
    asked = rows(int(per_second * (300 + HOUR_S - 1200)))
    with bedrock(asked, scenario) as server:
        finished = run(server, asked, declaration())
        refused, requests = server.count(status=429), server.count(operation="ConverseStream")
    return {
        "status": finished.status,
        "questions": 2 * len(asked),
        "lost": len(finished.unanswered),
        "requests": requests,
        "refused": refused,
        "refused_share": refused / requests,
        "seconds": finished.seconds,
        "hours_of_the_model": finished.seconds * time_factor / HOUR_S,
    }


def capped(*, cases: int, budget_usd: str, workers: int, faulty: float = 0.0) -> Figures:
    """Many workers share money that is not enough for all.

    Args:
        cases: of two models.
        budget_usd: for both.
        workers: that race for the money.
        faulty: share of the answers that are broken, which have to be paid all the same.
    """
    struck = Faults(reset=faulty / 2, malformed=faulty / 2)
    slow = Slow(latency_ms=100.0, first_token_ms=50.0)
    scenario = Scenario(rules=(Rule(operations=TROUBLED, slow=slow, faults=struck if faulty else None),))
    asked = rows(cases)
    fixed = mock.patch.object(sharding, "FEWEST_WORKERS", workers)
    with bedrock(asked, scenario, pace=1) as server, fixed:
        finished = run(server, asked, declaration(budget_usd=budget_usd, concurrency=CALLS_OF_A_WORKER * workers))
        paid = cost_usd(server.paid())
    return {
        "status": finished.status,
        "verdict": finished.report.verdict,
        "workers": finished.workers,
        "questions": 2 * cases,
        "answers": 2 * cases - len(finished.unanswered),
        "budget_usd": float(budget_usd),
        "paid_usd": float(paid),
        "committed_usd": float(finished.committed_usd),
        "used_share": float(paid / Decimal(budget_usd)),
        "kept_to": max(paid, finished.committed_usd) <= Decimal(budget_usd),
        "seconds": finished.seconds,
    }


def cost_usd(paid: Paid) -> Decimal:
    return (paid.input_tokens + paid.output_tokens) * USD_PER_MILLION / 1_000_000


def denied(*, cases: int, after_requests: int) -> Figures:
    """One of two targets is closed to the account, from the beginning or from some request on."""
    deny = Deny(error="AccessDeniedException", after_requests=after_requests)
    scenario = Scenario(rules=(Rule(models=(TARGET,), operations=TROUBLED, deny=deny),))
    asked = rows(cases)
    with bedrock(asked, scenario) as server:
        finished = run(server, asked, declaration((TARGET, SECOND)))
        to_the_denied = server.count(operation="ConverseStream", model=TARGET)
        refusals = server.count(operation="ConverseStream", status=403)
        to_others = server.paid(model=SOURCE).answers + server.paid(model=SECOND).answers
    unanswered = [contender for contender, _ in finished.unanswered]
    return {
        "status": finished.status,
        "verdict": finished.report.verdict,
        "after_requests": after_requests,
        "cases": cases,
        "calls_to_the_denied": to_the_denied,
        "refusals": refusals,
        "unasked_or_refused": unanswered.count("target-1-original"),
        "answers_of_others": to_others,
        "lost_of_others": len(unanswered) - unanswered.count("target-1-original"),
        "seconds": finished.seconds,
    }


@contextmanager
def bedrock_process(folder: Path, latency_ms: int) -> Iterator[str]:
    """The embedded Bedrock as a program; the value is its URL."""
    scenario = folder / "scenario.yaml"
    scenario.write_text(f"rules: [{{operation: 'Converse*', slow: {{latency_ms: {latency_ms}}}}}]\n", "utf-8")
    command = [sys.executable, "-m", "local.bedrock", "--until-input-ends", "--cases", str(folder / "cases.jsonl")]
    command += ["--scenario", str(scenario)]
    for model in (SOURCE, TARGET):
        command += ["--recording", f"{model}={RECORDINGS[model]}"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            yield json.loads(process.stdout.readline() if process.stdout else "")["url"]
        finally:
            process.terminate()


def brainswap(url: str, folder: Path, out: Path, *more: str) -> subprocess.Popen[bytes]:
    """Start the command against somebody who stands in for Bedrock."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    settings = {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": url,
        "AWS_ENDPOINT_URL_BEDROCK": url,
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_REGION": "us-east-1",
    }
    command = [sys.executable, "-m", "local", "run", str(folder), "--out", str(out), "--models", "bedrock"]
    return subprocess.Popen([*command, "--json", *more], cwd=ROOT, env=kept | settings, stdout=subprocess.DEVNULL)  # noqa: S603 - ours


def paid_answers(url: str) -> int:
    with urllib.request.urlopen(f"{url}/brainswap/counts") as response:  # noqa: S310 - on loopback
        return sum(each["answers"] for each in json.load(response)["paid"])


def settled(url: str) -> int:
    """The paid answers, once those of calls that nobody waits for any more are counted too."""
    before = -1
    while (now := paid_answers(url)) != before:
        before = now
        time.sleep(0.5)
    return now


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    """A report without what differs from run to run: who, when, how fast, and what came from the cache."""
    for name in ("run_id", "created_at"):
        del document[name]
    for name in ("gates_frozen_at", "first_answer_at"):
        del document["provenance"][name]
    for name in ("calls", "cached"):
        del document["spend"][name]
    for contender in document["contenders"]:
        del contender["latency_ms"], contender["answers"]["cached"]
        contender["ratios"] = {name: one for name, one in contender["ratios"].items() if "latency" not in name}
        contender["unknown"] = {name: one for name, one in contender["unknown"].items() if "latency" not in name}
    return document


def killed(*, cases: int, concurrency: int, latency_ms: int) -> Figures:
    """A run of the command is killed half-way and resumed; another one is left in peace."""
    total = 2 * cases
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "workload"
        folder.mkdir()
        (folder / "workload.yaml").write_text(json.dumps(declaration(concurrency=concurrency)), "utf-8")
        (folder / "cases.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows(cases)), "utf-8")
        reports = [Path(scratch) / name for name in ("killed", "calm")]
        with bedrock_process(folder, latency_ms) as url:
            with brainswap(url, folder, reports[0]) as first:
                wait_until(lambda: paid_answers(url) >= total * 9 // 20 or first.poll() is not None)
                first.send_signal(signal.SIGKILL)
            at_the_kill = settled(url)
            with brainswap(url, folder, reports[0], "--resume") as second:
                code = second.wait(PATIENCE_S)
            paid = settled(url)
        with bedrock_process(folder, latency_ms) as url, brainswap(url, folder, reports[1]) as calm:
            calm.wait(PATIENCE_S)
        resumed, uninterrupted = (json.loads((each / "report.json").read_text("utf-8")) for each in reports)
    spend = resumed["spend"]
    return {
        "exit_codes": f"{first.returncode} {code} {calm.returncode}",
        "questions": total,
        "paid_at_the_kill": at_the_kill,
        "in_flight_at_most": concurrency,
        "paid": paid,
        "paid_again": paid - total,
        "asked_after": spend["calls"],
        "reused": spend["cached"],
        "reports_equal": comparable(resumed) == comparable(uninterrupted),
    }


def wait_until(condition: Callable[[], bool]) -> None:
    """Raises TimeoutError when it takes too long."""
    ends = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError
        time.sleep(POLL_S)


EXPERIMENTS: Mapping[str, Callable[[], Sequence[Figures]]] = {
    "faults": lambda: [faults(cases=2000, streams=streams) for streams in (True, False)],
    "killed": lambda: [killed(cases=1000, concurrency=32, latency_ms=200)],
    "throttled": lambda: [throttled(time_factor=120, per_second=0.2)],
    "capped": lambda: [capped(cases=1600, budget_usd="1.00", workers=64, faulty=faulty) for faulty in (0.0, 0.03)],
    "denied": lambda: [denied(cases=1000, after_requests=number) for number in (0, 200)],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", nargs="+", choices=tuple(EXPERIMENTS), default=list(EXPERIMENTS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    chosen = parser.parse_args()
    found: dict[str, Sequence[Figures]] = {}
    for name in chosen.only:
        found[name] = EXPERIMENTS[name]()
        print(f"\n{name}")
        for figure in found[name][0]:
            values = (each[figure] for each in found[name])
            told = (f"{value:.3f}" if isinstance(value, float) else str(value) for value in values)
            print(f"  {figure:<24}" + "".join(f"{each:>16}" for each in told), flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
