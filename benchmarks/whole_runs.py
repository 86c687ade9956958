"""Whole runs in one process, of recorded answers whose scores are known, against a server that counts what is paid."""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from brainswap.core.answers import AnswerStatus
from brainswap.core.cases import Case
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from local.bedrock.catalogue import CatalogueModel
from local.bedrock.scenario import Scenario
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import local_cloud
from local.embedded import endpoints
from local.functions import Invocation, environment

RUN = "trouble"
SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
SECOND = "amazon.nova-micro-v1:0"
RECORDINGS = {SOURCE: "old", TARGET: "new", SECOND: "small"}
WRONG_EVERY = {"old": 7, "new": 5, "small": 3}
USD_PER_MILLION = Decimal(30)
WORDS = "Answer yes or no. Say nothing else, give no reason, and do not repeat the question. "


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A run that has ended.

    Attributes:
        scores: by contender and case.
        unanswered: contender and case of every answer that is none.
        committed_usd: what the run's purse holds against a cap.
        workers: ``Answer`` steps that ran side by side, at most.
        seconds: from the first of these steps to the end of the last.
    """

    status: str
    report: Report
    scores: Mapping[tuple[str, str], float | None]
    unanswered: frozenset[tuple[str, str]]
    committed_usd: Decimal
    workers: int
    seconds: float


@dataclass(slots=True)
class SideBySide:
    """Watches the ``Answer`` steps; an observer of the cloud."""

    now: int = 0
    most: int = 0
    began: float | None = None
    ended: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, told: Invocation) -> None:
        if told.function == "answer":
            with self.lock:
                self.now += 1 if told.result is None and told.error is None else -1
                self.most = max(self.most, self.now)
                self.ended = time.perf_counter()
                self.began = self.began or self.ended


def rows(count: int) -> list[dict[str, Any]]:
    """Cases with an answer of every model, some of them wrong."""
    return [
        {
            "id": f"case-{number}",
            "input": {"question": f"Is {number} a number?"},
            "reference": "yes",
            "recorded": {
                name: {"output": "yes" if number % wrong else "no", "latency_ms": 40.0, "first_token_ms": 20.0}
                for name, wrong in WRONG_EVERY.items()
            },
        }
        for number in range(count)
    ]


def declaration(targets: Sequence[str] = (TARGET,), **limits: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "name": RUN,
        "prompt": {"user": f"{WORDS}{{{{question}}}}"},
        "cases": "cases.jsonl",
        "source": {"model": SOURCE, "recorded": RECORDINGS[SOURCE], "parameters": {"max_tokens": 10}},
        "targets": [{"model": model, "recorded": RECORDINGS[model]} for model in targets],
        "scorers": [{"name": "right", "type": "exact", "ignore_case": True}],
        "gates": [{"scorer": "right", "rule": "not_worse", "margin": 0.2}],
        "prices": {model: {"input": float(USD_PER_MILLION), "output": float(USD_PER_MILLION)} for model in RECORDINGS},
        "limits": {"concurrency": 32, **limits},
    }


@contextmanager
def bedrock(
    cases: Sequence[Mapping[str, Any]], scenario: Scenario | None = None, *, streams: bool = True, pace: float = 0
) -> Iterator[EmbeddedBedrock]:
    catalogue = tuple(
        CatalogueModel(model_id=model, provider="Anybody", name=name, streaming=streams)
        for model, name in RECORDINGS.items()
    )
    models = Models(recordings=RECORDINGS, catalogue=catalogue)
    parsed = [Case.model_validate(case) for case in cases]
    with EmbeddedBedrock(cases=parsed, models=models, pace=pace, scenario=scenario) as server:
        yield server


def run(server: EmbeddedBedrock, cases: Sequence[Mapping[str, Any]], declared: Mapping[str, Any]) -> Finished:
    """A run from its upload to its report, in a cloud of its own."""
    side_by_side = SideBySide()
    with ExitStack() as stack:
        stack.enter_context(environment(endpoints(server.url)))
        cloud = stack.enter_context(local_cloud(realm="embedded:trouble", observer=side_by_side))
        lines = "".join(json.dumps(one) + "\n" for one in cases)
        files = {"workload.yaml": json.dumps(declared), "cases.jsonl": lines}
        for name, text in files.items():
            cloud.using.artifacts.write(f"workloads/{RUN}/v1/{name}", text.encode(), "text/plain")
        request = {"run_id": RUN, "workload": RUN, "version": "v1", "started_at": "2026-11-01T12:00:00Z"}
        outcome = cloud.wait(cloud.start(RUN, request))
        left = RunFiles(cloud.using.artifacts, RUN)
        listed = left.shard_list()
        samples = {
            (contender, sample.case_id): sample
            for contender in (listed.contenders if listed else ())
            for block in range(listed.blocks if listed else 0)
            for sample in left.samples(contender, block)
        }
        return Finished(
            status=outcome.status,
            report=from_json(left.read_text("report.json")),
            scores={place: sample.scores["right"] for place, sample in samples.items()},
            unanswered=frozenset(p for p, sample in samples.items() if sample.status is not AnswerStatus.ANSWERED),
            committed_usd=cloud.using.purse.balance(RUN).committed,
            workers=side_by_side.most,
            seconds=side_by_side.ended - (side_by_side.began or side_by_side.ended),
        )
