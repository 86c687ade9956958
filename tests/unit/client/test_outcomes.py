"""What is sent of requests: added up, bounded, and never at the application's cost."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from brainswap.adapters.cloudwatch_outcomes import _outcomes
from brainswap.client import Client, Settings
from brainswap.client.outcomes import MOST_GROUPS, Group, Outcome, Outcomes, Sums
from brainswap.client.resolved import Resolved
from brainswap.client.sending import GROUPS_AT_ONCE, NAMESPACE, to_cloudwatch, to_log
from brainswap.client.versions import read_version
from brainswap.core.rollout import reporting
from brainswap.core.rollout.analysis import Counted
from tests.fakes.routed import SETTINGS, version

GROUP = Group("support-triage", "target", "run-1/1")


def sums(*outcomes: Outcome, slow_ms: int = 2000) -> Sums:
    made = Outcomes()
    for outcome in outcomes:
        made.record(GROUP, outcome, slow_ms)
    return made.take()[GROUP]


def test_outcomes_are_counted_and_what_stands_at_zero_is_told_too() -> None:
    counted = sums(Outcome(ok=True), Outcome(ok=False, throttled=True), Outcome(ok=True)).counters

    assert counted == {"Requests": 3, "Errors": 1, "Throttles": 1}


def test_what_nobody_knows_is_not_told() -> None:
    assert set(sums(Outcome(ok=True)).counters) == {"Requests", "Errors", "Throttles"}


def test_what_is_known_of_some_is_told_of_those() -> None:
    told = sums(
        Outcome(ok=True, format_ok=True, thumb=False, good=True, latency_ms=2500),
        Outcome(ok=True, format_ok=False, latency_ms=1999),
        Outcome(ok=True),
    )

    assert _outcomes(dict(told.counters)) == {
        "errors": Counted(of=3, hits=0),
        "throttles": Counted(of=3, hits=0),
        "format_failures": Counted(of=2, hits=1),
        "slow": Counted(of=2, hits=1),
        "thumbs_down": Counted(of=1, hits=1),
        "judged_bad": Counted(of=1, hits=0),
    }


def test_client_and_analysis_speak_of_the_same_metrics() -> None:
    sent = sums(Outcome(ok=True, format_ok=True, thumb=True, good=True, latency_ms=1)).counters
    sent_to: list[dict[str, Any]] = []
    to_cloudwatch(lambda: _Recording(sent_to))({GROUP: sums(Outcome(ok=True))})

    assert set(sent) == {name for counters in reporting.COUNTERS.values() for name in counters}
    assert reporting.NAMESPACE == NAMESPACE == sent_to[0]["Namespace"]
    assert [one["Name"] for one in sent_to[0]["MetricData"][0]["Dimensions"]] == [
        reporting.WORKLOAD,
        reporting.VARIANT,
        reporting.ROLLOUT,
    ]


class _Recording:
    def __init__(self, calls: list[dict[str, Any]]) -> None:
        self._calls = calls

    def put_metric_data(self, **call: Any) -> None:
        self._calls.append(call)


def test_latencies_are_kept_in_bins_that_are_right_to_eight_per_cent() -> None:
    latencies = [1.0, 3.7, 250.0, 999.0, 12_345.0, 3_600_000.0]

    kept = sorted(sums(*(Outcome(ok=True, latency_ms=one) for one in latencies)).latencies)

    assert [middle / latency for middle, latency in zip(kept, latencies, strict=True)] == pytest.approx(
        [1.0] * 6, rel=0.082
    )


def test_memory_stays_bounded_whatever_latencies_and_groups_come() -> None:
    made = Outcomes()
    for number in range(20_000):
        made.record(GROUP, Outcome(ok=True, latency_ms=1.1 ** (number % 400)), 0)
        made.record(Group("w", "target", f"run-{number}/1"), Outcome(ok=True), 0)

    dropped, taken = made.dropped, made.take()

    assert len(taken) == MOST_GROUPS
    assert len(taken[GROUP].latencies) <= 100  # embedded metrics take as many values of one metric
    assert dropped == 20_000 - (MOST_GROUPS - 1)


def test_what_could_not_be_sent_is_sent_the_next_time() -> None:
    sent: list[Any] = []
    broken = [True]

    def send(taken: Any) -> None:
        if broken.pop() if broken else False:
            raise ConnectionError("no network")
        sent.append({group: dict(sums.counters) for group, sums in taken.items()})

    client = Client(_settings(), send=send)
    resolved = _resolved()
    client.record(resolved, ok=False)
    client.flush()
    client.record(resolved)

    client.flush()

    assert sent == [{GROUP: {"Requests": 2, "Errors": 1, "Throttles": 0}}]


def test_what_was_sent_before_something_could_not_be_is_not_sent_again() -> None:
    sent: list[tuple[str, int]] = []
    calls = itertools.count()

    def send(taken: Mapping[Group, Sums]) -> None:
        if next(calls) == 1:
            raise ConnectionError("no network")
        sent.extend((group.workload, sums.counters["Requests"]) for group, sums in taken.items())

    client = Client(_settings(), send=send)
    names = [f"w-{number}" for number in range(3 * GROUPS_AT_ONCE)]
    for name in names:
        client.record(replace(_resolved(), workload=name))

    client.flush()
    client.flush()

    assert sorted(sent) == sorted((name, 1) for name in names)


def test_a_request_of_cloudwatch_holds_whole_groups_within_its_limits() -> None:
    calls: list[dict[str, Any]] = []
    client = Client(_settings(), send=to_cloudwatch(lambda: _Recording(calls)))
    for number in range(2 * GROUPS_AT_ONCE):
        for latency_ms in (1.17**power for power in range(100)):
            client.record(
                replace(_resolved(), workload=f"w-{number}"),
                latency_ms=latency_ms,
                format_ok=True,
                thumb=True,
                good=True,
            )

    client.flush()

    assert len(calls) == 2
    for call in calls:
        assert len(call["MetricData"]) <= 1000
        assert max(len(one.get("Values", ())) for one in call["MetricData"]) <= 150
        assert len(json.dumps(call)) < 1_000_000


def test_outcomes_that_find_no_room_are_told_of(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(_settings(), send=lambda _: None)
    for number in range(MOST_GROUPS + 3):
        client.record(replace(_resolved(), workload=f"w-{number}"))

    client.flush()

    assert "3 outcomes were dropped" in caplog.text


def test_recording_never_raises() -> None:
    client = Client(_settings(), send=lambda _: None)

    client.record(None)  # type: ignore[arg-type]
    client.record(None, answer="yes")  # type: ignore[arg-type]
    client.record(_resolved(), latency_ms="soon")  # type: ignore[arg-type]
    client.record(_resolved(), latency_ms=float("nan"))
    client.record(_resolved(), latency_ms=-5)
    client.record_later(None, thumb=True)  # type: ignore[arg-type]


def test_on_lambda_outcomes_are_in_the_log_before_the_request_ends(capsys: pytest.CaptureFixture[str]) -> None:
    client = Client(_settings(on_lambda=True, flush_s=1.0))

    client.record(_resolved(), latency_ms=100)

    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    (directive,) = told["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Brainswap"
    assert directive["Dimensions"] == [["Workload", "Variant", "RolloutId"]]
    assert {metric["Name"] for metric in directive["Metrics"]} == {
        *("Requests", "Errors", "Throttles", "Timed", "Slow", "Latency")
    }
    assert (told["Workload"], told["Variant"], told["RolloutId"]) == ("support-triage", "target", "run-1/1")
    assert (told["Requests"], told["Slow"]) == (1, 0)
    assert told["Latency"]["Counts"] == [1]


def test_what_is_heard_later_counts_no_request() -> None:
    sent: list[Any] = []
    client = Client(_settings(), send=lambda taken: sent.append(dict(next(iter(taken.values())).counters)))

    client.record_later(_resolved(), thumb=False)
    client.flush()

    assert sent == [{"Thumbs": 1, "ThumbsDown": 1}]


def test_a_log_line_per_group() -> None:
    lines: list[str] = []

    to_log(lines.append, now=lambda: 1.5)({GROUP: sums(Outcome(ok=True)), Group("w", "source", "r/2"): Sums()})

    assert [json.loads(line)["_aws"]["Timestamp"] for line in lines] == [1500, 1500]


def _settings(**changes: Any) -> Settings:
    return Settings(application="a", environment="e", bucket="b", **changes)


def _resolved() -> Resolved:
    data = version("m.m", settings=SETTINGS).model_dump_json().encode()
    return Resolved(
        workload=GROUP.workload,
        variant=GROUP.variant,
        step=GROUP.step,
        model="m.m",
        system=None,
        messages=(),
        slow_ms=2000,
        version=read_version(data, sha256(data).hexdigest()),
    )
