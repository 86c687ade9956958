"""A whole execution with all scorers that call: embeddings and guardrails of the embedded Bedrock, a function."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from brainswap.core.cases import Case
from brainswap.handlers import judge
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import Cloud, local_cloud
from local.embedded import endpoints
from local.functions import Invocation, environment
from tests.fakes.functions import FUNCTION, FunctionsServer, scoring
from tests.fakes.runs import RUN, case, declaration
from tests.fakes.states import out_of_time_once

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
TITAN = "amazon.titan-embed-text-v2:0"
CASES = 60
UNHURRIED = Account(tokens_per_minute=100_000_000)
KIND, RUDE = "The card is on its way to you.", "The card is on its way, you idiot."

SCORERS: list[dict[str, Any]] = [
    {"name": "alike", "type": "similarity", "model": TITAN, "dimensions": 256},
    {"name": "ours", "type": "lambda", "function": FUNCTION, "batch": 7},
    {"name": "safe", "type": "guardrail", "guardrail": {"id": "gr4a1l", "version": "3"}},
    {"name": "harmless", "type": "toxicity", "categories": ["INSULTS", "HATE"]},
    {"name": "fine", "type": "set", "members": {"alike": 1, "ours": 1, "safe": 2}},
]


def recorded(number: int) -> dict[str, Any]:
    """A case that the source answers as expected, and the target every other time with an insult."""
    outputs = {"old": {"output": KIND}, "new": {"output": KIND if number % 2 else RUDE}}
    return case(number, reference=KIND, recorded=outputs)


def short(event_case: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"score": 1.0 if len(event_case["answer"]) <= len(KIND) else 0.25, "reason": "by its length"}


@pytest.fixture
def bedrock() -> Iterator[EmbeddedBedrock]:
    cases = [Case.model_validate(recorded(number)) for number in range(CASES)]
    models = Models(recordings={SOURCE: "old", TARGET: "new"}, simulated=(TITAN,))
    with EmbeddedBedrock(cases=cases, models=models, pace=0, account=UNHURRIED) as server:
        yield server


def started(cloud: Cloud, run_id: str = RUN, **changes: Any) -> str:
    declared = declaration(**{"scorers": SCORERS, "gates": [], **changes})
    prefix = f"workloads/{declared['name']}/v1"
    lines = "".join(json.dumps(recorded(number)) + "\n" for number in range(CASES))
    cloud.using.artifacts.write(f"{prefix}/workload.yaml", json.dumps(declared).encode(), "application/yaml")
    cloud.using.artifacts.write(f"{prefix}/cases.jsonl", lines.encode(), "application/x-ndjson")
    request = {"run_id": run_id, "workload": declared["name"], "version": "v1", "started_at": "2026-11-01T12:00:00Z"}
    return cloud.start(run_id, request)


def reported(cloud: Cloud, run_id: str = RUN) -> Report:
    return from_json(RunFiles(cloud.using.artifacts, run_id).read_text("report.json"))


def test_all_scorers_that_call_score_every_answer_after_an_interruption(
    bedrock: EmbeddedBedrock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Invocation] = []
    out_of_time_once(monkeypatch, judge)
    with (
        FunctionsServer(handlers={FUNCTION: scoring(short)}) as functions,
        environment({**endpoints(bedrock.url), "BRAINSWAP_FUNCTIONS_URL": functions.url}),
        local_cloud(realm="test", observer=told.append) as cloud,
    ):
        outcome = cloud.wait(started(cloud))
        report = reported(cloud)
        balance = cloud.using.purse.balance(RUN)
        again = cloud.wait(started(cloud, "run-2"))
        second = reported(cloud, "run-2")

    source, target = report.contenders
    assert (outcome.status, again.status) == ("SUCCEEDED", "SUCCEEDED")
    finished = [one.result["finished"] for one in told if one.function == "judge" and one.result]
    assert False in finished
    assert {name: score.unscored for name, score in source.scores.items()} == dict.fromkeys(source.scores, 0)
    assert {name: score.unscored for name, score in target.scores.items()} == dict.fromkeys(target.scores, 0)
    means: dict[str, tuple[Any, Any]]
    means = {name: (source.scores[name].mean, target.scores[name].mean) for name in source.scores}
    assert means["alike"][0] == pytest.approx(1.0)
    assert 0.5 < means["alike"][1] < 1.0
    assert means["ours"] == (1.0, pytest.approx(0.625))
    assert means["safe"] == (1.0, 0.5)
    assert means["harmless"] == (1.0, pytest.approx(1 - 1 / 6))
    assert means["fine"][0] == pytest.approx(1.0)
    assert bedrock.count(operation="InvokeModel", status=200) == 2  # two texts, however often they come
    assert balance.calls["scorers"] == bedrock.count(operation="InvokeModel") + bedrock.count(
        operation="ApplyGuardrail"
    ) + bedrock.count(operation="InvokeGuardrailChecks") + len(functions.invoked)
    assert all(len(event["cases"]) <= 7 for _, event in functions.invoked)
    assert report.spend.usd_by_purpose["scorers"] == pytest.approx(float(balance.spent["scorers"]))
    assert report.models == "mixed"
    assert second.spend.usd_by_purpose["scorers"] == 0  # all of it is known
    assert any("similarity of alike was SIMULATED" in warning for warning in report.provenance.warnings)


def test_a_function_that_fails_leaves_its_scorer_unscored_and_the_gate_inconclusive(bedrock: EmbeddedBedrock) -> None:
    def broken(event: Any) -> Any:
        raise RuntimeError(f"no table for {event['scorer']}")

    gates = [{"scorer": "ours", "rule": "not_worse", "margin": 0.1}]
    with (
        FunctionsServer(handlers={FUNCTION: broken}) as functions,
        environment({**endpoints(bedrock.url), "BRAINSWAP_FUNCTIONS_URL": functions.url}),
        local_cloud(realm="test") as cloud,
    ):
        outcome = cloud.wait(started(cloud, scorers=[SCORERS[1]], gates=gates))
        report = reported(cloud)

    assert outcome.status == "SUCCEEDED"
    assert report.verdict == "inconclusive"
    for contender in report.contenders:
        assert (contender.scores["ours"].mean, contender.scores["ours"].unscored) == (None, CASES)
    assert any("RuntimeError: no table for ours" in warning for warning in report.provenance.warnings)


def test_a_function_that_the_deployment_does_not_allow_refuses_the_run_before_it_costs_anything(
    bedrock: EmbeddedBedrock,
) -> None:
    with (
        FunctionsServer(handlers={FUNCTION: scoring(short)}) as functions,
        environment(
            {
                **endpoints(bedrock.url),
                "BRAINSWAP_FUNCTIONS_URL": functions.url,
                "BRAINSWAP_SCORING_FUNCTIONS": "arn:aws:lambda:eu-west-1:123456789012:function:other",
            }
        ),
        local_cloud(realm="test") as cloud,
    ):
        outcome = cloud.wait(started(cloud))
        report = reported(cloud)

    assert outcome.status == "SUCCEEDED"
    assert report.verdict == "refused"
    assert any("brainswap:scoring-functions" in reason for reason in report.reasons)
    assert functions.invoked == []
    assert bedrock.count(operation="Converse") == bedrock.count(operation="ConverseStream") == 0
