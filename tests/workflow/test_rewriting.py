"""Whole executions in which models rewrite the prompt: real handlers, moto's Step Functions, the embedded Bedrock."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from brainswap.core.cases import Case
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.rewriters import job
from brainswap.run_files import RunFiles
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import Cloud, local_cloud
from local.embedded import endpoints
from local.functions import Invocation, environment
from tests.fakes.runs import RUN, case, declaration

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
CASES = 24
PROMPT = {
    "user": "You answer questions of children about numbers.\n\nAnswer with only yes or no.\n\nQuestion: {{question}}"
}
CANDIDATES = ("own", "own-2", "optimize-prompt", "prompt-optimization-job")
ALL = ["own", "optimize_prompt", "prompt_optimization_job"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A stack with a Bedrock of its own."""

    cloud: Cloud
    bedrock: EmbeddedBedrock
    told: list[Invocation]

    def run(self, run_id: str = RUN, **changes: Any) -> tuple[str, Report]:
        declared = declaration(prompt=PROMPT, splits={"train": 0.3, "test": 0.7}, **changes)
        prefix = f"workloads/{declared['name']}/v1"
        lines = "".join(json.dumps(case(number)) + "\n" for number in range(CASES))
        self.cloud.using.artifacts.write(f"{prefix}/workload.yaml", json.dumps(declared).encode(), "application/yaml")
        self.cloud.using.artifacts.write(f"{prefix}/cases.jsonl", lines.encode(), "application/x-ndjson")
        request = {
            "run_id": run_id,
            "workload": declared["name"],
            "version": "v1",
            "started_at": "2026-11-01T12:00:00Z",
        }
        status = self.cloud.wait(self.cloud.start(run_id, request)).status
        return status, from_json(self.files(run_id).read_text("report.json"))

    def files(self, run_id: str = RUN) -> RunFiles:
        return RunFiles(self.cloud.using.artifacts, run_id)


@contextmanager
def place() -> Iterator[Place]:
    told: list[Invocation] = []
    with (
        EmbeddedBedrock(
            cases=[Case.model_validate(case(number)) for number in range(CASES)],
            models=Models(simulated=(SOURCE, TARGET)),
            pace=0,
            seed=9,  # by which the first wording of the own rewriter loses a placeholder, and no other does
            account=Account(tokens_per_minute=100_000_000),
        ) as bedrock,
        environment(endpoints(bedrock.url)),
        local_cloud(realm="test", observer=told.append) as cloud,
    ):
        yield Place(cloud=cloud, bedrock=bedrock, told=told)


def test_three_rewriters_propose_and_the_first_accepted_prompt_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "FIRST_PAUSE_S", 1)
    with place() as here:
        status, report = here.run(improve={"methods": ["translate", "rewrite"], "rewriters": ALL})
        files = here.files()
        forecast = files.run().forecast
        jobs = boto3.client("bedrock").list_advanced_prompt_optimization_jobs()["jobSummaries"]
        first, *accepted = [files.candidate(0, name) for name in CANDIDATES]
        (line,) = files.read_text("rewriting/target-1/in/prompt-optimization-job.jsonl").splitlines()
        difference = files.read_text("prompts/target-1-rewritten-own-2.diff")
        told = {one.id: files.contender(one.id).notes for one in report.contenders}
        train = {one.input["question"] for one in files.cases() if one.split == "train"}
        balance = here.cloud.using.purse.balance(RUN)

    ended = [one.function for one in here.told if one.result is not None]
    samples = json.loads(line)["evaluationSamples"]
    assert status == "SUCCEEDED"
    assert list(told) == ["source", "target-1-original", "target-1-translated", "target-1-rewritten-own-2"]
    assert first.refused_because == ["placeholders: {{question}} is gone"]
    assert [one.refused_because for one in accepted] == [[], [], []]
    assert [one.by for one in accepted] == ["rewriting", "optimize_prompt", "prompt_optimization_job"]
    assert [jobs[0]["jobStatus"], len(jobs)] == ["Completed", 1]
    assert {value for sample in samples for one in sample["inputVariables"] for value in one.values()} == train
    assert ended.index("translate") < ended.index("rewrite") < ended.index("shard")
    assert ended.count("rewrite") > 1
    assert difference.startswith("# rewritten: A model wrote the prompt anew.")
    assert "those of OptimizePrompt and a job of Advanced Prompt Optim" in told["target-1-rewritten-own-2"][-1]
    assert report.models == "simulated"
    assert forecast.unpriced.keys() == {"OptimizePrompt", "Advanced Prompt Optimization"}
    assert balance.calls["improving"] == 3
    assert report.spend.usd_by_purpose["improving"] is None
    assert report.spend.calls == sum(balance.calls.values()) + 1
