"""What a run of a client measured, medians over runs, and the table of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """What every client is put to.

    Attributes:
        in_flight: calls at once, shared out over the workers.
        workers: processes of each client that ask side by side.
        throttled: whether the server accepts less than is offered.
    """

    in_flight: int
    workers: int = 1
    throttled: bool = False

    def __str__(self) -> str:
        throttled = ", throttled" if self.throttled else ""
        return f"{self.in_flight} in flight, {self.workers} worker{'s' * (self.workers > 1)}{throttled}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of one client, its processes taken together.

    Attributes:
        limit_s: the shortest time from first request to last answer that the server allows for what was answered.
        span_s: from the first request to the last answer, as the server saw them.
        wall_s: from the start of the first process to the end of the last.
        first_request_s: from the start of the first process to the first request.
        cpu_s: user and system, start-up included.
        peak_mb: resident memory of the largest process.
        requests: whatever came of them.
        rate_per_s: what the server accepted; None when it accepted everything.
        connections: that were opened.
        server_cpu_us: of the server per request.
    """

    cases: int
    answered: int
    requests: int
    limit_s: float
    span_s: float
    wall_s: float
    first_request_s: float
    cpu_s: float
    peak_mb: float
    rate_per_s: float | None
    connections: int
    server_cpu_us: float

    @property
    def lost(self) -> int:
        return self.cases - self.answered

    @property
    def wasted(self) -> float:
        """Requests that brought no answer to a case, as a share of the cases."""
        return (self.requests - self.answered) / self.cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A client in a mode: medians over its runs, and the most cases that it lost in one."""

    client: str
    runs: int
    cases: int
    rate_per_s: float | None
    span_over_limit: float
    span_over_limit_low: float
    span_over_limit_high: float
    span_s: float
    wall_s: float
    first_request_s: float
    cpu_s_per_1000: float
    peak_mb: float
    lost_at_most: int
    wasted: float
    connections_at_most: int
    server_cpu_us: float


def row(client: str, runs: Sequence[Run]) -> Row:
    """The runs of one client in one mode, of which there is at least one."""
    ratios = [run.span_s / run.limit_s for run in runs]
    rates = [run.rate_per_s for run in runs if run.rate_per_s is not None]
    return Row(
        client=client,
        runs=len(runs),
        cases=runs[0].cases,
        rate_per_s=median(rates) if rates else None,
        span_over_limit=median(ratios),
        span_over_limit_low=min(ratios),
        span_over_limit_high=max(ratios),
        span_s=median(run.span_s for run in runs),
        wall_s=median(run.wall_s for run in runs),
        first_request_s=median(run.first_request_s for run in runs),
        cpu_s_per_1000=median(run.cpu_s / run.cases * 1000 for run in runs),
        peak_mb=max(run.peak_mb for run in runs),
        lost_at_most=max(run.lost for run in runs),
        wasted=median(run.wasted for run in runs),
        connections_at_most=max(run.connections for run in runs),
        server_cpu_us=median(run.server_cpu_us for run in runs),
    )


def table(rows: Iterable[Row], absent: Iterable[str]) -> str:
    """The rows by span over limit, those that lost cases after the others, then the clients that are not installed."""
    heads = (
        f"{'client':<22} {'runs':>4} {'rate/s':>6} {'span/limit':>10} {'(range)':>13} {'wall s':>7} {'first s':>7}"
        f" {'CPU s/1000':>10} {'peak MB':>7} {'lost':>5} {'wasted':>7} {'opened':>6} {'server us':>9}"
    )
    lines = [
        f"{each.client:<22} {each.runs:>4} {_rate(each.rate_per_s):>6} {each.span_over_limit:>10.3f}"
        f" {each.span_over_limit_low:>6.3f}-{each.span_over_limit_high:<6.3f} {each.wall_s:>7.2f}"
        f" {each.first_request_s:>7.2f} {each.cpu_s_per_1000:>10.2f} {each.peak_mb:>7.0f} {each.lost_at_most:>5}"
        f" {each.wasted:>7.1%} {each.connections_at_most:>6} {each.server_cpu_us:>9.0f}"
        for each in sorted(rows, key=lambda one: (one.lost_at_most > 0, one.span_over_limit))
    ]
    missing = [f"{client:<22} not installed (make bench-peers)" for client in absent]
    return "\n".join([heads, *lines, *missing])


def unthrottled_limit_s(*, cases: int, latency_s: float, in_flight: int) -> float:
    """At least one round; the last may be short of cases, and takes its latency all the same."""
    return max(1, -(-cases // in_flight)) * latency_s


def throttled_limit_s(*, cases: int, latency_s: float, rate_per_s: float, burst: float) -> float:
    """What is left after the first burst comes in at the rate; the last answer takes its latency."""
    return max(cases - burst, 0) / rate_per_s + latency_s


def _rate(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.0f}"
