"""What a million cases take of a run: memory and time of the states that see every case, and what must stay flat.

    .venv/bin/python -m benchmarks.million [--cases 10000 1000000] [--walk 3000 12000] [--tokens-per-minute N]
        [--splits]

Three live contenders. ``check``, Prepare and Shard run over generated cases, each in a process of its own, with files
on this disk in place of S3; peak is VmHWM of /proc, the high-water mark of resident memory. Prepare is told the quotas;
``check`` asks nobody. Then the state machine itself runs twice over recorded answers, on moto: how many events its
history has, how large its largest payload and its largest event are, and what Decide and Report take for each answer.
A second of this machine is not one of Lambda, whose S3 answers more slowly than a disk: those waits are told as counts.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import boto3

from benchmarks.lambda_cost import counting
from benchmarks.scale import watch, write_workload
from brainswap.adapters.directory import DirectoryFolder
from brainswap.contracts import PrepareRequest, ShardRequest, TranslateRequest
from brainswap.core.errors import ArtifactMissingError
from brainswap.core.money.engine import MOST_CHILDREN, MOST_ITEMS
from brainswap.core.preflight import ModelFacts
from brainswap.core.quotas import Quota
from brainswap.handlers import prepare, shard, translate
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles, workload_prefix
from brainswap.runtime import Runtime
from infrastructure.catalog import FUNCTIONS
from local.cloud import local_cloud
from local.functions import Invocation, invoking
from local.workloads import check_workload
from tests.fakes.stores import MemoryLedger

RUN, NAME, VERSION = "run", "scale", "1"
STATES = ("prepare", "shard")
CONCURRENCY = 1_000
MOST_EVENTS = 25_000  # of an execution's history
MOST_PAYLOAD = 262_144  # bytes of a state's input or output, and of an item of a map
MANY = 3_000_000  # answers, of a million cases
GET_S = 0.02  # that S3 takes for a small object, about
LIMIT_S = {row.state.lower(): row.timeout_s for row in FUNCTIONS}
INT_BYTES = 36  # of an integer that is a hash
# Of a child, with CheckAnswered: its start, Answer, Score and its end; a pause, Answer and what leads back to it.
EVENTS_OF_A_CHILD, EVENTS_OF_GOING_ON = 1 + 5 + 2 + 5 + 1, 2 + 2 + 5 + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FileArtifacts:
    """Files below a folder, by key."""

    root: Path

    def read(self, key: str) -> bytes:
        with self._opened(key) as file:
            return file.read()

    def write(self, key: str, data: bytes, content_type: str, *, final: bool = False) -> None:  # noqa: ARG002 - the port has it
        with self.writing(key, content_type) as file:
            file.write(data)

    def lines(self, key: str) -> Iterator[bytes]:
        with self._opened(key) as file:
            for line in file:
                yield line.rstrip(b"\n")

    @contextmanager
    def writing(self, key: str, content_type: str, *, final: bool = False) -> Iterator[BinaryIO]:  # noqa: ARG002 - a disk keeps no types
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            yield file

    def exists(self, key: str) -> bool:
        return (self.root / key).exists()

    def keys(self, prefix: str) -> Iterator[str]:
        below = (path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())
        return iter(sorted(key for key in below if key.startswith(prefix)))

    def folders(self, prefix: str) -> Iterator[str]:
        return iter(sorted(path.name for path in (self.root / prefix).glob("*/")))

    def folder(self, prefix: str) -> DirectoryFolder:
        return DirectoryFolder(self.root / prefix)

    def _opened(self, key: str) -> BinaryIO:
        try:
            return (self.root / key).open("rb")
        except FileNotFoundError:
            raise ArtifactMissingError(key) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account that has every model, with one quota for each."""

    tokens: int

    def facts(self, model_id: str) -> ModelFacts:
        return ModelFacts(
            model_id=model_id,
            status="ACTIVE",
            end_of_life=None,
            streams=True,
            regions=("us-east-1",),
            unavailable_because=None,
        )

    def of(self, model_ids: Collection[str]) -> Mapping[str, Quota]:
        return dict.fromkeys(model_ids, Quota(tokens_per_minute=self.tokens, named="tokens per minute"))


@dataclass(frozen=True)
class Apart(Runtime):
    """The dependencies of a process that asks nobody."""

    root: Path
    account: Account

    @cached_property
    def artifacts(self) -> FileArtifacts:
        return FileArtifacts(root=self.root)

    @cached_property
    def ledger(self) -> MemoryLedger:
        return MemoryLedger()

    @cached_property
    def catalogue(self) -> Account:
        return self.account

    @cached_property
    def quotas(self) -> Account:
        return self.account


