"""What a thousand answers cost in the account besides tokens: our shards beside one Lambda invocation for each case.

    .venv/bin/python -m benchmarks.lambda_cost [--local 1000] [--seconds 2] [--clock 0.25] [--in-flight 16] [--block N]
    .venv/bin/python -m benchmarks.lambda_cost [--answers 100000] [--seconds 2] [--in-flight 16] [--run measured.json]

Without a run, our line follows from the formulas of the forecast. ``--local`` runs the state machine on moto with one
worker and counts what it takes: states, milliseconds of each invocation, DynamoDB's units and S3's requests; ``--run``
reads such counts. The models answer after exactly ``--seconds``, on a clock that runs ``1 / --clock`` times too fast.
To scale back, each Answer gets the waiting that the clock spared it (the rounds in which its calls go, times the
seconds of a call), and the ledger gets the writes of that time. What the client and moto's services take beside it is
not scaled and stays in the bill, so that the figure is too high rather than too low. The line to compare with follows
from formulas. The table of memories adds to the waiting the CPU of the whole process, at Lambda's share of a core.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any, Protocol
from unittest import mock

import boto3
from botocore.client import BaseClient

from benchmarks.scale import write_workload
from brainswap.core import sharding
from brainswap.core.money.engine import (
    PRICED_ON,
    TARGET_USD_PER_1000,
    USD_PER_GB_SECOND,
    WRITE_BYTES,
    Taken,
    taken_by_invocations,
    taken_by_shards,
    writes_of_asking,
)
from brainswap.run_files import RunFiles, workload_prefix
from infrastructure.catalog import FUNCTIONS
from local.cloud import local_cloud
from local.embedded import embedded_bedrock, endpoints
from local.functions import Invocation, environment, invoking
from local.workloads import check_workload

THOUSAND = 1_000
RUN, NAME = "run", "scale"
MEMORIES = (512, 1_024, 1_769)
CORE_MB = 1_769  # of memory, at which Lambda gives one core
STATES_WITHIN = frozenset({"Answer", "CheckAnswered", "Score"})  # of a child, in which its start is one more
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})


class Counts(Protocol):
    """Somebody who counts requests."""

    def request(
        self, service: str, operation: str, parameters: Mapping[str, Any], answer: Mapping[str, Any], /
    ) -> None: ...


@dataclass(slots=True)
class Seen:
    """What a run takes, while it is counted."""

    invocations: list[dict[str, Any]] = field(default_factory=list)
    writes: int = 0
    reads: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    begun: tuple[float, float] = (0.0, 0.0)

    def observe(self, invocation: Invocation) -> None:
        """One worker at a time, so that the process's CPU is the invocation's."""
        if invocation.result is None and invocation.error is None:
            self.begun = time.perf_counter(), time.process_time()
            return
        if invocation.error is not None:
            raise SystemExit(f"{invocation.function}: {invocation.message}")
        wall, cpu = time.perf_counter() - self.begun[0], time.process_time() - self.begun[1]
        memory = {row.state.lower(): row.memory_mb for row in FUNCTIONS}[invocation.function]
        took = {"billed_ms": wall * THOUSAND, "cpu_ms": cpu * THOUSAND}
        self.invocations.append({"function": invocation.function, "memory_mb": memory, **took})

    def request(self, service: str, operation: str, parameters: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        if service == "s3":
            self.requests["puts" if operation.startswith(("Put", "Create", "Upload", "Complete")) else "gets"] += 1
        elif operation == "BatchWriteItem":
            items = [each["PutRequest"]["Item"] for batch in parameters["RequestItems"].values() for each in batch]
            self.writes += sum(map(units, items))
        elif operation in WRITES:
            self.writes += units(parameters.get("Item") or answer.get("Attributes") or {})
        elif operation == "BatchGetItem":
            self.reads += sum(len(keys["Keys"]) for keys in parameters["RequestItems"].values())
        elif service == "dynamodb":
            self.reads += 1


def units(item: Any) -> int:
    """Write units of an item, whose names and values are about as long as its JSON."""
    return max(1, ceil(len(json.dumps(item)) / WRITE_BYTES))


@contextmanager
def counting(seen: Counts) -> Iterator[None]:
    """While the block runs, every request that a handler makes of S3 and DynamoDB is seen."""
    original = BaseClient._make_api_call  # type: ignore[attr-defined] # noqa: SLF001 - events do not see the answers

    def call(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
        answer = original(client, operation, parameters)
        service = client.meta.service_model.service_name
        if invoking.get() is not None and service in {"s3", "dynamodb"}:
            seen.request(service, operation, parameters, answer)
        return answer

    with mock.patch.object(BaseClient, "_make_api_call", call):
        yield


@contextmanager
def cutting(in_flight: int, block: int | None) -> Iterator[None]:
    """While the block runs, workers have so many calls in flight, and shards so many cases, if that is said."""
    sizes = {} if block is None else {"SMALLEST_BLOCK": block, "LARGEST_BLOCK": block}
    with ExitStack() as stack:
        for name, value in {"MOST_IN_FLIGHT": in_flight, "FEWEST_WORKERS": 1, **sizes}.items():
            stack.enter_context(mock.patch.object(sharding, name, value))
        yield


def run_locally(cases: int, seconds: float, clock: float, in_flight: int, block: int | None) -> dict[str, Any]:
    """Run with one worker and return what it took, at a clock of 1."""
    seen = Seen()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "workload"
        write_workload(folder, cases, "live", in_flight, seconds * THOUSAND)
        checked = check_workload(folder, "embedded")
        served = embedded_bedrock(
            cases=checked.stage(Path(scratch) / "staged.jsonl"),
            inputs=checked.loaded.prompt.placeholders,
            recordings=checked.recordings,
            simulated=(),
            seed=0,
            pace=clock,
        )
        with (
            cutting(in_flight, block),
            served as url,
            environment(endpoints(url)),
            local_cloud(realm="embedded", observer=seen.observe) as cloud,
            counting(seen),
        ):
            for name in checked.files:
                key = f"{workload_prefix(NAME, '1')}/{name}"
                boto3.client("s3").upload_file(str(folder / name), cloud.bucket, key)
            request = {"run_id": RUN, "workload": NAME, "version": "1", "started_at": "2026-11-02T00:00:00Z"}
            execution = cloud.start(RUN, request)
            outcome = cloud.wait(execution)
            if outcome.status != "SUCCEEDED":
                raise SystemExit(f"{outcome.error}: {outcome.cause}")
            listed = RunFiles(cloud.using.artifacts, RUN).shard_list()
            pages = (
                boto3.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=execution)
            )
            entered = sum(event["type"].endswith("StateEntered") for page in pages for event in page["events"])
    if listed is None:
        raise SystemExit("nothing was evaluated")
    asking = [one for one in seen.invocations if one["function"] == "answer"]
    scoring = [one for one in seen.invocations if one["function"] == "score"]
    shards, answers = len(scoring), listed.cases * len(listed.contenders)
    if len(asking) != shards:
        raise SystemExit("a shard went on in a second invocation; the scaling back knows of none")
    spared_s = sum(_spare(asking, answers, seconds, clock, in_flight))
    return {
        "answers": answers,
        "transitions": entered + (1 + len(STATES_WITHIN)) * shards,
        "invocations": seen.invocations,
        "writes": seen.writes + writes_of_asking(Decimal(str(spared_s)), 1),
        "reads": seen.reads,
        "puts": seen.requests["puts"],
        "gets": seen.requests["gets"],
        "shards": shards,
    }


def _spare(asking: list[dict[str, Any]], answers: int, seconds: float, clock: float, in_flight: int) -> Iterator[float]:
    """Give each invocation the seconds that the clock spared it."""
    for one in asking:
        rounds = ceil(answers / len(asking) / in_flight)
        spared_s = rounds * seconds * (1 - clock)
        one["billed_ms"] += spared_s * THOUSAND
        one["waited_ms"] = rounds * seconds * THOUSAND
        yield spared_s


def measured(document: Mapping[str, Any]) -> Taken:
    """What a run took; Lambda bills whole milliseconds."""
    invocations = document["invocations"]
    gb_ms = sum(Decimal(each["memory_mb"]) / 1024 * ceil(each["billed_ms"]) for each in invocations)
    return Taken(
        transitions=document["transitions"],
        requests=len(invocations),
        gb_seconds=Decimal(gb_ms) / THOUSAND,
        writes=document["writes"],
        reads=document["reads"],
        puts=document["puts"],
        gets=document["gets"],
    )


def row(name: str, taken: Taken, answers: int) -> str:
    """Dollars for a thousand answers, by service and in all."""
    parts = "".join(f"{usd * THOUSAND / answers:>16.6f}" for usd in taken.usd.values())
    return f"{name:<22}{parts}{taken.total_usd * THOUSAND / answers:>12.6f}"


def memories(document: Mapping[str, Any]) -> Iterator[str]:
    """Dollars of the time of Answer for a thousand answers, by the memory that it is given."""
    asking = [one for one in document["invocations"] if one["function"] == "answer"]
    waited, cpu = (sum(one[name] for one in asking) / THOUSAND for name in ("waited_ms", "cpu_ms"))
    answers = document["answers"]
    yield f"Answer waits {THOUSAND * waited / answers:.1f} ms and computes {THOUSAND * cpu / answers:.1f} ms an answer"
    for memory in MEMORIES:
        seconds = Decimal(str(waited + cpu * CORE_MB / memory))
        usd = seconds * memory / 1024 * USD_PER_GB_SECOND * THOUSAND / answers
        yield f"{memory:>7} MB  {usd:.6f} USD of its time"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--answers", type=int, default=100_000, metavar="N")
    parser.add_argument("--seconds", type=float, default=2.0, metavar="S", help="of one call")
    parser.add_argument("--in-flight", type=int, default=sharding.MOST_IN_FLIGHT, metavar="N", help="in one worker")
    parser.add_argument("--run", type=Path, metavar="FILE", help="what a run took")
    parser.add_argument("--local", type=int, metavar="N", help="run so many cases here and count")
    parser.add_argument("--clock", type=float, default=0.25, metavar="X", help="of the models; 1 is real time")
    parser.add_argument("--block", type=int, metavar="N", help="cases in a shard, whatever their number")
    chosen = parser.parse_args()
    answers = chosen.answers
    document: dict[str, Any] = {}
    if chosen.local:
        document = run_locally(chosen.local, chosen.seconds, chosen.clock, chosen.in_flight, chosen.block)
    elif chosen.run:
        document = json.loads(chosen.run.read_text("utf-8"))
    if document:
        answers, ours = document["answers"], measured(document)
    else:
        plan = sharding.shard_plan(answers, THOUSAND)
        ours = taken_by_shards(
            answers=answers,
            seconds_per_call=chosen.seconds,
            in_flight=chosen.in_flight,
            block=chosen.block or plan.block,
            side_by_side=plan.side_by_side,
        )
    each = taken_by_invocations(answers=answers, seconds_per_call=chosen.seconds)
    print(f"US dollars for 1,000 answers of {chosen.seconds:g} s, {answers:,} in all, at prices of {PRICED_ON}")
    print(f"{'':<22}{''.join(f'{service:>16}' for service in ours.usd)}{'total':>12}")
    print(row("measured, shards" if document else "formulas, shards", ours, answers))
    print(row("an invocation a case", each, answers))
    factor = each.total_usd / ours.total_usd
    met = "met" if ours.total_usd * THOUSAND / answers <= TARGET_USD_PER_1000 else "missed"
    print(f"{factor:.1f} times less; the target of {TARGET_USD_PER_1000} USD is {met}")
    if chosen.local:
        print(
            f"{document['shards']:,} shards, {document['transitions']:,} states, {ours.requests:,} invocations, "
            f"{ours.writes:,} writes, {ours.reads:,} reads, {ours.puts:,} puts, {ours.gets:,} gets"
        )
        print("\n".join(memories(document)))


if __name__ == "__main__":
    main()
