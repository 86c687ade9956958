"""A better prompt is looked for by the machine itself, slice after slice."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import boto3
import pytest

from brainswap.core.cases import Case
from brainswap.run_files import RunFiles
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import Cloud, local_cloud
from local.embedded import endpoints
from local.functions import Invocation, Observer, environment
from tests.fakes.runs import RUN, case
from tests.workflow.test_a_migration import made, start

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "meta.llama3-1-8b-instruct-v1:0"
PROMPT = {"system": "<task>Tell which it is.</task>", "user": "Question: {{question}}"}
CASES = [case(number, reference=("yes", "no", "maybe")[number % 3]) for number in range(150)]


def declared(*methods: str, **improve: Any) -> dict[str, Any]:
    return {
        "prompt": PROMPT,
        "splits": {"train": 0.4, "validation": 0.3, "test": 0.3},
        "source": {"model": SOURCE, "parameters": {"max_tokens": 60}},
        "targets": [{"model": TARGET}],
        "improve": {"methods": list(methods), **improve},
    }


@pytest.fixture(scope="module")
def bedrock() -> Any:
    cases = [Case.model_validate(one) for one in CASES]
    with EmbeddedBedrock(cases=cases, models=Models(simulated=(SOURCE, TARGET)), pace=0, seed=3) as server:
        yield server


def _cloud(folder: Path, observer: Observer | None = None) -> AbstractContextManager[Cloud]:
    """With answers in a file: moto's DynamoDB would take most of a test's time."""
    return local_cloud(realm="test", answers=folder / "answers.sqlite", observer=observer)


def states(arn: str) -> set[str]:
    events = boto3.client("stepfunctions").get_execution_history(executionArn=arn, maxResults=1000)["events"]
    return {event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event}


def test_a_target_gets_an_optimised_prompt_between_translating_and_evaluating(
    bedrock: EmbeddedBedrock, tmp_path: Path
) -> None:
    told: list[Invocation] = []
    with environment(endpoints(bedrock.url)), _cloud(tmp_path, told.append) as cloud:
        outcome = cloud.wait(start(cloud, CASES, **declared("translate", "optimise", budget_calls=300)))
        report = made(cloud)
        files = RunFiles(cloud.using.artifacts, RUN)
        taken = files.optimising(0)

    assert outcome.status == "SUCCEEDED"
    assert [one.prompt for one in report.contenders] == ["original", "original", "optimised"]
    assert report.spend.usd_by_purpose["improving"] is not None
    assert 100 < taken.calls <= 300
    ended = [one for one in told if one.function.endswith("optimise") and one.result]
    assert [one.result["finished"] for one in ended if one.result] == [True]


def test_a_target_that_nobody_asks_to_optimise_goes_on_at_once(bedrock: EmbeddedBedrock, tmp_path: Path) -> None:
    with environment(endpoints(bedrock.url)), _cloud(tmp_path) as cloud:
        arn = start(cloud, CASES[:60], **declared("translate"))
        outcome = cloud.wait(arn)
        entered = states(arn)

    assert outcome.status == "SUCCEEDED"
    assert "Optimise" not in entered
    assert "EndTarget" in entered