def run_state(state: str, using: Dependencies) -> dict[str, Any]:
    """Run one state over what the states before it left; its input and its output as the machine carries them."""
    if state == "prepare":
        asked = PrepareRequest(run_id=RUN, workload=NAME, version=VERSION, started_at=datetime(2026, 11, 2, tzinfo=UTC))
        prepared = prepare.run(asked, using)
        return {"input": asked.model_dump(mode="json"), "output": prepared.model_dump(mode="json")}

    targets = [TranslateRequest(run_id=RUN, target=number) for number in range(2)]
    improved = [translate.run(target, using) for target in targets]
    request = ShardRequest(run_id=RUN, improved=improved)
    listed = shard.run(request, using)
    return {"input": request.model_dump(mode="json"), "output": listed.model_dump(mode="json")}


def size(document: Any) -> int:
    return len(json.dumps(document))


def measure(cases: int, tokens: int, *, splits: bool) -> None:
    """Print what ``check``, Prepare and Shard take, and what they say."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        folder = root / workload_prefix(NAME, VERSION)
        write_workload(folder, cases, "live", CONCURRENCY, splits=splits)
        megabytes = (folder / "cases.jsonl").stat().st_size / 1e6
        hashes = (sys.getsizeof(set(range(cases))) + INT_BYTES * cases) / (1 << 20)
        print(f"\n{cases:,} cases, {megabytes:,.0f} MB; the hashes of their ids are a set of {hashes:,.1f} MB")
        print(f"{'':>10}  {'peak MB':>8}  {'seconds':>8}  {'CPU s':>8}  {'input B':>8}  {'output B':>8}")
        checked = watch(["-m", "local", "check", str(folder), "--models", "embedded"])
        print(
            f"{'check':>10}  {checked.peak_mb:>8.0f}  {checked.seconds:>8.1f}  {checked.cpu_seconds:>8.1f}", flush=True
        )
        for state in STATES:
            told = ["--state", state, "--folder", scratch, "--tokens-per-minute", str(tokens)]
            ran = watch(["-m", "benchmarks.million", *told])
            payloads = json.loads(ran.said)
            print(
                f"{state:>10}  {ran.peak_mb:>8.0f}  {ran.seconds:>8.1f}  {ran.cpu_seconds:>8.1f}  "
                f"{size(payloads['input']):>8}  {size(payloads['output']):>8}",
                flush=True,
            )
        print("check says:")
        for line in checked.said.splitlines():
            print(f"  {line}")
        _tell_shards(FileArtifacts(root=root), payloads["output"], tokens)


def _tell_shards(artifacts: FileArtifacts, listed: Mapping[str, Any], tokens: int) -> None:
    """What Shard left, beside the limits of a Distributed Map."""
    frozen = RunFiles(artifacts, RUN).run()
    blocks = len(list((artifacts.root / "runs" / RUN / "blocks").iterdir()))
    whole = artifacts.read(listed["key"])
    items = json.loads(whole)
    if len(items) != listed["shards"]:
        raise SystemExit(f"{len(items)} items are listed, and {listed['shards']} shards were told")
    largest = max(map(size, items))
    engine = frozen.forecast.engine
    if engine is None:
        raise SystemExit("Prepare forecast no engine")
    print(f"Prepare says, with {tokens:,} tokens per minute of each model:")
    print(
        f"  {engine.shards:,} shards, {engine.minutes:,.0f} minutes at {frozen.forecast.limited_by}, "
        f"{engine.total_usd:,.2f} USD of AWS besides tokens; beyond its limits: {', '.join(engine.beyond) or 'nothing'}"
    )
    print(f"files that Shard wrote one after the other: {blocks + 4:,}; shards.json has {len(whole):,} bytes")
    print("limits of the Distributed Map:")
    print(f"  items             {len(items):>11,} of {MOST_ITEMS:,}")
    print(f"  bytes of an item  {largest:>11,} of {MOST_PAYLOAD:,}")
    print(f"  children at once  {listed['side_by_side']:>11,} of {MOST_CHILDREN:,}")
    rounds = (MOST_EVENTS - EVENTS_OF_A_CHILD) // EVENTS_OF_GOING_ON
    print(f"  events of a child {EVENTS_OF_A_CHILD:>11,} of {MOST_EVENTS:,}; it may go on {rounds:,} times")


@dataclass(slots=True)
class Walk:
    """What is seen of invocations."""

    payload: int = 0
    largest: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    begun: dict[int, float] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)

    def request(self, service: str, _operation: str, _parameters: Any, _answer: Any) -> None:
        if service == "s3":
            self.requests[str(invoking.get())] += 1

    def observe(self, invocation: Invocation) -> None:
        thread = threading.get_ident()
        if invocation.error is not None:
            raise SystemExit(f"{invocation.function}: {invocation.message}")
        if invocation.result is None:
            self.begun[thread] = time.thread_time()
        else:
            took = time.thread_time() - self.begun.pop(thread)
            self.seconds[invocation.function] = self.seconds.get(invocation.function, 0.0) + took
        bytes_ = size(dict(invocation.payload if invocation.result is None else invocation.result))
        if bytes_ > self.payload:
            self.payload, self.largest = bytes_, invocation.function


def walk(cases: int) -> None:
    """Run the whole machine over recorded answers and print a row."""
    seen = Walk()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "workload"
        write_workload(folder, cases, "recorded")
        checked = check_workload(folder, "embedded")
        with local_cloud(realm="embedded", account=False, observer=seen.observe) as cloud, counting(seen):
            s3 = boto3.client("s3")
            for name in checked.files:
                s3.upload_file(str(folder / name), cloud.bucket, f"{workload_prefix(NAME, VERSION)}/{name}")
            request = {"run_id": RUN, "workload": NAME, "version": VERSION, "started_at": "2026-11-02T00:00:00Z"}
            execution = cloud.start(RUN, request)
            outcome = cloud.wait(execution)
            if outcome.status != "SUCCEEDED":
                raise SystemExit(f"{outcome.error}: {outcome.cause}")
            events = history(execution)
            listed = RunFiles(cloud.using.artifacts, RUN).shard_list()
    if listed is None:
        raise SystemExit("nothing was evaluated")
    answers = listed.cases * len(listed.contenders)
    each = "  ".join(
        f"{1000 * seen.seconds[state] / answers:>9.3f}" for state in ("answer", "score", "decide", "report")
    )
    largest = max(map(size, map(_details, events)))
    shards = listed.blocks * len(listed.contenders)
    print(f"{cases:>9,}  {shards:>6,}  {len(events):>6,}  {largest:>9,}  {seen.payload:>9,}  {each}", flush=True)
    for state in ("decide", "report"):
        cpu_s, requests = (total / answers * MANY for total in (seen.seconds[state], seen.requests[state]))
        waits_s = requests * GET_S
        print(
            f"{'':>9}  at this rate {state} takes {cpu_s:,.0f} s of CPU for {MANY:,} answers, and {requests:,.0f} "
            f"requests of S3 one after the other: {waits_s:,.0f} s at {GET_S * 1000:g} ms; it has {LIMIT_S[state]} s"
        )


def history(execution: str) -> Sequence[Mapping[str, Any]]:
    pages = boto3.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=execution)
    return [dict(event) for page in pages for event in page["events"]]


def _details(event: Mapping[str, Any]) -> list[Any]:
    return [value for name, value in event.items() if name.endswith("EventDetails")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, nargs="*", default=[10_000, 1_000_000], metavar="N")
    parser.add_argument("--walk", type=int, nargs="*", default=[3_000, 12_000], metavar="N", help="cases on moto")
    parser.add_argument("--tokens-per-minute", type=int, default=2_000_000, metavar="N", help="quota of each model")
    parser.add_argument("--splits", action="store_true", help="share the cases out, and look for near-duplicates")
    parser.add_argument("--state", choices=STATES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.state:
        using = Apart({"BRAINSWAP_REALM": "embedded"}, chosen.folder, Account(tokens=chosen.tokens_per_minute))
        print(json.dumps(run_state(chosen.state, using)))
        return
    if chosen.walk:
        print(
            f"{'':>9}  {'':>6}  {'parent':>6}  {'largest':>9}  {'largest':>9}  {'CPU ms of an answer, S3 included':^42}"
        )
        heads = f"{'event B':>9}  {'payload B':>9}  {'answer':>9}  {'score':>9}  {'decide':>9}  {'report':>9}"
        print(f"{'cases':>9}  {'shards':>6}  {'events':>6}  {heads}")
    for cases in chosen.walk:
        walk(cases)
    for cases in chosen.cases:
        measure(cases, chosen.tokens_per_minute, splits=chosen.splits)


if __name__ == "__main__":
    main()
