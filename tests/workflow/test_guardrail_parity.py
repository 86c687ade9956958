"""An application with a guardrail, whose new model is blocked where the old one is not."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from brainswap.core.cases import Case
from brainswap.report.document import from_json
from brainswap.report.html import to_html
from brainswap.run_files import RunFiles
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import local_cloud
from local.embedded import endpoints
from local.functions import environment
from tests.fakes.runs import RUN, case, declaration

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
CASES = 40
FINE, RUDE, OPEN = "It is on its way.", "It is on its way, you idiot.", "Ask ada@lovelace.org."


def recorded(number: int) -> dict[str, Any]:
    """The target is rude in every fourth case, the source in the first; both tell an address in the second."""
    old = RUDE if number == 0 else OPEN if number == 1 else FINE
    new = OPEN if number == 1 else RUDE if number % 4 == 0 else FINE
    return case(number, reference=FINE, recorded={"old": {"output": old}, "new": {"output": new}})


@pytest.fixture
def bedrock() -> Iterator[EmbeddedBedrock]:
    cases = [Case.model_validate(recorded(number)) for number in range(CASES)]
    models = Models(recordings={SOURCE: "old", TARGET: "new"})
    account = Account(tokens_per_minute=100_000_000)
    with EmbeddedBedrock(cases=cases, models=models, pace=0, account=account) as server:
        yield server


def test_what_the_guardrail_blocks_for_one_model_alone_is_counted_and_told(bedrock: EmbeddedBedrock) -> None:
    declared = declaration(
        guardrail={"id": "gr4a1l", "version": "3"},
        scorers=[{"name": "whole", "type": "finish"}],
        gates=[{"scorer": "whole", "rule": "not_worse", "margin": 0.05}],
    )
    with environment(endpoints(bedrock.url)), local_cloud(realm="test") as cloud:
        prefix = f"workloads/{declared['name']}/v1"
        lines = "".join(json.dumps(recorded(number)) + "\n" for number in range(CASES))
        cloud.using.artifacts.write(f"{prefix}/workload.yaml", json.dumps(declared).encode(), "application/yaml")
        cloud.using.artifacts.write(f"{prefix}/cases.jsonl", lines.encode(), "application/x-ndjson")
        request = {"run_id": RUN, "workload": declared["name"], "version": "v1", "started_at": "2026-11-01T12:00:00Z"}
        outcome = cloud.wait(cloud.start(RUN, request))
        files = RunFiles(cloud.using.artifacts, RUN)
        report = from_json(files.read_text("report.json"))
        (blocked, masked, *_) = list(files.answers("source", 0))

    source, target = report.contenders
    assert outcome.status == "SUCCEEDED"
    assert (source.answers.filtered, target.answers.filtered) == (1, CASES // 4)
    assert blocked.reason == "the model stopped with guardrail_intervened: content INSULTS (LOW)"
    assert (masked.status, masked.text) == ("answered", "Ask {EMAIL}.")  # let through, with the address out of sight
    assert target.blocked is not None
    assert (target.blocked.both, target.blocked.source_only, target.blocked.target_only) == (1, 0, CASES // 4 - 1)
    assert target.blocked.target_only_cases[:2] == ["case-4", "case-8"]
    assert target.blocked.low > 0
    assert source.blocked is None
    assert report.verdict == "hold"  # the gate of the scorer `finish` sees to it
    assert any("9 cases blocked that the source answers: `case-4`" in each for each in report.provenance.warnings)
    assert "Blocked answers, case by case" in to_html(report, ())
