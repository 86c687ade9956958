import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.report.charts import Difference, paired_differences, standing
from brainswap.report.markup import render
from tests.fakes.pages import read

SHARES = st.floats(-1, 1)


def difference(low: float, middle: float, high: float, label: str = "haiku · translated") -> Difference:
    return Difference(label=label, middle=middle, low=low, high=high)


def test_a_chart_says_in_words_what_it_draws() -> None:
    chart = paired_differences([difference(-0.007, 0.012, 0.031)], scorer="correct", margin=-0.02, place="chart-0")

    page = read(render(chart))

    assert page.starts[0].attributes["role"] == "img"
    assert page.starts[0].attributes["aria-labelledby"] == "chart-0-title chart-0-desc"
    assert page.attributes("id") == ["chart-0-title", "chart-0-desc"]
    assert "The margin is \u22122.0 points." in page.text
    assert "haiku · translated: +1.2 points (\u22120.7 to +3.1)." in page.text


@pytest.mark.parametrize(
    ("low", "high", "where"),
    [(-0.019, 0.03, "above"), (-0.02, 0.03, "across"), (-0.05, -0.02, "across"), (-0.05, -0.021, "below")],
)
def test_an_interval_counts_as_clear_only_where_all_of_it_lies_on_one_side(low: float, high: float, where: str) -> None:
    assert standing(difference(low, low, high), -0.02) == where


def test_without_a_margin_there_is_no_line_and_no_judgement() -> None:
    chart = paired_differences([difference(-0.01, 0, 0.01)], scorer="correct", margin=None, place="chart-0")

    page = read(render(chart))

    assert "interval interval-free" in page.attributes("class")
    assert "margin" not in page.attributes("class")
    assert "No margin was set." in page.text


@given(
    rows=st.lists(st.tuples(SHARES, SHARES, SHARES).map(sorted), min_size=1, max_size=8),
    margin=st.none() | st.floats(-0.99, -0.0001),
)
def test_everything_is_drawn_inside_and_in_order(rows: list[list[float]], margin: float | None) -> None:
    differences = [difference(low, middle, high) for low, middle, high in rows]

    page = read(render(paired_differences(differences, scorer="correct", margin=margin, place="chart-0")))

    places = [float(place.removesuffix("%")) for name in ("x1", "x2", "cx") for place in page.attributes(name)]
    assert all(0 <= place <= 100 for place in places)
    spans = [start.attributes for start in page.starts if start.attributes.get("class") == "span"]
    dots = [start.attributes for start in page.starts if start.attributes.get("class") == "dot"]
    assert len(spans) == len(dots) == len(rows)
    for span, dot in zip(spans, dots, strict=True):
        ends = [float(place.removesuffix("%")) for place in (span["x1"], dot["cx"], span["x2"])]
        assert ends == sorted(ends)
    assert 1 <= page.attributes("class").count("tick-name") <= 8


def test_the_zero_line_is_named_after_the_source() -> None:
    chart = paired_differences([difference(0.1, 0.2, 0.3)], scorer="correct", margin=None, place="chart-0")

    page = read(render(chart))

    assert page.attributes("class").count("zero") == 1
    assert "source" in page.text


def test_a_long_label_is_cut_to_what_a_phone_can_show() -> None:
    chart = paired_differences([difference(0, 0, 0, "x" * 500)], scorer="correct", margin=None, place="chart-0")

    page = read(render(chart))

    assert "x" * 43 + "…" in page.text
    assert "x" * 200 not in page.text
