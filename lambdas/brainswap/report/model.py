"""The one model behind every form of the report; an unknown figure is null with a reason."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from brainswap.report.part import Part
from brainswap.report.people import Calibration, JudgedScorer

Verdict = Literal["migrate", "hold", "inconclusive", "refused"]


class Recommended(Part):
    """The contender to move to."""

    contender: str
    model: str
    prompt: str


class Spend(Part):
    """What the run cost; an amount is null where a price is unknown.

    Attributes:
        usd: of the whole run, interrupted or not.
        calls: answers that were asked for since the run last went on.
        cached: answers that were taken from the cache instead, whichever run had asked for them.
        usd_by_purpose: ``source``, ``targets`` …
        notional: simulated answers are counted at the list's prices; nobody was paid for them.
        budget_usd: the cap, if there is one.
    """

    usd: float | None
    forecast_usd: float | None
    calls: int
    cached: int
    usd_by_purpose: dict[str, float | None] = Field(default_factory=dict)
    notional: bool = False
    budget_usd: float | None = None


class AnswerCounts(Part):
    """What became of the questions; ``failed`` to ``filtered`` are never averaged in silently.

    Attributes:
        unfinished: conversations that ended in a call of a tool for which no result is recorded.
    """

    asked: int
    answered: int
    cached: int
    truncated: int
    empty: int
    refused: int
    filtered: int
    failed: int
    unasked: int = 0
    unfinished: int = 0


class ScoreSummary(Part):
    """The mean of a scorer over the test cases, with its interval.

    Attributes:
        inapplicable: cases of which the scorer has nothing to say; they are neither in ``n`` nor unscored.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int
    unscored: int
    method: str | None
    inapplicable: int = 0


class Latency(Part):
    """Milliseconds, from the client's side; ``estimated`` when a simulator made them up.

    Attributes:
        n: answers that this run got; those of earlier runs are not counted.
        p5: with ``p25`` and ``p75``, what the page draws of the distribution besides the others.
        cold: first calls of a process, left out.
        p50_low: with ``p50_high``, the interval of the median; likewise for the 95th percentile.
        server_p50: what the model's service itself says.
        answers_per_s: of all workers together.
    """

    n: int
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    first_token_p50: float | None
    first_token_p95: float | None
    estimated: bool
    cold: int = 0
    p50_low: float | None = None
    p50_high: float | None = None
    p95_low: float | None = None
    p95_high: float | None = None
    server_p50: float | None = None
    answers_per_s: float | None = None
    p5: float | None = None
    p25: float | None = None
    p75: float | None = None


class Tokens(Part):
    """Means per answer; ``estimated`` when they come from the length of the text."""

    input_mean: float
    output_mean: float
    cache_read_mean: float
    estimated: bool


class Cost(Part):
    """US dollars, at the stated price and traffic."""

    per_1000_requests_usd: float
    monthly_usd: float | None
    price_source: str
    price_date: str


class Saving(Part):
    """What a target takes less than the source, in US dollars; below 0 it takes more.

    Attributes:
        low: with ``high``, the interval of ``per_1000_requests_usd``; null where the sample does not give one.
        monthly_usd: at the workload's traffic, where that is stated.
        paid_back_requests: after which the run has saved what it took; null where nothing is saved, or nobody knows
            what the run took.
        paid_back_days: the same at the workload's traffic.
    """

    per_1000_requests_usd: float
    low: float | None
    high: float | None
    monthly_usd: float | None
    paid_back_requests: int | None
    paid_back_days: float | None


class RepeatSummary(Part):
    """Several answers to the same cases.

    Attributes:
        cases: with more than one scored answer.
        most: scored answers of one case, at most.
        within: variance of the answers to one case.
        between: variance of the cases' own means.
        always_right: share of the cases whose every answer scores 1 (pass^k).
    """

    cases: int
    most: int
    within: float
    between: float
    always_right: float


class ExactTest(Part):
    """The two-sided p value of "no difference": of the sign test on pairs that differ, or of all changes of sign."""

    method: Literal["mcnemar", "sign-flip"]
    p_value: float


class Comparison(Part):
    """Target minus source on the same cases.

    Attributes:
        units: independent draws among the pairs; fewer than these where cases are clustered.
        exact: null where cases are clustered or weighted, or where graded scores differ in many cases.
    """

    difference: float
    low: float
    high: float
    confidence: float
    method: str
    pairs: int
    better: int
    worse: int
    tied: int
    units: int | None = None
    exact: ExactTest | None = None


class Blocked(Part):
    """Cases whose answers a guardrail or a filter held back, for a target beside the source.

    Attributes:
        cases: that both have answered, or had blocked.
        source_only: blocked for the source and not for the target; the first of them are named.
        difference: of the shares, target minus source, with its interval.
    """

    cases: int
    both: int
    source_only: int
    target_only: int
    source_only_cases: list[str]
    target_only_cases: list[str]
    difference: float
    low: float
    high: float


class Ratio(Part):
    """Target over source, with its interval; null bounds where the sample does not give one."""

    ratio: float | None
    low: float | None
    high: float | None
    detail: str | None = None


class GateOutcome(Part):
    """One condition of the migration, and whether the numbers meet it.

    Attributes:
        unit: of value, bound, low and high; shares and their differences are given as such.
        low: with ``high``, the interval that was held against the bound, where there is one.
        confidence: of that interval, which is that of the workload corrected for the number of gates and targets.
        tier: ``critical`` gates all have to pass, ``supporting`` ones must not fail, ``advisory`` ones decide nothing.
    """

    gate: str
    status: Literal["pass", "fail", "inconclusive"]
    value: float | None
    bound: float | None
    unit: Literal["points", "percent", "ratio", "count", "usd", "ms"] | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    tier: Literal["critical", "supporting", "advisory"] = "critical"
    detail: str


