"""What a report says of money: what the run took, and the prices that it counted with."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

from brainswap.contracts import Contender, FrozenRun
from brainswap.core.answers import Origin
from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.money.prices import Price
from brainswap.report.called import embedding_specs
from brainswap.report.improving import Improving
from brainswap.report.judges import Judging
from brainswap.report.model import ContenderReport, Saving, Spend

THOUSAND = 1000
DAYS_OF_A_MONTH = 365.25 / 12


def nothing_spent(frozen: FrozenRun) -> Spend:
    """Of a run that asked nothing."""
    return Spend(
        usd=0.0,
        forecast_usd=_dollars(frozen.forecast.cost_usd),
        calls=0,
        cached=0,
        budget_usd=_dollars(frozen.workload.limits.budget_usd),
    )


def spent(  # noqa: PLR0917 - everybody who is paid
    frozen: FrozenRun,
    contenders: Mapping[str, Contender],
    source_id: str,
    evaluation: Evaluation,
    judging: Judging,
    improving: Improving,
) -> Spend:
    """What this run asked and what that cost; replayed and cached answers cost nothing."""
    tallies = {source_id: evaluation.source, **evaluation.targets}
    live = {name: tally for name, tally in tallies.items() if contenders[name].answers == "live"}
    purposes: dict[str, list[Decimal | None]] = {}
    for name, tally in live.items():
        purposes.setdefault("source" if name == source_id else "targets", []).append(tally.paid_usd)
    purposes |= judging.costs(frozen) | improving.costs()
    every = [cost for costs in purposes.values() for cost in costs]
    return Spend(
        usd=_dollars(_sum(every)),
        forecast_usd=_dollars(frozen.forecast.cost_usd),
        calls=judging.all_calls + improving.calls + sum(tally.calls for tally in live.values()),
        cached=judging.all_cached + improving.cached + sum(tally.reused for tally in live.values()),
        usd_by_purpose={purpose: _dollars(_sum(costs)) for purpose, costs in purposes.items()},
        notional=Origin.SIMULATED in judging.all_origins(frozen) | improving.origins
        or any(tally.origins[Origin.SIMULATED] for tally in live.values()),
        budget_usd=_dollars(frozen.workload.limits.budget_usd),
    )


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """None as soon as one of them is unknown."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def saving(
    source: ContenderReport, target: ContenderReport, spend: Spend, requests_per_month: int | None
) -> Saving | None:
    """What a target saves, and when that pays back what the run took; None where a cost is unknown."""
    if source.cost is None or target.cost is None:
        return None
    before = source.cost.per_1000_requests_usd
    saved = before - target.cost.per_1000_requests_usd
    ratio = target.ratios.get("cost")
    low, high = (None, None) if ratio is None else (ratio.high, ratio.low)
    requests = math.ceil(THOUSAND * spend.usd / saved) if saved > 0 and spend.usd is not None else None
    days = requests / requests_per_month * DAYS_OF_A_MONTH if requests is not None and requests_per_month else None
    return Saving(
        per_1000_requests_usd=saved,
        low=None if low is None else before * (1 - low),
        high=None if high is None else before * (1 - high),
        monthly_usd=None if requests_per_month is None else saved * requests_per_month / THOUSAND,
        paid_back_requests=requests,
        paid_back_days=days,
    )


def prices(frozen: FrozenRun) -> dict[str, str | None]:
    """By model, of those who answer, of those who judge, and of those whose embeddings are compared."""
    answering = {declared.model: frozen.prices[slot].price for slot, declared in frozen.workload.slots.items()}
    judging = {judge.model: frozen.judge_prices[slot].price for slot, judge in frozen.workload.judges.items()}
    compared = {spec.model: frozen.called_prices[spec.name].price for spec in embedding_specs(frozen)}
    return {model: _price_words(price) for model, price in {**compared, **judging, **answering}.items()}


def _price_words(price: Price | None) -> str | None:
    if price is None:
        return None
    return f"{price.input} in, {price.output} out, USD per million tokens; {price.source}, {price.date}"


def _dollars(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
