"""Whole runs of cases with turns, tools, passages and files, over both wires of the embedded Bedrock."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import boto3

from brainswap.core.answers import AnswerStatus
from brainswap.core.cases import Case
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from local.bedrock.personas import persona_of
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import Cloud, local_cloud
from local.embedded import endpoints
from local.functions import environment
from tests.fakes.conversations import PDF, TOOL, TURNS, png
from tests.fakes.runs import RUN, declaration

SOURCE = "brainswap.sim-strong-v1:0"
TARGET = "openai:gpt-4o"
PROMPT = {
    "system": "Answer from the passages.\n{{context}}",
    "user": "{{question}}",
    "tools": [TOOL],
}
PASSAGES = [{"title": "Rome", "text": "It is hot there."}, "Nothing else is known."]
RESULTS = [
    {"name": "weather", "arguments": {"city": "Rome"}, "result": {"degrees": 31}},
    {"name": "weather", "arguments": {"city": "Oslo"}, "result": "cold", "error": True},
]
FILES = [{"file": "docs/a report.pdf"}, {"file": "docs/picture.png"}, {"file": "docs/table.csv"}]


def a_case(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"case-{number}",
        "input": {"question": f"Is question {number} one?"},
        "context": PASSAGES,
        "reference": "yes",
        **changes,
    }


def every_kind() -> list[dict[str, Any]]:
    """A case of each kind, and one of all kinds together."""
    kinds: list[dict[str, Any]] = [
        {},
        {"messages": TURNS},
        {"tool_results": RESULTS},
        {"attachments": FILES},
        {"attachments": [{"s3": "s3://elsewhere/a.md"}]},
        {"tools": [{**TOOL, "name": "clock"}], "tool_results": [{"name": "clock", "result": "noon"}]},
        {"messages": TURNS, "tool_results": RESULTS, "attachments": FILES},
    ]
    return [a_case(number, **kind) for number, kind in enumerate(kinds)]


def start(cloud: Cloud, cases: Sequence[Mapping[str, Any]], **changes: Any) -> str:
    """Upload a workload with its files, start a run of it, and return the execution's ARN."""
    models = {"source": {"model": SOURCE}, "targets": [{"model": TARGET}]}
    declared = declaration(prompt=PROMPT, **{**models, **changes})
    prefix = f"workloads/{declared['name']}/v1"
    files = {
        "workload.yaml": json.dumps(declared).encode(),
        "cases.jsonl": "".join(json.dumps(one) + "\n" for one in cases).encode(),
        "docs/a report.pdf": PDF,
        "docs/picture.png": png(30, 20),
        "docs/table.csv": b"a,b\n1,2\n",
    }
    for name, data in files.items():
        cloud.using.artifacts.write(f"{prefix}/{name}", data, "application/octet-stream")
    boto3.client("s3").create_bucket(Bucket="elsewhere")
    boto3.client("s3").put_object(Bucket="elsewhere", Key="a.md", Body=b"# Elsewhere")
    request = {"run_id": RUN, "workload": declared["name"], "version": "v1", "started_at": "2026-11-01T12:00:00Z"}
    return cloud.start(RUN, request)


def embedded(cases: Sequence[Mapping[str, Any]], *, skill: float = 1.0) -> EmbeddedBedrock:
    sure: Any = {"skill": skill, "format_discipline": 1.0, "verbosity": 0.0, "refusal_rate": 0.0, "family": None}
    personas = {model: replace(persona_of(model, seed=0), **sure) for model in (SOURCE, TARGET)}
    known = Models(simulated=(SOURCE, TARGET), personas=personas)
    return EmbeddedBedrock(cases=[Case.model_validate(one) for one in cases], models=known, pace=0)


def made(cloud: Cloud) -> Report:
    return from_json(RunFiles(cloud.using.artifacts, RUN).read_text("report.json"))