class Adjusted(Part):
    """One way in which a call differs from what the workload declares, because the model takes it so."""

    parameter: str
    declared: str
    sent: str
    reason: str
    source: str
    loses: str | None


class ContenderReport(Part):
    """Everything about a model with a prompt."""

    id: str
    role: Literal["source", "target"]
    model: str
    origin: Literal["live", "recorded", "simulated", "mixed"] | None
    prompt: Literal["original", "translated", "optimised"]
    prompt_sha256: str
    parameters: dict[str, Any]
    adjustments: list[Adjusted] = Field(default_factory=list)
    inference: Literal["on_demand", "batch"] = "on_demand"
    notes: list[str]
    answers: AnswerCounts
    scores: dict[str, ScoreSummary]
    segments: dict[str, dict[str, ScoreSummary]]
    latency_ms: Latency | None
    tokens: Tokens | None
    cost: Cost | None
    self_agreement: dict[str, float] | None
    repeats: dict[str, RepeatSummary] = Field(default_factory=dict)
    comparison: dict[str, Comparison]
    ratios: dict[str, Ratio]
    gates: list[GateOutcome]
    verdict: Verdict | None
    saving: Saving | None = None
    unknown: dict[str, str] = Field(default_factory=dict)  # the reason of every null above, by key
    blocked: Blocked | None = None  # of targets, where anything was blocked or a guardrail was there to do it


class CheckReport(Part):
    """Something looked at before any money was spent."""

    check: str
    status: Literal["passed", "warning", "refused", "not_made"]
    detail: str


class Changed(Part):
    """A case on which a target and the source differ; ``kind`` from the target's point of view."""

    case_id: str
    contender: str
    scorer: str
    kind: Literal["lost", "gained"]
    segment: str | None
    critical: bool
    source_score: float
    target_score: float
    reason: str


class PersonalData(Part):
    """Of one kind in the cases: how many inputs hold it, how often, and what was redacted in all of the cases."""

    kind: str
    cases: int
    found: int
    redacted: int


class NearDuplicateCases(Part):
    """How many cases ask nearly the same as others.

    Attributes:
        cases: that have a near-duplicate.
        groups: of them.
        largest: cases in the largest group.
        apart: cases with a near-duplicate in another split.
    """

    cases: int
    groups: int
    largest: int
    apart: int


class TargetLooks(Part):
    """Of a target, how far it was asked.

    Attributes:
        look: the last that it was judged at.
        share: of the test cases, those that counted then.
        settled: its verdict stood, so that it was asked no more.
        confidence: that its gates were held to.
    """

    look: int
    share: float
    settled: bool
    confidence: float


class Stopping(Part):
    """Looks at the scores on the way.

    Attributes:
        planned: the share of the test cases that was to count at each look, fixed before the first answer.
        looks: that were taken.
        cases: that counted at the last of them.
        of: test cases that there are.
        early: the run ended before all of them were asked.
        asked_ahead: critical cases that were asked all the same; they count for the gates on critical cases alone.
        targets: by contender.
        rule: how the error is spent over the looks.
    """

    planned: list[float]
    looks: int
    cases: int
    of: int
    early: bool
    asked_ahead: int
    targets: dict[str, TargetLooks]
    rule: str


class Provenance(Part):
    """What the numbers rest on.

    Attributes:
        gates_frozen_at: when the gates were hashed.
        first_answer_at: when the first question of this run was sent; null where all answers were known or recorded.
        near_duplicates: among the cases; null where all are in the test split, and nobody looked.
        gate_family: decisions that share the error which the confidence leaves: gates times targets.
        gate_confidence: at which each of them was judged in the end (Holm's procedure).
        gated_scorers: that gates are on.
        scorers_sha256: of what the workload says of each scorer.
    """

    workload_sha256: str
    cases_sha256: str
    gates_sha256: str
    labels_sha256: str | None = None
    gates_frozen_at: datetime | None = None
    first_answer_at: datetime | None = None
    gate_family: int | None = None
    gate_confidence: float | None = None
    gated_scorers: list[str] = Field(default_factory=list)
    scorers_sha256: dict[str, str] = Field(default_factory=dict)
    splits: dict[str, int]
    near_duplicates: NearDuplicateCases | None = None
    personal_data: list[PersonalData] = Field(default_factory=list)
    seed: int
    confidence: float
    code_version: str
    prices: dict[str, str | None]
    judge: str | None
    called: str | None = None
    checks: list[CheckReport]
    warnings: list[str]


class Report(Part):
    """``report.json``."""

    schema_: Literal["brainswap.report/1"] = Field(default="brainswap.report/1", alias="schema")
    run_id: str
    workload: str
    description: str | None
    created_at: datetime
    models: Literal["bedrock", "recorded", "simulated", "mixed"]
    verdict: Verdict
    recommended: Recommended | None
    pareto_front: list[str] = Field(default_factory=list)  # targets that none beats in quality, cost and p95 at once
    reasons: list[str]
    spend: Spend
    contenders: list[ContenderReport]
    changed: list[Changed]  # the first of them, lost ones first; all of them are in cases.jsonl
    changed_total: int
    judged: list[JudgedScorer] = Field(default_factory=list)
    calibration: list[Calibration] = Field(default_factory=list)
    stopping: Stopping | None = None  # where the workload asks for it
    provenance: Provenance
