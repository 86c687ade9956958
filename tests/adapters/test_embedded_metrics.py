import io
import json
from datetime import UTC, datetime
from typing import Any

from brainswap.adapters.embedded_metrics import EmbeddedMetrics
from brainswap.ports import Metric
from brainswap.runtime import NoMetrics, Runtime

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Noon:
    def now(self) -> datetime:
        return NOON

    def monotonic_ms(self) -> float:
        return 0.0


def _written(*metrics: Metric) -> list[Any]:
    stream = io.StringIO()
    recorder = EmbeddedMetrics(stream, Noon(), stack="Brainswap")
    recorder.record(metrics, by={"Verdict": "hold"}, about={"Run": "r"})
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_moment_is_one_line_that_cloudwatch_counts_for_the_stack_and_by_each_dimension() -> None:
    (line,) = _written(Metric(name="Runs", value=1, unit="Count"), Metric(name="SpendUsd", value=0.25, unit="None"))

    assert line == {
        "_aws": {
            "Timestamp": 1_793_534_400_000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Brainswap",
                    "Dimensions": [["Stack"], ["Stack", "Verdict"]],
                    "Metrics": [{"Name": "Runs", "Unit": "Count"}, {"Name": "SpendUsd", "Unit": "None"}],
                }
            ],
        },
        "Stack": "Brainswap",
        "Run": "r",
        "Verdict": "hold",
        "Runs": 1,
        "SpendUsd": 0.25,
    }


def test_without_a_figure_nothing_is_written() -> None:
    assert _written() == []


def test_only_a_deployed_stack_writes_figures() -> None:
    assert isinstance(Runtime({}).metrics, NoMetrics)
    assert isinstance(Runtime({"BRAINSWAP_METRICS_OF": "Brainswap"}).metrics, EmbeddedMetrics)
