"""What a move is worth in money."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.report.model import Cost, Ratio, Report, Saving, Spend
from brainswap.report.money import saving
from brainswap.report.payback import for_budget
from tests.fakes.reports import contender, report, target


def cost(per_1000: float) -> Cost:
    return Cost(per_1000_requests_usd=per_1000, monthly_usd=None, price_source="list", price_date="2026-11-01")


def spend(usd: float | None, *, notional: bool = False) -> Spend:
    return Spend(usd=usd, forecast_usd=None, calls=1, cached=0, notional=notional)


def saved(
    before: float,
    after: float,
    *,
    low: float | None = None,
    high: float | None = None,
    usd: float | None = 2.0,
    requests: int | None = 100_000,
) -> Saving:
    ratios = {"cost": Ratio(ratio=after / before, low=low, high=high)}
    found = saving(contender(cost=cost(before)), target(cost=cost(after), ratios=ratios), spend(usd), requests)
    assert found is not None
    return found


def told(found: Saving, usd: float | None = 2.0, *, notional: bool = False) -> str | None:
    return for_budget(report(contenders=[contender(), target(saving=found)], spend=spend(usd, notional=notional)))


def test_a_saving_pays_the_run_back() -> None:
    found = saved(0.50, 0.30, low=0.55, high=0.65)

    # 20 cents less for 1,000 requests; 2 dollars are 10,000 requests, a tenth of a month
    assert found.per_1000_requests_usd == pytest.approx(0.20)
    assert found.low == pytest.approx(0.175)
    assert found.high == pytest.approx(0.225)
    assert found.monthly_usd == pytest.approx(20)
    assert found.paid_back_requests == 10_000
    assert found.paid_back_days == pytest.approx(3.04, abs=0.01)
    assert told(found) == (
        "That is $0.20 less for 1,000 requests ($0.175 to $0.225), $20.00 less a month; the $2.00 that this run took "
        "is earned back in 3 days."
    )


def test_what_costs_more_earns_nothing_back() -> None:
    found = saved(0.30, 0.50, low=1.6, high=1.7)

    assert found.paid_back_requests is None
    assert told(found) == (
        "That is $0.20 more for 1,000 requests ($0.18 to $0.21), $20.00 more a month; the $2.00 that this run took is "
        "not earned back."
    )


def test_a_saving_that_may_be_none_says_so() -> None:
    said = str(told(saved(0.50, 0.45, low=0.8, high=1.1)))

    assert "(between $0.05 more and $0.10 less)" in said
    assert said.endswith("is earned back, if at all, in 12 days.")


def test_without_traffic_requests_are_counted() -> None:
    found = saved(0.50, 0.30, requests=None)

    assert found.monthly_usd is None
    assert str(told(found)).endswith("is earned back by 10,000 requests.")


@pytest.mark.parametrize(
    ("requests", "words"),
    [(10_000_000, "within a day"), (11_000, "in 28 days"), (800, "in more than a year"), (100, "in 8 years")],
)
def test_the_time_is_told_in_the_unit_that_fits(requests: int, words: str) -> None:
    assert str(told(saved(0.50, 0.30, requests=requests))).endswith(f"is earned back {words}.")


def test_a_run_that_took_nothing_has_nothing_to_earn_back() -> None:
    assert "earned back" not in str(told(saved(0.5, 0.3, usd=0.0), usd=0.0))
    assert "earned back" not in str(told(saved(0.5, 0.3, usd=None), usd=None))
    assert "at list prices" in str(told(saved(0.5, 0.3), notional=True))


def test_equal_costs_are_a_short_sentence() -> None:
    assert told(saved(0.5, 0.5)) == "Both cost the same."


def test_what_is_unknown_is_no_sentence() -> None:
    unpriced: Report = report(contenders=[contender(), target(saving=None)])

    assert saving(contender(cost=None), target(), spend(1.0), 1) is None
    assert for_budget(unpriced) is None
    assert for_budget(report(recommended=None)) is None


@given(before=st.floats(1e-6, 1e3), after=st.floats(0, 1e3), usd=st.floats(0, 1e6), requests=st.integers(1, 10**9))
def test_after_the_requests_that_pay_back_the_saving_is_what_the_run_took(
    before: float, after: float, usd: float, requests: int
) -> None:
    found = saved(before, after, usd=usd, requests=requests)

    assert (found.paid_back_requests is None) == (found.per_1000_requests_usd <= 0)
    if found.paid_back_requests is not None:
        assert found.paid_back_requests * found.per_1000_requests_usd / 1000 == pytest.approx(
            usd, abs=2 * found.per_1000_requests_usd / 1000 + 1e-9 * usd
        )
