"""How long the answers took, with intervals, and which answers were timed at all."""

from collections.abc import Iterator

from brainswap.report import wording
from brainswap.report.latency_chart import latency_distribution, timed
from brainswap.report.markup import Child, Element, el
from brainswap.report.model import ContenderReport, Latency, Report
from brainswap.report.rendering import count, duration, mean, whole
from brainswap.report.sections.marks import missing
from brainswap.report.sections.tables import Cell, section, table
from brainswap.report.untrusted import one_line

_LEDE = (
    "Only answers that a contender gave in this run are timed: those of earlier runs, taken from the cache, say "
    "nothing about today, and the first call of a process also opens its connection."
)


def latency(report: Report) -> Element:
    """Every contender that was timed in one line of figures; of each other one, why it was not."""
    names = wording.labels(report)
    timed_ones = [(names[each.id], each, each.latency_ms) for each in report.contenders if each.latency_ms is not None]
    drawn = [row for name, _, found in timed_ones if (row := timed(name, found)) is not None]
    untimed = [each for each in report.contenders if each.latency_ms is None]
    return section(
        "latency",
        "Latency",
        _LEDE,
        latency_distribution(drawn, "latencies") if drawn else None,
        table(
            "Times of the answers of this run",
            [
                "Contender",
                "Timed",
                "Median",
                "p95",
                "First token, median",
                "First token, p95",
                "Server, median",
                "Rate",
            ],
            ([one_line(name), *_figures(each, found)] for name, each, found in timed_ones),
        )
        if timed_ones
        else None,
        el("ul", {"class": "lines"}, *(_untimed(each, names[each.id]) for each in untimed)) if untimed else None,
    )


def latency_cell(contender: ContenderReport, key: str) -> Cell:
    """A time with its interval where it has one; where there is none, why."""
    found = contender.latency_ms
    if found is None and contender.inference == "batch":
        return el("span", {"class": "missing"}, "none", el("small", None, "batch jobs"))
    value: float | None = None if found is None else getattr(found, key)
    if found is None or value is None:
        return missing(wording.reason_unknown(contender, f"latency_ms.{key}"))
    return (duration(value), *_around(found, key), el("small", None, "simulated") if found.estimated else None)


def _figures(contender: ContenderReport, found: Latency) -> Iterator[Cell]:
    yield (whole(found.n), *_cold(found))
    for key in ("p50", "p95", "first_token_p50", "first_token_p95", "server_p50"):
        yield latency_cell(contender, key)
    if found.answers_per_s is None:
        yield missing(wording.reason_unknown(contender, "latency_ms.answers_per_s"))
    else:
        yield (mean(found.answers_per_s), el("small", None, "answers per second"))


def _cold(found: Latency) -> tuple[Child, ...]:
    return (el("small", None, f"{count(found.cold, 'first call')} left out"),) if found.cold else ()


def _around(found: Latency, key: str) -> tuple[Child, ...]:
    ends: dict[str, tuple[float | None, float | None]] = {
        "p50": (found.p50_low, found.p50_high),
        "p95": (found.p95_low, found.p95_high),
    }
    if key not in ends:
        return ()
    low, high = ends[key]
    known = low is not None and high is not None
    return (el("small", None, f"{duration(low)} to {duration(high)}" if known else "no interval"),)


def _untimed(contender: ContenderReport, name: str) -> Element:
    known = wording.reason_unknown(contender, "latency_ms")
    why = wording.ASKED_IN_BATCHES if contender.inference == "batch" else f"not timed: {known or 'nothing says why'}"
    return el("li", None, el("b", None, one_line(name)), " ", why)
