"""A run in memory that is asked by batch jobs."""

from typing import Any

from brainswap.batches import with_failures
from brainswap.contracts import BatchRef, ShardRef, ShardRequest, SubmitRequest, TranslateRequest
from brainswap.core.answers import Answer
from brainswap.handlers import collect, prepare, shard, submit, translate
from brainswap.questions import key_of, questions_of
from brainswap.run_files import RunFiles
from tests.fakes.batches import ScriptedBatchJobs
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN, case, declaration, upload

SOURCE = "anthropic.claude-haiku-4-5-20251001-v1:0"
TARGET = "amazon.nova-lite-v1:0"
CASES = 150
OF_TARGET = BatchRef(run_id=RUN, contender="target-1-original")


class Run:
    """A run in memory that has come to its batch jobs."""

    def __init__(self, cases: int = CASES, **changes: Any) -> None:
        self.using = MemoryDependencies(catalogue=catalogue(facts(SOURCE), facts(TARGET)))
        self.jobs = ScriptedBatchJobs(artifacts=self.using.artifacts)
        self.using.batch_jobs = self.jobs
        rows = changes.pop("rows", [case(number) for number in range(cases)])
        declared = declaration(
            **{"inference": "batch", "source": {"model": SOURCE, "parameters": {"max_tokens": 10}}, **changes}
        )
        prepare.run(upload(self.using, declared, rows), self.using)
        improved = translate.run(TranslateRequest(run_id=RUN, target=0), self.using)
        self.listed = shard.run(ShardRequest(run_id=RUN, improved=[improved]), self.using)
        self.files = RunFiles(self.using.artifacts, RUN)

    def submit(self, token: str = "token") -> None:  # noqa: S107 - of a task
        request = SubmitRequest(**OF_TARGET.model_dump(), token=token)
        submit.run(request, self.using, lambda: 900.0)

    def collect(self, time_left_s: float = 900.0) -> bool:
        return collect.run(OF_TARGET, self.using, lambda: time_left_s).finished

    @property
    def job(self) -> str:
        (job,) = self.jobs.created
        return job

    def records(self, job: str | None = None) -> list[dict[str, Any]]:
        return self.jobs.records(job or self.job)

    def keys(self, block: int = 0) -> list[str]:
        contender = self.files.contender(OF_TARGET.contender)
        questions = questions_of(self.files.run(), contender, self.files.block(block), self.files.attachment)
        return [key_of(self.using.realm, question) for question in questions]

    def seen_by_shard(self, block: int = 0) -> list[Answer | None]:
        """What a shard finds instead of asking, in the order of its cases."""
        contender = self.files.contender(OF_TARGET.contender)
        of_shard = ShardRef(run_id=RUN, contender=contender.id, block=block, in_flight=1)
        known = with_failures(self.using.cache, self.using.artifacts, of_shard, contender).get_many(self.keys(block))
        return [known.get(key) for key in self.keys(block)]

    def stopped(self) -> str | None:
        return self.using.ledger.stopped(RUN).get(OF_TARGET.contender)
