"""A whole execution with judges: real handlers, moto's Step Functions, the embedded Bedrock and its simulated judge."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from brainswap.core.cases import Case
from brainswap.handlers import judge
from brainswap.report.document import from_json
from brainswap.run_files import RunFiles
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import Cloud, local_cloud
from local.embedded import endpoints
from local.functions import Invocation, environment
from tests.fakes.runs import RUN, case, declaration
from tests.fakes.states import out_of_time_once

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
JUDGE = "mistral.mistral-large-2407-v1:0"
CASES = 60
UNHURRIED = Account(tokens_per_minute=100_000_000)

RUBRIC = {
    "name": "good",
    "type": "rubric",
    "judge": {"model": JUDGE},
    "show_reference": True,
    "criteria": [{"name": "right", "question": "Is it right?", "weight": 3}, {"name": "kind", "description": "Kind."}],
}
BETTER = {"name": "better", "type": "pairwise", "judge": {"model": JUDGE}, "show_reference": True}


def recorded(number: int) -> dict[str, Any]:
    """A case that the source gets right, and the target every other time."""
    outputs = {"old": {"output": "yes"}, "new": {"output": "yes" if number % 2 else "no"}}
    return case(number, recorded=outputs)


@pytest.fixture
def bedrock() -> Iterator[EmbeddedBedrock]:
    cases = [Case.model_validate(recorded(number)) for number in range(CASES)]
    models = Models(recordings={SOURCE: "old", TARGET: "new"}, simulated=(JUDGE,))
    with EmbeddedBedrock(cases=cases, models=models, pace=0, account=UNHURRIED) as server:
        yield server


def started(cloud: Cloud, *scorers: dict[str, Any]) -> str:
    declared = declaration(scorers=[*scorers], gates=[])
    prefix = f"workloads/{declared['name']}/v1"
    lines = "".join(json.dumps(recorded(number)) + "\n" for number in range(CASES))
    cloud.using.artifacts.write(f"{prefix}/workload.yaml", json.dumps(declared).encode(), "application/yaml")
    cloud.using.artifacts.write(f"{prefix}/cases.jsonl", lines.encode(), "application/x-ndjson")
    request = {"run_id": RUN, "workload": declared["name"], "version": "v1", "started_at": "2026-11-01T12:00:00Z"}
    return cloud.start(RUN, request)


def entered(arn: str) -> list[str]:
    events = boto3.client("stepfunctions").get_execution_history(executionArn=arn, maxResults=1000)["events"]
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def test_a_rubric_and_a_pair_are_judged_after_all_answers_are_there(
    bedrock: EmbeddedBedrock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Invocation] = []
    out_of_time_once(monkeypatch, judge)
    with (
        environment(endpoints(bedrock.url)),
        local_cloud(realm="test", observer=told.append) as cloud,
    ):
        arn = started(cloud, RUBRIC, BETTER)
        outcome = cloud.wait(arn)
        states = entered(arn)
        report = from_json(RunFiles(cloud.using.artifacts, RUN).read_text("report.json"))
        balance = cloud.using.purse.balance(RUN)

    source, target = report.contenders
    ended = [one.function for one in told if one.result is not None]
    finished = [one.result["finished"] for one in told if one.function == "judge" and one.result]
    assert outcome.status == "SUCCEEDED"
    assert "JudgeAll" in states
    assert ended.index("judge") > max(place for place, name in enumerate(ended) if name == "score")
    assert sorted(finished) == [False] * (len(finished) // 2) + [True] * (len(finished) // 2)
    assert (source.scores["good"].unscored, target.scores["good"].unscored) == (0, 0)
    assert source.scores["better"].mean == 0.5
    assert target.scores["good"].mean is not None
    assert source.scores["good"].mean is not None
    assert target.scores["good"].mean < source.scores["good"].mean
    assert target.scores["better"].mean is not None
    assert target.scores["better"].mean < 0.5
    assert report.models == "mixed"
    assert report.spend.notional
    assert any("judges were SIMULATED" in warning for warning in report.provenance.warnings)
    assert report.provenance.judge is not None
    assert report.provenance.judge.count(JUDGE) == 2
    pairs = CASES // 2  # whose answers differ: a rubric of each answer and both orders, and of the others one rubric
    assert balance.calls["judge"] == CASES + pairs + 2 * pairs
    assert report.spend.calls == 2 * CASES + balance.calls["judge"]
    assert report.spend.usd_by_purpose["judge"] == pytest.approx(float(balance.spent["judge"]))


def test_a_run_without_judged_scorers_passes_judging_by(bedrock: EmbeddedBedrock) -> None:
    with environment(endpoints(bedrock.url)), local_cloud(realm="test") as cloud:
        arn = started(cloud, {"name": "right", "type": "exact", "ignore_case": True})
        outcome = cloud.wait(arn)
        states = entered(arn)

    assert outcome.status == "SUCCEEDED"
    assert "CheckJudges" in states
    assert "JudgeAll" not in states
