"""What is made of the runs."""

from dataclasses import replace

import pytest

from benchmarks.asking.measured import Run, row, table, throttled_limit_s, unthrottled_limit_s

RUN = Run(
    cases=1000,
    answered=1000,
    requests=1000,
    limit_s=4.0,
    span_s=5.0,
    wall_s=6.0,
    first_request_s=0.5,
    cpu_s=3.0,
    peak_mb=50.0,
    rate_per_s=None,
    connections=50,
    server_cpu_us=100.0,
)


def test_a_row_holds_medians_and_the_worst_loss() -> None:
    made = row(
        "boto3", [RUN, replace(RUN, span_s=4.4, answered=997, connections=60), replace(RUN, span_s=8.0, peak_mb=70.0)]
    )

    assert made.span_over_limit == pytest.approx(1.25)
    assert (made.span_over_limit_low, made.span_over_limit_high) == pytest.approx((1.1, 2.0))
    assert made.lost_at_most == 3
    assert made.connections_at_most == 60
    assert made.peak_mb == 70.0
    assert made.cpu_s_per_1000 == pytest.approx(3.0)


def test_requests_that_brought_no_answer_are_wasted() -> None:
    run = replace(RUN, requests=1203, answered=993)

    assert run.wasted == pytest.approx(0.21)
    assert run.lost == 7


def test_the_table_is_ordered_by_span_and_names_what_is_not_installed() -> None:
    slow, fast = row("slow", [replace(RUN, span_s=9.0)]), row("fast", [RUN])

    lines = table([slow, fast], ["litellm-openai"]).splitlines()

    assert [line.split()[0] for line in lines] == ["client", "fast", "slow", "litellm-openai"]
    assert "not installed" in lines[-1]


def test_who_lost_cases_comes_after_who_did_not() -> None:
    careless, slow = row("careless", [replace(RUN, answered=999)]), row("slow", [replace(RUN, span_s=9.0)])

    lines = table([careless, slow], []).splitlines()

    assert [line.split()[0] for line in lines[1:]] == ["slow", "careless"]


@pytest.mark.parametrize(
    ("cases", "in_flight", "limit_s"), [(2000, 50, 8.0), (2000, 200, 2.0), (2001, 50, 8.2), (1, 50, 0.2), (0, 50, 0.2)]
)
def test_the_limit_is_a_latency_for_every_round(cases: int, in_flight: int, limit_s: float) -> None:
    assert unthrottled_limit_s(cases=cases, latency_s=0.2, in_flight=in_flight) == pytest.approx(limit_s)


def test_under_a_rate_the_limit_is_the_rest_after_the_burst_and_one_latency() -> None:
    assert throttled_limit_s(cases=1000, latency_s=0.2, rate_per_s=150, burst=10) == pytest.approx(6.8)
