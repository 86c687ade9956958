from typing import Any

from brainswap.contracts import RunRequest
from brainswap.handlers import announce
from brainswap.report.document import to_json
from brainswap.report.model import Spend
from tests.fakes.memory import MemoryDependencies
from tests.fakes.reports import report


def _recorded(**spend: Any) -> tuple[dict[str, float], dict[str, str]]:
    """The figures of a run, and their dimensions."""
    using = MemoryDependencies()
    told = report(spend=Spend(**{"usd": 4.5, "forecast_usd": 5.0, "calls": 120, "cached": 0, **spend}))
    using.artifacts.files[f"runs/{told.run_id}/report.json"] = to_json(told).encode()

    announce.run(RunRequest(run_id=told.run_id), using)

    ((metrics, by, _),) = using.metrics.recorded
    return {metric.name: metric.value for metric in metrics}, dict(by)


def test_a_run_counts_with_its_verdict_its_calls_and_its_money() -> None:
    figures, by = _recorded(budget_usd=5)

    assert figures == {"Runs": 1, "Calls": 120, "SpendUsd": 4.5, "SpendOfBudget": 90}
    assert by == {"Verdict": "migrate"}


def test_money_that_is_unknown_is_not_counted_as_none() -> None:
    assert set(_recorded(usd=None, budget_usd=5)[0]) == {"Runs", "Calls"}


def test_money_that_nobody_paid_is_not_counted() -> None:
    assert set(_recorded(notional=True, budget_usd=5)[0]) == {"Runs", "Calls"}


def test_without_a_budget_there_is_no_share_of_it() -> None:
    assert set(_recorded()[0]) == {"Runs", "Calls", "SpendUsd"}
