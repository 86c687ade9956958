"""What is in a case, or in an answer to it, is in the bucket and nowhere else: in no log, state, event or record."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from brainswap.core.cases import Case
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import LEDGER, Cloud, local_cloud
from local.embedded import endpoints
from local.functions import Invocation, environment
from tests.fakes.runs import RUN, case, declaration

SOURCE, TARGET = "anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0"
JUDGE = "mistral.mistral-large-2407-v1:0"

ASKED, EXPECTED, ANSWERED, PROMPTED = "zebra-input", "zebra-reference", "zebra-answer", "zebra-prompt"
MARKERS = (ASKED, EXPECTED, ANSWERED, PROMPTED)

CASES = [
    case(
        number,
        reference=f"{EXPECTED} {number}",
        input={"question": f"{ASKED} {number}?"},
        recorded={"old": {"output": f"{ANSWERED} {number}"}, "new": {"output": f"{ANSWERED} {number}"}},
    )
    for number in range(10)
]
DECLARED = declaration(
    prompt={"user": PROMPTED + " {{question}}"},
    targets=[{"model": TARGET}],
    scorers=[
        {"name": "right", "type": "exact"},
        {"name": "kind", "type": "closed_qa", "criterion": "It is kind.", "judge": {"model": JUDGE}},
    ],
)


class Seen:
    """All that left the handlers but for files in the bucket."""

    def __init__(self) -> None:
        self.invocations: list[Invocation] = []
        self.texts: list[str] = []

    def text(self) -> str:
        told = [
            json.dumps([each.function, each.payload, each.result, each.error, each.message], default=str)
            for each in self.invocations
        ]
        return "\n".join([*told, *self.texts])


@pytest.fixture
def seen(caplog: pytest.LogCaptureFixture) -> Seen:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, logger="brainswap")
    return Seen()


@pytest.fixture
def cloud(seen: Seen) -> Iterator[Cloud]:
    models = Models(recordings={SOURCE: "old", TARGET: "new"}, simulated=(JUDGE,))
    with (
        EmbeddedBedrock(cases=[Case.model_validate(one) for one in CASES], models=models, pace=0) as server,
        environment({**endpoints(server.url), "BRAINSWAP_METRICS_OF": "Brainswap"}),
        local_cloud(realm="test", observer=seen.invocations.append) as made,
    ):
        yield made


def _run(cloud: Cloud, seen: Seen, cases: list[dict[str, Any]], declared: dict[str, Any] = DECLARED) -> str:
    prefix = f"workloads/{declared['name']}/v1"
    lines = "".join(json.dumps(one) + "\n" for one in cases)
    cloud.using.artifacts.write(f"{prefix}/workload.yaml", json.dumps(declared).encode(), "application/yaml")
    cloud.using.artifacts.write(f"{prefix}/cases.jsonl", lines.encode(), "application/x-ndjson")
    request = {"run_id": RUN, "workload": declared["name"], "version": "v1", "started_at": "2026-11-01T12:00:00Z"}
    arn = cloud.start(RUN, request)
    outcome = cloud.wait(arn)
    history = boto3.client("stepfunctions").get_execution_history(executionArn=arn, maxResults=1000)["events"]
    records = boto3.client("dynamodb").scan(TableName=LEDGER)["Items"]
    seen.texts += [json.dumps(history, default=str), json.dumps(records, default=str), str(outcome)]
    return outcome.status


def _everything(seen: Seen, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> str:
    printed = capsys.readouterr()
    return f"{seen.text()}\n{caplog.text}\n{printed.out}\n{printed.err}"


def test_a_run_tells_nobody_what_is_in_its_cases(
    cloud: Cloud, seen: Seen, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _run(cloud, seen, CASES)

    everything = _everything(seen, caplog, capsys)
    assert status == "SUCCEEDED"
    assert '"CloudWatchMetrics"' in everything  # of what functions print, this is all
    assert {invocation.function for invocation in seen.invocations} >= {
        "prepare",
        "answer",
        "score",
        "judge",
        "announce",
    }
    assert [marker for marker in MARKERS if marker in everything] == []
    kept = "".join(cloud.using.artifacts.read(f"runs/{RUN}/{name}").decode() for name in ("cases.jsonl", "report.html"))
    assert all(marker in kept for marker in (ASKED, EXPECTED, ANSWERED))


@pytest.mark.parametrize(
    "broken",
    [
        {"input": {"another": ASKED}},
        {"input": ASKED},
        {"reference": {"text": EXPECTED}, "split": "zebra-input"},
        {"recorded": {"old": {"output": [ANSWERED]}}, ASKED: 1},
    ],
    ids=["a placeholder is missing", "no input", "a wrong split", "a wrong key"],
)
def test_a_run_that_fails_does_so_without_a_word_of_its_cases(
    broken: dict[str, Any],
    cloud: Cloud,
    seen: Seen,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = _run(cloud, seen, [*CASES, {**CASES[0], "id": "broken", **broken}])

    everything = _everything(seen, caplog, capsys)
    assert status == "FAILED"
    assert "cases.jsonl:11" in everything
    assert f"runs/{RUN}/problems.json" in everything
    assert cloud.using.artifacts.read(f"runs/{RUN}/problems.json")
    assert [marker for marker in MARKERS if marker in everything] == []