def test_cases_of_every_kind_are_answered_over_both_wires() -> None:
    cases = every_kind()
    with embedded(cases) as bedrock, environment(endpoints(bedrock.url)), local_cloud(realm="test") as cloud:
        outcome = cloud.wait(start(cloud, cases))

        report = made(cloud)
        files = RunFiles(cloud.using.artifacts, RUN)
        lines = [json.loads(line) for line in cloud.using.artifacts.lines(files.key("cases.jsonl"))]
        frozen = {case.id: case for case in files.cases()}
        kept = cloud.using.artifacts.read(files.key(f"workload/{frozen['case-3'].attachments[0].file}"))
        requests = bedrock.count(operation="ConverseStream", status=200)

    assert outcome.status == "SUCCEEDED"
    assert [each.answers.answered for each in report.contenders] == [7, 7]
    assert [each.scores["right"].mean for each in report.contenders] == [1.0, 1.0]
    rounds = {line["id"]: [answers[0].get("rounds", 1) for answers in line["contenders"].values()] for line in lines}
    assert rounds == {
        "case-0": [1, 1],
        "case-1": [1, 1],
        "case-2": [3, 3],
        "case-3": [1, 1],
        "case-4": [1, 1],
        "case-5": [2, 2],
        "case-6": [3, 3],
    }
    calls = lines[2]["contenders"]["source"][0]["tool_calls"]
    assert [(call["round"], json.loads(call["arguments"])) for call in calls] == [
        (1, {"city": "Rome"}),
        (2, {"city": "Oslo"}),
    ]
    assert requests == 12
    assert report.spend.calls == 24
    assert kept == PDF
    assert frozen["case-3"].attachments[0].sha256 == hashlib.sha256(PDF).hexdigest()
    assert "It is hot there." in lines[0]["context"]
    assert "assistant calls weather" in lines[1]["conversation"]


def test_conversations_without_a_recorded_result_are_unfinished_and_their_calls_are_scored() -> None:
    cases = [
        a_case(number, tool_results=RESULTS[:1], reference={"say": "yes", "call": {"name": "weather"}})
        for number in range(20)
    ]
    scorers = [
        {"name": "right", "type": "exact", "reference": "say"},
        {"name": "called", "type": "tool_call", "reference": "call", "names_only": True},
    ]
    with (
        embedded(cases, skill=0.0) as bedrock,
        environment(endpoints(bedrock.url)),
        local_cloud(realm="test") as cloud,
    ):
        outcome = cloud.wait(start(cloud, cases, scorers=scorers))

        report = made(cloud)
        files = RunFiles(cloud.using.artifacts, RUN)
        sample = next(iter(files.samples("source", 0)))

    source = report.contenders[0]
    assert outcome.status == "SUCCEEDED"
    assert (source.answers.unfinished, source.answers.answered) == (20, 0)
    assert (source.scores["right"].mean, source.scores["called"].mean) == (0.0, 1.0)
    assert sample.status is AnswerStatus.UNFINISHED
    assert sample.note is not None
    assert "no result is recorded for the call weather" in sample.note


def test_a_run_of_conversations_is_never_paid_twice() -> None:
    cases = every_kind()
    with embedded(cases) as bedrock, environment(endpoints(bedrock.url)), local_cloud(realm="test") as cloud:
        cloud.wait(start(cloud, cases))
        before = bedrock.count(status=200, operation="ConverseStream")
        request = {"run_id": "again", "workload": "yes-or-no", "version": "v1", "started_at": "2026-11-02T12:00:00Z"}

        cloud.wait(cloud.start("again", request))

        report = from_json(RunFiles(cloud.using.artifacts, "again").read_text("report.json"))
        after = bedrock.count(status=200, operation="ConverseStream")

    assert (report.spend.calls, report.spend.cached) == (0, 14)
    assert after == before


def test_a_model_that_sees_no_images_is_refused_before_anything_is_asked() -> None:
    cases = every_kind()
    blind = "amazon.nova-micro-v1:0"
    declared = {"source": {"model": SOURCE}, "targets": [{"model": blind}]}
    known = Models(simulated=(SOURCE, blind))
    with (
        EmbeddedBedrock(cases=[Case.model_validate(one) for one in cases], models=known, pace=0) as bedrock,
        environment(endpoints(bedrock.url)),
        local_cloud(realm="test") as cloud,
    ):
        cloud.wait(start(cloud, cases, **declared))

        report = made(cloud)
        asked = bedrock.count(operation="ConverseStream")

    assert (report.verdict, asked) == ("refused", 0)
    refusal = next(reason for reason in report.reasons if "capabilities" in reason)
    assert blind in refusal
    assert "sees no images" in refusal
    assert "reads no documents" in refusal
