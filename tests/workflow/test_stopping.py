"""Whole executions that look at their scores on the way."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from brainswap.core.cases import Case
from brainswap.core.errors import InvalidRequestError
from brainswap.handlers import look
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import Cloud, local_cloud
from local.embedded import endpoints
from local.functions import Invocation, environment
from tests.fakes.runs import RUN, case, declaration

SOURCE = "anthropic.claude-haiku-4-5-20251001-v1:0"
TARGET = "amazon.nova-lite-v1:0"
CASES = 90
UNHURRIED = Account(tokens_per_minute=100_000_000)
CLEAR, UNCLEAR = 2, 12  # the target gets every so-manieth case wrong
LOOKS = {"looks": 3}
JUDGE = "mistral.mistral-large-2407-v1:0"
SCORERS = [
    {"name": "right", "type": "exact", "ignore_case": True},
    {
        "name": "good",
        "type": "rubric",
        "criteria": [{"name": "kind", "description": "Kind."}],
        "judge": {"model": JUDGE},
    },
]


def rows(wrong: int) -> Sequence[dict[str, Any]]:
    return [
        case(
            number,
            recorded={"old": {"output": "yes"}, "new": {"output": "no" if number % wrong == 0 else "yes"}},
            critical=number % 30 == 1,
        )
        for number in range(CASES)
    ]


@contextmanager
def models(wrong: int) -> Iterator[EmbeddedBedrock]:
    known = Models(recordings={SOURCE: "old", TARGET: "new"}, simulated=(JUDGE,))
    cases = [Case.model_validate(one) for one in rows(wrong)]
    with (
        EmbeddedBedrock(cases=cases, models=known, pace=0, account=UNHURRIED) as bedrock,
        environment(endpoints(bedrock.url)),
    ):
        yield bedrock


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An execution that ended."""

    status: str
    report: Report | None
    functions: Counter[str]


def execute(wrong: int, answers: Path | None = None, **changes: Any) -> Ended:
    told: list[Invocation] = []
    with local_cloud(realm="test", observer=told.append, answers=answers) as cloud:
        status = cloud.wait(_start(cloud, wrong, changes)).status
        files = RunFiles(cloud.using.artifacts, RUN)
        report = from_json(files.read_text("report.json")) if files.has("report.json") else None
    functions = Counter(one.function for one in told if one.result is not None)
    return Ended(status=status, report=report, functions=functions)


def _start(cloud: Cloud, wrong: int, changes: dict[str, Any]) -> str:
    declared = declaration(source={"model": SOURCE, "parameters": {"max_tokens": 10}}, **changes)
    prefix = f"workloads/{declared['name']}/v1"
    lines = "".join(json.dumps(one) + "\n" for one in rows(wrong))
    cloud.using.artifacts.write(f"{prefix}/workload.yaml", json.dumps(declared).encode(), "application/yaml")
    cloud.using.artifacts.write(f"{prefix}/cases.jsonl", lines.encode(), "application/x-ndjson")
    request = {"run_id": RUN, "workload": declared["name"], "version": "v1", "started_at": "2026-11-01T12:00:00Z"}
    return cloud.start(RUN, request)


def test_a_clear_case_stops_early_and_pays_for_fewer_calls_also_of_judges() -> None:
    with models(CLEAR) as bedrock:
        ended = execute(CLEAR, stopping=LOOKS, scorers=SCORERS)
        paid = sum(bedrock.paid(model=model).answers for model in (SOURCE, TARGET))
        judged = bedrock.paid(model=JUDGE).answers

    assert ended.status == "SUCCEEDED"
    assert ended.report is not None
    assert ended.report.verdict == "hold"
    assert ended.report.stopping is not None
    assert ended.report.stopping.early
    assert ended.functions["look"] == 1
    assert ended.functions["judge"] == ended.functions["score"]
    assert paid == 2 * (30 + ended.report.stopping.asked_ahead)
    assert 0 < judged <= paid
    assert ended.report.spend.calls == paid + judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """A run that broke off at its second look, and went on; both paid for so many answers."""

    broken: Ended
    resumed: Ended
    paid_before: int
    paid: int


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Interrupted:
    answers = tmp_path_factory.mktemp("run") / "answers.sqlite"
    original = look.run
    taken: list[Any] = []

    def break_off(*arguments: Any) -> Any:
        if taken:
            raise InvalidRequestError("the power went")
        taken.append(arguments)
        return original(*arguments)

    with models(UNCLEAR) as bedrock:
        with mock.patch.object(look, "run", break_off):
            broken = execute(UNCLEAR, answers, stopping=LOOKS)
        paid_before = bedrock.paid().answers
        resumed = execute(UNCLEAR, answers, stopping=LOOKS)
        return Interrupted(broken=broken, resumed=resumed, paid_before=paid_before, paid=bedrock.paid().answers)


def test_a_run_that_breaks_off_between_looks_goes_on_without_paying_twice(interrupted: Interrupted) -> None:
    resumed = interrupted.resumed

    assert (interrupted.broken.status, resumed.status) == ("FAILED", "SUCCEEDED")
    assert 0 < interrupted.paid_before < 2 * CASES
    assert interrupted.paid == 2 * CASES
    assert resumed.report is not None
    assert resumed.report.spend.calls + interrupted.paid_before == 2 * CASES


def test_an_unclear_case_goes_to_the_end_and_to_the_verdict_that_it_has_without_looks(interrupted: Interrupted) -> None:
    looked = interrupted.resumed
    with models(UNCLEAR):
        whole = execute(UNCLEAR)

    assert looked.report is not None
    assert whole.report is not None
    assert (looked.functions["look"], whole.functions["look"]) == (2, 0)
    assert looked.report.verdict == whole.report.verdict == "inconclusive"
    for one, other in zip(looked.report.contenders, whole.report.contenders, strict=True):
        assert one.scores == other.scores
        assert one.comparison == other.comparison
