import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.report.html import to_html
from brainswap.report.latency_chart import latency_distribution, timed
from brainswap.report.markup import render
from brainswap.report.model import AnswerCounts, Latency, Report
from brainswap.report.outcomes_chart import answers_without_a_whole
from brainswap.report.segments_chart import MOST_SEGMENTS, quality_by_segment
from tests.fakes.pages import Page, read
from tests.fakes.reports import HAIKU, LLAMA, contender, large, report, score, target, unknowns


def part(found: Report, place: str) -> Page:
    markup = to_html(found, [])
    section = re.search(f'<section id="{place}".*?</section>', markup, re.DOTALL)
    return read(section[0] if section else "")


def test_source_same_prompt_and_improved_prompt_stand_side_by_side() -> None:
    same = target("same", prompt="original", difference=-0.031, status="fail")
    found = report(contenders=[contender(), same, target(difference=0.012)])

    text = part(found, "fairness").text

    assert "Source, prompt in useTarget, same promptTarget, translated prompt" in text
    # The source, the same prompt and the translated one, each with its difference to the source.
    assert (
        "correct90.0 %86.9 %\u22123.1 points (\u22125.0 to \u22121.2)91.2 %+1.2 points (\u22120.7 to +3.1)json_valid"
    ) in text
    assert "in useholdmigrate" in text


def test_each_model_with_a_new_prompt_has_a_table_of_its_own() -> None:
    found = report(
        contenders=[
            contender(),
            target("llama-same", model=LLAMA, prompt="original"),
            target("haiku", model=HAIKU),
            target("llama", model=LLAMA, prompt="optimised"),
        ]
    )

    page = part(found, "fairness")

    assert page.attributes("aria-label") == [
        "claude-3-haiku-20240307 and llama3-1-70b-instruct",
        "claude-3-haiku-20240307 and claude-3-5-haiku-20241022",
    ]
    assert "not asked" in page.text  # haiku with the prompt as it is


def test_without_a_new_prompt_there_is_nothing_to_set_apart() -> None:
    assert part(report(contenders=[contender(), target(prompt="original")]), "fairness").starts == []


def test_the_distribution_of_latencies_is_drawn_and_told() -> None:
    latency = contender().latency_ms
    assert latency is not None
    whole = latency.model_copy(update={"p5": 200.0, "p25": 600.0, "p75": 1000.0})
    row = timed("one", whole)
    assert row is not None

    page = read(render(latency_distribution([row], "latencies")))

    box = next(start.attributes for start in page.starts if start.attributes.get("class") == "box")
    # From 0 to 1.04 times p99 on 94 % of the width, beginning at 1 %.
    assert float(box["x"].rstrip("%")) == pytest.approx(1 + 94 * 600 / (1.04 * 3120), abs=0.01)
    assert float(box["width"].rstrip("%")) == pytest.approx(94 * 400 / (1.04 * 3120), abs=0.02)
    assert "one: median 842 ms, p95 1.89 s, p99 3.12 s." in page.text


def test_without_a_median_there_is_no_distribution() -> None:
    latency = contender().latency_ms
    assert latency is not None

    assert timed("one", None) is None
    assert timed("one", latency.model_copy(update={"p50": None})) is None


@given(st.lists(st.floats(0, 1e9), min_size=6, max_size=6).map(sorted))
def test_marks_of_latencies_stay_within_the_drawing(times: list[float]) -> None:
    latency = Latency(
        n=9,
        p5=times[0],
        p25=times[1],
        p50=times[2],
        p75=times[3],
        p90=times[4],
        p95=times[4],
        p99=times[5],
        first_token_p50=None,
        first_token_p95=None,
        estimated=False,
    )
    row = timed("one", latency)
    assert row is not None

    page = read(render(latency_distribution([row], "latencies")))

    for name in ("x", "x1", "x2", "cx"):
        places = [float(value.rstrip("%")) for value in page.attributes(name)]
        assert all(0 <= place <= 100 for place in places)


def test_segments_are_drawn_with_the_numbers_of_the_key() -> None:
    found = report()

    figure = quality_by_segment(found, "correct", "segments-0")
    assert figure is not None
    page = read(render(figure))

    assert "billing: 1, 93.0 % (90.5 to 95.1); 2, 93.0 % (90.5 to 95.1)." in page.text
    assert page.text.endswith("claude-3-haiku-20240307 · originalclaude-3-5-haiku-20241022 · translated")
    assert page.attributes("class").count("point source") == 2


def test_of_many_segments_the_largest_are_drawn_and_the_others_counted() -> None:
    segments = {f"part-{number}": {"correct": score(0.5, n=100 + number)} for number in range(MOST_SEGMENTS + 3)}
    found = report(contenders=[contender(segments=segments), *large(7).contenders[1:]])

    figure = quality_by_segment(found, "correct", "segments-0")
    assert figure is not None
    text = read(render(figure)).text

    assert "part-0:" not in text
    assert "part-14: 1, 50.0 %" in text
    assert "Not drawn: 5 segments and 3 contenders." in text


def test_no_segment_is_no_drawing() -> None:
    assert quality_by_segment(unknowns(), "correct", "segments-0") is None


def test_what_is_no_whole_answer_is_drawn_by_what_it_is() -> None:
    figure = answers_without_a_whole(report(contenders=[contender(), target(answers=whole(10))]), "outcomes")
    assert figure is not None
    page = read(render(figure))

    assert [name for name in page.attributes("class") if name.startswith("outcome ")] == [
        "outcome truncated",
        "outcome refused",
        "outcome failed",
    ]
    assert "4 cut off, 3 refused, 2 failed: 1.5 % of 600" in page.text
    assert "every answer is whole" in page.text


def test_where_every_answer_is_whole_nothing_is_drawn() -> None:
    assert answers_without_a_whole(report(contenders=[contender(answers=whole(10))]), "outcomes") is None
    assert answers_without_a_whole(report(contenders=[contender(answers=whole(0))]), "outcomes") is None


def whole(asked: int) -> AnswerCounts:
    return AnswerCounts(asked=asked, answered=asked, cached=0, truncated=0, empty=0, refused=0, filtered=0, failed=0)


def test_a_figure_is_sorted_by_what_it_is_and_an_unknown_one_by_nothing() -> None:
    page = part(report(contenders=[contender(), target(cost=None)]), "contenders")

    values = page.attributes("data-sort")
    assert "0.9" in values
    assert values[-2:] == ["", ""]  # what the target costs
    assert page.attributes("data-role") == ["source", "target"]
    assert page.attributes("data-verdict") == ["", "migrate"]
