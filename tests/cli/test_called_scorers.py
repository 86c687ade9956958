"""Scorers that call something besides a chat model, on a laptop."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Said
from tests.fakes.functions import FUNCTION, FunctionsServer, scoring
from tests.fakes.runs import case

REPLAY: dict[str, Any] = {
    "source": {"model": "anthropic.claude-3-haiku-20240307-v1:0", "answers": "recorded", "recorded": "old"},
    "targets": [{"model": "amazon.nova-lite-v1:0", "answers": "recorded", "recorded": "new"}],
    "gates": [{"scorer": "alike", "rule": "not_worse", "margin": 0.1}],
}
ALIKE = {"name": "alike", "type": "similarity", "model": "us.cohere.embed-v4:0", "dimensions": 256}
OURS = {"name": "ours", "type": "lambda", "function": FUNCTION}
SAFE = {"name": "safe", "type": "guardrail", "guardrail": {"id": "gr4a1l", "version": "3"}}
HARMLESS = {"name": "harmless", "type": "toxicity"}


def rows() -> list[dict[str, Any]]:
    said = {"old": {"output": "yes"}, "new": {"output": "yes"}}
    return [case(number, recorded=said) for number in range(30)]


def ran(brainswap: Callable[..., Said], folder: Path) -> Any:
    said = brainswap("run", str(folder), "--out", "out", "--models", "embedded", "--pace", "0", "--json")
    assert said.code == 0, said.err
    return json.loads(Path("out/report.json").read_text("utf-8"))


def test_recorded_answers_are_scored_by_simulated_services_which_the_report_says(
    brainswap: Callable[..., Said], workload: Callable[..., Path]
) -> None:
    report = ran(brainswap, workload(rows(), scorers=[ALIKE, SAFE, HARMLESS], **REPLAY))

    target = report["contenders"][1]
    assert {name: score["mean"] for name, score in target["scores"].items()} == {
        "alike": pytest.approx(1.0),
        "safe": 1.0,
        "harmless": 1.0,
    }
    assert report["models"] == "mixed"
    assert len([warning for warning in report["provenance"]["warnings"] if "was SIMULATED" in warning]) == 3
    assert report["spend"]["usd_by_purpose"]["scorers"] > 0
    assert report["spend"]["notional"]


def test_nobody_stands_in_for_a_function(brainswap: Callable[..., Said], workload: Callable[..., Path]) -> None:
    report = ran(brainswap, workload(rows(), scorers=[ALIKE, OURS], **REPLAY))

    target = report["contenders"][1]
    (check,) = (one for one in report["provenance"]["checks"] if one["check"] == "function of ours")
    assert (target["scores"]["ours"]["mean"], target["scores"]["ours"]["unscored"]) == (None, 30)
    assert target["scores"]["alike"]["unscored"] == 0
    assert (check["status"], "AWS_ENDPOINT_URL_LAMBDA" in check["detail"]) == ("warning", True)


def test_a_function_that_listens_on_this_machine_is_called(
    brainswap: Callable[..., Said], workload: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with FunctionsServer(handlers={FUNCTION: scoring(lambda case: {"score": 0.5, "reason": case["answer"]})}) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", server.url)
        report = ran(brainswap, workload(rows(), scorers=[OURS], **{**REPLAY, "gates": []}))
        still_there = os.environ["AWS_ENDPOINT_URL_LAMBDA"]

    assert [each["scores"]["ours"]["mean"] for each in report["contenders"]] == [0.5, 0.5]
    assert report["models"] == "recorded"
    assert still_there == server.url
    assert {name for name, _ in server.invoked} == {FUNCTION}


def test_a_model_of_embeddings_answers_nobody(brainswap: Callable[..., Said], workload: Callable[..., Path]) -> None:
    targets = [{"model": "cohere.embed-v4:0"}]

    said = brainswap("check", str(workload(rows(), scorers=[SAFE], **{**REPLAY, "targets": targets, "gates": []})))

    assert said.code == 2
    assert "targets[0].model: `cohere.embed-v4:0` is a model of embeddings" in said.err


def test_check_tells_calls_and_money_of_each(brainswap: Callable[..., Said], workload: Callable[..., Path]) -> None:
    folder = workload(rows(), scorers=[ALIKE, OURS], **REPLAY)

    said = brainswap("check", str(folder), "--models", "embedded")
    document = json.loads(brainswap("check", str(folder), "--models", "embedded", "--json").out)

    assert "The scorer alike (similarity): at most 90 calls, 0.00" in said.out
    assert "The scorer ours (lambda): at most 4 calls, paid in the account, and not forecast." in said.out
    assert [(one["scorer"], one["calls"]) for one in document["calling"]] == [("alike", 90), ("ours", 4)]
    assert document["forecast"]["cost"]["scorers"]["expected"] > 0


@pytest.mark.parametrize(
    ("scorer", "words"),
    [
        ({**OURS, "function": "score"}, "scorers[0]"),
        ({**ALIKE, "model": "amazon.nova-lite-v1:0"}, "none of the known models of embeddings"),
        ({**ALIKE, "dimensions": 7}, "gives 1536, 1024, 512, 256, not 7"),
        ({**SAFE, "guardrail": {"id": "gr4a1l", "version": "latest"}}, "scorers[0]"),
        ({**HARMLESS, "categories": ["RUDENESS"]}, "scorers[0]"),
    ],
)
def test_check_refuses_what_cannot_be_called(
    brainswap: Callable[..., Said], workload: Callable[..., Path], scorer: dict[str, Any], words: str
) -> None:
    said = brainswap("check", str(workload(rows(), scorers=[scorer], **{**REPLAY, "gates": []})))

    assert said.code == 2
    assert words in said.err
