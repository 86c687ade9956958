"""Batch jobs that end when a test says so; records and results in the real form."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from brainswap.adapters import batch_records
from brainswap.core.errors import BrainswapError
from brainswap.ports import BatchJob, BatchOutcome, Question
from tests.fakes.stores import MemoryArtifacts


@dataclass
class ScriptedBatchJobs:
    """Jobs by the token of the request that created them.

    Attributes:
        refusal: raised instead of creating a job.
        created: the files of records, by job.
    """

    artifacts: MemoryArtifacts
    refusal: BrainswapError | None = None
    created: dict[str, str] = field(default_factory=dict)
    standing: dict[str, BatchJob] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    asked_to_create: int = 0

    def record(self, record_id: str, question: Question) -> bytes:
        return batch_records.record(record_id, question)

    def outcome(self, line: bytes, question_of: Callable[[str], Question | None]) -> BatchOutcome | None:
        return batch_records.outcome(line, question_of)

    def create(self, *, name: str, token: str, model: str, records: str, results: str) -> str:
        assert name
        assert model
        assert results
        self.asked_to_create += 1
        if self.refusal is not None:
            raise self.refusal
        job = f"arn:job/{token[:12]}"
        self.created[job] = records
        self.standing.setdefault(job, BatchJob(status="InProgress"))
        return job

    def look(self, job: str) -> BatchJob:
        return self.standing[job]

    def stop(self, job: str) -> None:
        self.stopped.append(job)

    def written(self, job: str, *, records: str, results: str) -> str:
        return f"{results}{job.rpartition('/')[2]}/{records.rpartition('/')[2]}.out"

    def records(self, job: str) -> list[dict[str, Any]]:
        """What a job was given."""
        return [json.loads(line) for line in self.artifacts.lines(self.created[job])]

    def end(self, job: str, lines: Sequence[Mapping[str, Any] | bytes], status: str = "Completed") -> None:
        """Let a job end with these lines as its results."""
        records = self.created[job]
        results = records.rpartition("/in/")[0] + "/out/"
        written = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        key = self.written(job, records=records, results=results)
        self.artifacts.files[key] = b"".join(line + b"\n" for line in written)
        self.standing[job] = BatchJob(status=status)


def converse_output(text: str, *, stop_reason: str = "end_turn", tokens: tuple[int, int] | None = (10, 2)) -> Any:
    """A response of ``Converse``; without ``tokens`` it says nothing of its usage."""
    output = {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": stop_reason,
        "metrics": {"latencyMs": 700},
    }
    if tokens is None:
        return output
    return output | {"usage": {"inputTokens": tokens[0], "outputTokens": tokens[1], "totalTokens": sum(tokens)}}


def answered_record(record: Mapping[str, Any], text: str = "yes") -> dict[str, Any]:
    """A record's line of results."""
    return {**record, "modelOutput": converse_output(text)}
