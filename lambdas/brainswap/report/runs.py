"""Two runs of a workload side by side: what was asked differently, and what came out differently."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from brainswap.core.decision.paired_tally import PairedTally
from brainswap.core.decision.samples import drawn_with
from brainswap.report.model import ContenderReport, Report, Verdict
from brainswap.report.part import Part

NAMED = 50  # cases that became worse, of one contender and scorer


class Change(Part):
    """Something that the runs do not share; None where a run does not know it."""

    what: str
    before: str | None
    after: str | None


class Shift(Part):
    """A scorer of one contender, later minus earlier, on the cases that are the same in both runs.

    Attributes:
        difference: of the means, in [-1, 1], with its interval at ``confidence``; None without a case in common. The
            interval is of this scorer alone: among many, some move by chance.
        became_worse: the first of the cases that scored less in the later run.
    """

    before: float | None
    after: float | None
    difference: float | None
    low: float | None
    high: float | None
    pairs: int
    better: int
    worse: int
    became_worse: list[str]


class Both(Part):
    """A contender that takes part in both runs: the same role and model, with a prompt of the same kind.

    Attributes:
        contender: its id in the later run.
        same_prompt: letter for letter.
        cost: dollars per 1,000 requests, earlier and later.
        p50_ms: the median of the latencies, earlier and later; likewise ``p95_ms``.
    """

    contender: str
    model: str
    prompt: str
    same_prompt: bool
    scores: dict[str, Shift]
    cost: tuple[float | None, float | None]
    p50_ms: tuple[float | None, float | None]
    p95_ms: tuple[float | None, float | None]
    verdict: tuple[Verdict | None, Verdict | None]


class RunComparison(Part):
    """What became of a workload between two runs.

    Attributes:
        shared: cases that have the same id and the same content in both.
        altered: cases with the same id and another content, which are not compared.
        only_before: contenders of the earlier run alone, by model and prompt; likewise ``only_after``.
    """

    before: str
    after: str
    workloads: tuple[str, str]
    models: tuple[str, str]
    verdicts: tuple[Verdict, Verdict]
    confidence: float
    changes: list[Change]
    shared: int
    altered: int
    contenders: list[Both]
    only_before: list[str]
    only_after: list[str]


Rows = Iterable[Mapping[str, Any]]


def compare_runs(before: Report, after: Report, rows_before: Rows, rows_after: Rows) -> RunComparison:
    """Compare two runs, case by case.

    Args:
        before: the earlier report.
        after: the later one.
        rows_before: the documents of its ``cases.jsonl``; of each, what is compared is kept in memory.
        rows_after: likewise, read one by one.
    """
    earlier = {_name(each): each for each in before.contenders}
    later = {_name(each): each for each in after.contenders}
    both = {later[name].id: earlier[name].id for name in later if name in earlier}
    confidence = after.provenance.confidence
    tallies, shared, altered = _tallies(both, rows_before, rows_after)
    return RunComparison(
        before=before.run_id,
        after=after.run_id,
        workloads=(before.workload, after.workload),
        models=(before.models, after.models),
        verdicts=(before.verdict, after.verdict),
        confidence=confidence,
        changes=list(_changes(before, after)),
        shared=shared,
        altered=altered,
        contenders=[
            _both(earlier[name], later[name], tallies.get(later[name].id, {}), confidence)
            for name in later
            if name in earlier
        ],
        only_before=[_told(each) for name, each in earlier.items() if name not in later],
        only_after=[_told(each) for name, each in later.items() if name not in earlier],
    )


class _Pairs:
    """The pairs of one scorer, and which cases fell."""

    def __init__(self) -> None:
        self.tally = PairedTally()
        self.fell: list[str] = []

    def add(self, row: Mapping[str, Any], before: float | None, after: float | None) -> None:
        weight = float(row.get("weight", 1.0))
        unit = drawn_with(case_id=row["id"], cluster=row.get("cluster"), weight=weight)
        self.tally.add(before, after, weight=weight, unit=unit)
        if before is not None and after is not None and after < before and len(self.fell) < NAMED:
            self.fell.append(row["id"])


def _tallies(
    both: Mapping[str, str], rows_before: Rows, rows_after: Rows
) -> tuple[dict[str, dict[str, _Pairs]], int, int]:
    """By contender of the later run and scorer; and how many cases are shared, and altered."""
    known: dict[str, tuple[int, dict[str, dict[str, float | None]]]] = {
        row["id"]: (_content(row), {name: _scores(row, name) for name in both.values()}) for row in rows_before
    }
    tallies: dict[str, dict[str, _Pairs]] = {}
    shared = altered = 0
    for row in rows_after:
        content, earlier = known.get(row["id"], (None, {}))
        if content is None:
            continue
        if content != _content(row):
            altered += 1
            continue
        shared += 1
        for name, name_before in both.items():
            scores, before = _scores(row, name), earlier[name_before]
            for scorer in scores.keys() & before.keys():
                pairs = tallies.setdefault(name, {}).setdefault(scorer, _Pairs())
                pairs.add(row, before[scorer], scores[scorer])
    return tallies, shared, altered


def _content(row: Mapping[str, Any]) -> int:
    """What a case asks and expects, as a number that differs where that does."""
    answered = {"id", "contenders", "segment", "critical", "cluster", "weight", "uncounted"}
    return hash(repr([(key, row[key]) for key in sorted(row.keys() - answered)]))


def _scores(row: Mapping[str, Any], contender: str) -> dict[str, float | None]:
    """The mean of a contender's repeats by scorer; None where one of them has no score.

    Of a case that was asked ahead of its turn nothing is taken: the sample would not be a random one.
    """
    repeats = [] if contender in row.get("uncounted", ()) else row["contenders"].get(contender) or []
    values: dict[str, list[float | None]] = {}
    for repeat in repeats:
        for scorer, found in repeat["scores"].items():
            values.setdefault(scorer, []).append(found["value"])
    return {scorer: _mean(each) for scorer, each in values.items()}


def _mean(values: list[float | None]) -> float | None:
    told = [value for value in values if value is not None]
    return sum(told) / len(told) if told and len(told) == len(values) else None


def _both(before: ContenderReport, after: ContenderReport, pairs: Mapping[str, _Pairs], confidence: float) -> Both:
    return Both(
        contender=after.id,
        model=after.model,
        prompt=after.prompt,
        same_prompt=before.prompt_sha256 == after.prompt_sha256,
        scores={
            scorer: _shift(before, after, scorer, pairs.get(scorer, _Pairs()), confidence)
            for scorer in after.scores
            if scorer in before.scores
        },
        cost=(_cost(before), _cost(after)),
        p50_ms=(_latency(before, "p50"), _latency(after, "p50")),
        p95_ms=(_latency(before, "p95"), _latency(after, "p95")),
        verdict=(before.verdict, after.verdict),
    )


def _shift(before: ContenderReport, after: ContenderReport, scorer: str, pairs: _Pairs, confidence: float) -> Shift:
    found = pairs.tally.comparison(confidence)
    return Shift(
        before=before.scores[scorer].mean,
        after=after.scores[scorer].mean,
        difference=found and found.difference,
        low=found and found.low,
        high=found and found.high,
        pairs=found.pairs if found else 0,
        better=pairs.tally.better,
        worse=pairs.tally.worse,
        became_worse=pairs.fell,
    )


def _cost(contender: ContenderReport) -> float | None:
    return None if contender.cost is None else contender.cost.per_1000_requests_usd


def _latency(contender: ContenderReport, percentile: Literal["p50", "p95"]) -> float | None:
    if contender.latency_ms is None:
        return None
    return contender.latency_ms.p50 if percentile == "p50" else contender.latency_ms.p95


def _name(contender: ContenderReport) -> tuple[str, str, str]:
    return contender.role, contender.model, contender.prompt


def _told(contender: ContenderReport) -> str:
    return f"{contender.model} with the {contender.prompt} prompt"


def _changes(before: Report, after: Report) -> Iterator[Change]:
    old, new = before.provenance, after.provenance
    told: list[tuple[str, Any, Any]] = [
        ("cases", old.cases_sha256, new.cases_sha256),
        ("gates", old.gates_sha256, new.gates_sha256),
        ("workload", old.workload_sha256, new.workload_sha256),
        ("labels", old.labels_sha256, new.labels_sha256),
        ("judges", old.judge, new.judge),
        ("confidence", f"{old.confidence:g}", f"{new.confidence:g}"),
        ("seed", str(old.seed), str(new.seed)),
        ("version of Brainswap", old.code_version, new.code_version),
        ("origin of the answers", before.models, after.models),
    ]
    told += [
        (f"price of {model}", old.prices.get(model), new.prices.get(model))
        for model in sorted(old.prices.keys() & new.prices.keys())
    ]
    yield from (Change(what=what, before=was, after=now) for what, was, now in told if was != now)
