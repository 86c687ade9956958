"""A whole run of an application that asks three times in a row about each case; `tests.cli` kills one on its way."""

import json
from dataclasses import replace
from typing import Any

from brainswap.core.cases import Case
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from local.bedrock.personas import persona_of
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import Cloud, local_cloud
from local.embedded import endpoints
from local.functions import environment
from tests.fakes.runs import RUN, declaration

SOURCE, TARGET = "brainswap.sim-strong-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"
LABELS = ["cards", "loans", "fees"]
STEPS: list[dict[str, Any]] = [
    {
        "name": "classify",
        "system": "You sort tickets.",
        "user": 'Which is it: cards, loans or fees?\n{{ticket}}\nAnswer only with JSON: {"label": "…"}',
        "fields": {"label": {"json": "label"}},
    },
    {"name": "draft", "user": "Answer this ticket about {{steps.classify.label}}:\n{{ticket}}"},
    {
        "name": "check",
        "user": "Is this polite? Answer only yes or no.\n{{steps.draft}}",
        "parameters": {"max_tokens": 5},
    },
]
SCORERS = [
    {"name": "polite", "type": "exact", "reference": "check", "ignore_case": True},
    {
        "name": "sorted",
        "type": "label",
        "labels": LABELS,
        "step": "classify",
        "extract": {"json": "label"},
        "reference": "classify.label",
    },
]
GATES = [{"scorer": "polite", "rule": "not_worse", "margin": 0.1}, {"measure": "cost", "rule": "at_most", "ratio": 100}]


CASES = [
    {
        "id": f"case-{number}",
        "input": {"ticket": f"Ticket number {number} of somebody who has a question."},
        "reference": {"classify": {"label": LABELS[number % 3]}, "draft": f"We see to it, {number}.", "check": "yes"},
    }
    for number in range(9)
]


def embedded() -> EmbeddedBedrock:
    sure: Any = {"skill": 1.0, "format_discipline": 1.0, "verbosity": 0.0, "refusal_rate": 0.0, "family": None}
    personas = {model: replace(persona_of(model, seed=0), **sure) for model in (SOURCE, TARGET)}
    known = Models(simulated=(SOURCE, TARGET), personas=personas)
    return EmbeddedBedrock(cases=[Case.model_validate(one) for one in CASES], models=known, pace=0)


def start(cloud: Cloud) -> str:
    """Upload the workload, start a run of it, and return the execution's ARN."""
    plain = {"source": {"model": SOURCE}, "targets": [{"model": TARGET}], "scorers": SCORERS, "gates": GATES}
    declared = declaration(**{"prompt": {"steps": STEPS}, **plain})
    prefix = f"workloads/{declared['name']}/v1"
    lines = "".join(json.dumps(one) + "\n" for one in CASES)
    cloud.using.artifacts.write(f"{prefix}/workload.yaml", json.dumps(declared).encode(), "application/yaml")
    cloud.using.artifacts.write(f"{prefix}/cases.jsonl", lines.encode(), "application/x-ndjson")
    request = {"run_id": RUN, "workload": declared["name"], "version": "v1", "started_at": "2026-11-01T12:00:00Z"}
    return cloud.start(RUN, request)


def made(cloud: Cloud) -> Report:
    return from_json(RunFiles(cloud.using.artifacts, RUN).read_text("report.json"))


def test_a_chain_migrates_as_one_application() -> None:
    with embedded() as bedrock, environment(endpoints(bedrock.url)), local_cloud(realm="test") as cloud:
        outcome = cloud.wait(start(cloud))

        report = made(cloud)
        files = RunFiles(cloud.using.artifacts, RUN)
        lines = [json.loads(line) for line in cloud.using.artifacts.lines(files.key("cases.jsonl"))]
        page = files.read_text("report.html")
        written = files.read_text("prompts/target-1-original.txt")
        asked = bedrock.count(operation="ConverseStream", status=200)

    assert outcome.status == "SUCCEEDED"
    assert [each.answers.answered for each in report.contenders] == [9, 9]
    assert [each.scores["polite"].mean for each in report.contenders] == [1.0, 1.0]
    assert [each.scores["sorted"].mean for each in report.contenders] == [1.0, 1.0]
    assert (asked, report.spend.calls) == (54, 54)
    said = lines[4]["contenders"]["source"][0]
    assert [one["step"] for one in said["steps"]] == ["classify", "draft"]
    assert json.loads(said["steps"][0]["answer"]) == {"label": LABELS[4 % 3]}
    assert said["usage"]["input_tokens"] > sum(one["usage"]["input_tokens"] for one in said["steps"])
    assert said["rounds"] == 3
    assert "a case takes a call for each of the steps" in " ".join(report.contenders[0].notes)
    assert "Step classify" in page
    assert "[step draft]" in written
