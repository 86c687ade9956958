"""The state ``Answer`` itself, a shard for each worker, on the real clients; what it stores stays in memory."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cached_property

from benchmarks.asking.peers.assignment import EXPECTED, MAX_TOKENS, MODEL, Assignment, assignment, done
from brainswap.contenders import SOURCE
from brainswap.contracts import AnswerResult, FoundPrice, FrozenMessage, FrozenPrompt, FrozenRun, ShardRef
from brainswap.core.cases import Case
from brainswap.core.money.forecasts import Forecast
from brainswap.core.workload import Workload
from brainswap.handlers import answer
from brainswap.lineup import source_contender
from brainswap.ports import AnswerCache, Artifacts, Ledger, Paces, Purse
from brainswap.run_files import RunFiles
from brainswap.runtime import Runtime
from tests.fakes.stores import MemoryArtifacts, MemoryLedger
from tests.fakes.workers import MemoryAnswerCache, MemoryPaces, MemoryPurse

RUN = "asking"
OPENAI_MODEL = "openai:measured"
INVOCATION_S = 900.0


class MemoryRuntime(Runtime):
    """The dependencies of a function, except that nothing leaves the process but questions."""

    @cached_property
    def artifacts(self) -> Artifacts:
        return MemoryArtifacts()

    @cached_property
    def ledger(self) -> Ledger:
        return MemoryLedger()

    @cached_property
    def paces(self) -> Paces:
        return MemoryPaces()

    @cached_property
    def purse(self) -> Purse:
        return MemoryPurse()

    @cached_property
    def cache(self) -> AnswerCache:
        return MemoryAnswerCache()


def freeze(task: Assignment, files: RunFiles) -> None:
    """Leave the files that ``Answer`` reads: the run, its source, and a block of cases for each worker."""
    model = OPENAI_MODEL if task.variant == "openai" else MODEL
    prompt = "{{asked}}"
    workload = Workload.model_validate(
        {
            "version": 1,
            "name": RUN,
            "prompt": {"user": prompt},
            "cases": "cases.jsonl",
            "source": {"model": model, "parameters": {"max_tokens": MAX_TOKENS}},
            "targets": [{"model": model}],
            "scorers": [{"name": "right", "type": "exact"}],
        }
    )
    frozen = FrozenRun(
        run_id=RUN,
        created_at=datetime.now(UTC),
        seed=0,
        workload=workload,
        prompt=FrozenPrompt(system=None, messages=[FrozenMessage(role="user", content=prompt)]),
        workload_sha256="",
        cases_sha256="",
        gates_sha256="",
        splits={"test": task.cases},
        checks=[],
        prices={"source": FoundPrice(price=None, reason="nobody is paid")},
        not_streaming=[] if task.streams else [model],
        forecast=Forecast(calls=task.cases),
        warnings=[],
    )
    files.write_run(frozen)
    files.write_contender(source_contender(frozen))
    for block, part in enumerate(task.shared_out(task.workers)):
        files.write_block(
            block,
            [Case(id=str(part.first + index), input={"asked": text}) for index, text in enumerate(part.prompts())],
        )


def answer_shard(shard: ShardRef, using: MemoryRuntime) -> None:
    """Invoke ``Answer`` until every case of the shard has its answer."""
    while not invoke(shard, using, time.monotonic() + INVOCATION_S).finished:
        pass


def invoke(shard: ShardRef, using: MemoryRuntime, ends_at: float) -> AnswerResult:
    return answer.run(shard, using, lambda: ends_at - time.monotonic())


def main() -> None:
    task = assignment()
    os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = task.url
    using = MemoryRuntime({**os.environ, "OPENAI_BASE_URL": f"{task.url}/v1", "OPENAI_API_KEY": "none"})
    files = RunFiles(using.artifacts, RUN)
    freeze(task, files)
    shards = [
        ShardRef(run_id=RUN, contender=SOURCE, block=block, in_flight=part.in_flight)
        for block, part in enumerate(task.shared_out(task.workers))
    ]
    with ThreadPoolExecutor(len(shards)) as workers:
        list(workers.map(lambda shard: answer_shard(shard, using), shards))  # read, so that an error is raised
    using.close()
    answers = [one for shard in shards for one in files.answers(SOURCE, shard.block)]
    done(sum(one.status == "answered" and one.text == EXPECTED for one in answers))


if __name__ == "__main__":
    main()
