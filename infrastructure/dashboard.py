"""A page in CloudWatch's console: runs, money, models, functions, what waits."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infrastructure.figures import Figures

_WIDE, _HALF, _THIRD = 24, 12, 8


def dashboard_of(scope: Construct, construct_id: str, figures: Figures) -> cloudwatch.Dashboard:
    """Rows from what stakeholders ask to what engineers ask."""
    dashboard = cloudwatch.Dashboard(scope, construct_id)
    dashboard.add_widgets(
        _graph("Runs by verdict, a day", figures.verdicts, _THIRD, stacked=True),
        _graph("Runs begun and ended, a day", figures.running, _THIRD),
        _graph("Money for models, a day", [figures.spend], _THIRD),
    )
    dashboard.add_widgets(
        _graph("Latency by model (p95, ms; all of the account)", [figures.by_model("InvocationLatency", "p95")], _HALF),
        _graph("Refused for their pace, by model", [figures.by_model("InvocationThrottles", "Sum")], _HALF),
    )
    dashboard.add_widgets(
        _graph("Failed migrations and roll-outs", [figures.failed, figures.broken_rollouts], _THIRD),
        _graph("Undelivered events", [figures.waiting], _THIRD),
        _graph("Refused invocations of functions", [figures.throttled_functions], _THIRD),
    )
    dashboard.add_widgets(
        _graph("Live answers judged in roll-outs, a day", figures.judged, _THIRD),
        _graph("Errors by function", figures.errors_of_functions(), _WIDE - _THIRD),
    )
    return dashboard


def _graph(
    title: str, metrics: Sequence[cloudwatch.IMetric], width: int, *, stacked: bool = False
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=width, stacked=stacked)
