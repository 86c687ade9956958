"""The states of a run in their order, in memory, as the machine goes through them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from brainswap.contracts import PrepareRequest, RunRequest, ShardRef, ShardRequest, ShardResult
from brainswap.core.decision.samples import Sample
from brainswap.handlers import answer, decide, judge, prepare, report, score, shard, translate
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN

LONG_S = 900.0


def sharded(using: MemoryDependencies, request: PrepareRequest) -> ShardResult:
    """Everything up to and with Shard."""
    improved = [translate.run(target, using) for target in prepare.run(request, using).targets]
    return shard.run(ShardRequest(run_id=request.run_id, improved=improved), using)


def listed_shards(using: MemoryDependencies, listed: ShardResult) -> list[ShardRef]:
    return [ShardRef.model_validate(one) for one in json.loads(using.artifacts.read(listed.key))]


def evaluate(using: MemoryDependencies, shards: list[ShardRef]) -> None:
    """Evaluate: ask and score."""
    for each in shards:
        assert answer.run(each, using, lambda: LONG_S).finished
        score.run(each, using)


def judge_all(using: MemoryDependencies, shards: list[ShardRef]) -> None:
    """JudgeAll."""
    for each in shards:
        assert judge.run(each, using, lambda: LONG_S).finished


def evaluated(using: MemoryDependencies, request: PrepareRequest) -> list[ShardRef]:
    """Everything up to and with Evaluate; return the shards."""
    shards = listed_shards(using, sharded(using, request))
    evaluate(using, shards)
    return shards


def reported(using: MemoryDependencies, run_id: str = RUN) -> Report:
    """Decide and Report."""
    whole = RunRequest(run_id=run_id)
    decide.run(whole, using)
    report.run(whole, using)
    return from_json(RunFiles(using.artifacts, run_id).read_text("report.json"))


def samples(using: MemoryDependencies, contender: str) -> list[Sample]:
    """Those of the first block."""
    return list(RunFiles(using.artifacts, RUN).samples(contender, 0))


def out_of_time_once(monkeypatch: pytest.MonkeyPatch, handler: Any) -> None:
    """From now on the handler has no time left when it is asked for something the first time."""
    real: Callable[..., Any] = handler.run
    seen = set()

    def run(request: Any, using: Any, time_left_s: Any) -> Any:
        if request in seen:
            return real(request, using, time_left_s)
        seen.add(request)
        return real(request, using, lambda: 0.0)

    monkeypatch.setattr(handler, "run", run)
