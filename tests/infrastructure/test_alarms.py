"""Alarms, the dashboard, and who is written to."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from brainswap.adapters import embedded_metrics
from brainswap.report.model import Verdict
from infrastructure.catalog import FUNCTIONS
from tests.infrastructure.templates import Template, of_type, text_of

ALARMS = "AWS::CloudWatch::Alarm"


def test_nobody_is_written_to_unless_asked(template: Template) -> None:
    for alarm in of_type(template, ALARMS).values():
        assert "AlarmActions" not in alarm
    assert not of_type(template, "AWS::SNS::Subscription")


def test_every_alarm_is_told_to_the_address_of_the_settings(with_settings: Template) -> None:
    assert _subscribers(with_settings, "${ObservabilityAlarms}") == [("email", "models@example.com")]
    for alarm in of_type(with_settings, ALARMS).values():
        assert list(map(text_of, alarm["AlarmActions"])) == ["${ObservabilityAlarms}"]


@pytest.mark.parametrize(
    ("name", "metrics", "threshold"),
    [
        ("FailedMigrations", {"ExecutionsFailed", "ExecutionsTimedOut"}, 1),
        ("BrokenRollouts", {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}, 1),
        ("UndeliveredEvents", {"ApproximateNumberOfMessagesVisible"}, 1),
        ("UntoldVerdict", {"Errors"}, 1),
        ("SpendNearBudget", {"SpendOfBudget"}, 90),
        ("UnreadCatalogues", {"UnreadCatalogues"}, 1),
        ("ThrottledFunctions", {"Throttles"}, 1),
        ("ThrottledModels", {"InvocationThrottles"}, 100),
    ],
)
def test_an_alarm_watches_what_its_name_says(
    template: Template, name: str, metrics: set[str], threshold: float
) -> None:
    alarm = of_type(template, ALARMS)[f"Observability{name}"]

    assert _watched_metrics(alarm) == metrics
    assert alarm["Threshold"] == threshold
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["TreatMissingData"] == "notBreaching"


def test_the_alarm_for_rollouts_watches_their_machine(template: Template) -> None:
    alarm = of_type(template, ALARMS)["ObservabilityBrokenRollouts"]

    metrics = [each["MetricStat"]["Metric"] for each in alarm["Metrics"] if "MetricStat" in each]
    watched = {text_of(dimension["Value"]) for each in metrics for dimension in each["Dimensions"]}

    assert watched == {"${RolloutMachine}"}


def test_every_alarm_has_its_part_in_the_runbook(template: Template, with_options: Template) -> None:
    runbook = (Path(__file__).resolve().parents[2] / "docs" / "operate.md").read_text("utf-8")

    for alarm in {**of_type(template, ALARMS), **of_type(with_options, ALARMS)}.values():
        assert f"### {alarm['AlarmDescription']}\n" in runbook


@pytest.mark.parametrize("name", ["SpendNearBudget", "UnreadCatalogues"])
def test_figures_of_the_functions_are_looked_for_where_they_are_put(template: Template, name: str) -> None:
    alarm = of_type(template, ALARMS)[f"Observability{name}"]

    (metric,) = (each["MetricStat"]["Metric"] for each in alarm["Metrics"])
    assert metric["Namespace"] == embedded_metrics.NAMESPACE
    (dimension,) = metric["Dimensions"]
    assert (dimension["Name"], text_of(dimension["Value"])) == (embedded_metrics.STACK, "${AWS::StackName}")


def test_the_dashboard_shows_every_verdict_and_every_function(template: Template) -> None:
    (dashboard,) = of_type(template, "AWS::CloudWatch::Dashboard").values()

    body = json.dumps(dashboard["DashboardBody"])

    assert all(f'\\"Verdict\\",\\"{verdict}\\"' in body for verdict in get_args(Verdict))
    assert all(f'\\"label\\":\\"{row.state}\\"' in body for row in FUNCTIONS)


def test_the_end_of_a_run_is_told_to_the_address_of_the_settings(with_settings: Template) -> None:
    assert _subscribers(with_settings, "${AnnouncementsReports}") == [("email", "owners@example.com")]


def _subscribers(template: Template, topic: str) -> list[tuple[str, str]]:
    return [
        (subscription["Protocol"], subscription["Endpoint"])
        for subscription in of_type(template, "AWS::SNS::Subscription").values()
        if text_of(subscription["TopicArn"]) == topic
    ]


def _watched_metrics(alarm: Mapping[str, Any]) -> set[str]:
    if "MetricName" in alarm:
        return {alarm["MetricName"]}
    return {metric["MetricStat"]["Metric"]["MetricName"] for metric in alarm["Metrics"] if "MetricStat" in metric}
