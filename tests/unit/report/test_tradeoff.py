from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.report.markup import render
from brainswap.report.model import Cost, Report, ScoreSummary
from brainswap.report.tradeoff import Scale, tradeoff
from brainswap.report.tradeoff_chart import quality_against_cost
from tests.fakes.pages import read
from tests.fakes.reports import contender, large, report, target, unknowns

DOLLARS = st.floats(0, 1e6) | st.sampled_from([0.0, 1e-9, 0.1])


def priced(costs: list[float], means: list[float]) -> Report:
    def changes(cost: float, mean: float) -> dict[str, Any]:
        score = ScoreSummary(mean=mean, low=mean / 2, high=(1 + mean) / 2, n=9, unscored=0, method="wilson")
        price = Cost(per_1000_requests_usd=cost, monthly_usd=None, price_source="list", price_date="2026-11-01")
        return {"cost": price, "scores": {"correct": score}}

    first, *others = [changes(*each) for each in zip(costs, means, strict=True)]
    targets = [target(f"t{number}", **each) for number, each in enumerate(others)]
    return report(contenders=[contender(**first), *targets])


def test_contenders_stand_by_their_cost_and_their_quality() -> None:
    found = tradeoff(report(pareto_front=["haiku-translated"]))

    assert found is not None
    assert [(point.number, point.cost_usd, point.quality, point.on_front) for point in found.points] == [
        (1, 0.388, 0.9, False),
        (2, 0.12345, 0.912, True),
    ]
    assert found.missing == 0


def test_who_has_no_price_is_counted_and_not_drawn() -> None:
    found = large(3)
    (source, first, *others) = found.contenders

    drawn = tradeoff(
        found.model_copy(update={"contenders": [source, first.model_copy(update={"cost": None}), *others]})
    )

    assert drawn is not None
    assert len(drawn.points) == 3
    assert drawn.missing == 1


def test_one_contender_alone_is_no_trade() -> None:
    assert tradeoff(report(contenders=[contender()])) is None
    assert tradeoff(unknowns()) is None


def test_costs_that_are_far_apart_are_drawn_in_decades() -> None:
    found = tradeoff(priced([0.1, 1.0, 10.0], [0.5, 0.6, 0.7]))

    assert found is not None
    places = [found.cost.at(point.cost_usd) for point in found.points]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1])
    assert [round(tick, 9) for tick in found.cost.ticks()] == [0.1, 1.0, 10.0]
    assert "on a logarithmic scale" in read(render(quality_against_cost(found, "costs"))).text


def test_costs_that_are_near_each_other_or_nothing_are_drawn_from_nothing_on() -> None:
    for costs in ([1.0, 9.0], [0.0, 100.0]):
        found = tradeoff(priced(costs, [0.5, 0.6]))

        assert found is not None
        assert found.cost.at(0.0) == 0.0
        assert "logarithmic" not in read(render(quality_against_cost(found, "costs"))).text


@given(st.lists(st.tuples(DOLLARS, st.floats(0, 1)), min_size=2, max_size=9))
def test_every_mark_is_inside_the_drawing(contenders: list[tuple[float, float]]) -> None:
    found = tradeoff(priced(*map(list, zip(*contenders, strict=True))))

    assert found is not None
    page = read(render(quality_against_cost(found, "chart")))
    across = [float(place.removesuffix("%")) for name in ("x1", "x2", "cx") for place in page.attributes(name)]
    down = [float(place) for name in ("y1", "y2", "cy") for place in page.attributes(name)]
    assert all(0 <= place <= 100 for place in across)
    assert all(0 <= place <= 320 for place in down)
    assert page.attributes("class").count("dot") == len(contenders)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_few_and_on_the_scale(low: float, width: float) -> None:
    scale = Scale(low=low, high=low + width)

    ticks = scale.ticks()

    assert len(ticks) <= 6
    assert all(-1e-6 <= (tick - scale.low) / (scale.high - scale.low) <= 1 + 1e-6 for tick in ticks)


@pytest.mark.parametrize(("high", "ticks"), [(1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (8.0, [0, 2, 4, 6, 8])])
def test_ticks_are_round(high: float, ticks: list[float]) -> None:
    assert Scale(low=0, high=high).ticks() == pytest.approx(ticks)
