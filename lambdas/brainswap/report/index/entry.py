"""A run in an index: what is told of it beside the others, in a small file of its own."""

import json
from datetime import datetime
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from brainswap.core.errors import InvalidRequestError
from brainswap.report.model import ContenderReport, Recommended, Report, Verdict
from brainswap.report.wording import headline, reason_unknown

Models = Literal["bedrock", "recorded", "simulated", "mixed"]
Kept = TypeVar("Kept", bound="Lasting")


class Lasting(BaseModel):
    """Something that later versions read, and earlier ones: what a version does not know it leaves alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True, defer_build=True)


class Quality(Lasting):
    """The mean of a scorer over the test cases, with its interval; null where nothing could be scored."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


class Measured(Lasting):
    """A contender of a run.

    Attributes:
        quality: by scorer, of those that gates are on.
        cost_usd: of 1,000 requests.
        p95_ms: of the latencies.
        unknown: the reason of every null above, by key.
    """

    id: str
    role: Literal["source", "target"]
    model: str
    prompt: str
    prompt_sha256: str
    origin: Literal["live", "recorded", "simulated", "mixed"] | None
    verdict: Verdict | None
    quality: dict[str, Quality]
    cost_usd: float | None
    p95_ms: float | None
    unknown: dict[str, str] = Field(default_factory=dict)


class Entry(Lasting):
    """A run that ended in a report.

    Attributes:
        headline: the verdict in one line.
        notional: simulated answers are counted in ``spend_usd`` at the list's prices; nobody was paid for them.
        gated: the scorers that gates are on.
        scorers_sha256: of what the workload says of each scorer; those of reports that did not tell it are missing.
    """

    schema_: Literal["brainswap.history/1"] = Field(default="brainswap.history/1", alias="schema")
    run_id: str
    workload: str
    created_at: datetime
    models: Models
    verdict: Verdict
    headline: str
    recommended: Recommended | None
    spend_usd: float | None
    notional: bool
    contenders: list[Measured]
    gated: list[str]
    scorers_sha256: dict[str, str]
    workload_sha256: str
    cases_sha256: str
    gates_sha256: str
    prices: dict[str, str | None]
    code_version: str

    @property
    def source(self) -> Measured | None:
        """The model in use; None in a run that asked nothing."""
        return next((each for each in self.contenders if each.role == "source"), None)

    @property
    def candidate(self) -> Measured | None:
        """The recommended target, else the first."""
        chosen = self.recommended.contender if self.recommended else None
        targets = [each for each in self.contenders if each.role == "target"]
        return next((each for each in targets if each.id == chosen), targets[0] if targets else None)


def entry_of(report: Report) -> Entry:
    """What an index tells of a run."""
    facts = report.provenance
    gated = facts.gated_scorers or list(dict.fromkeys(name for each in report.contenders for name in each.scores))[:1]
    return Entry(
        run_id=report.run_id,
        workload=report.workload,
        created_at=report.created_at,
        models=report.models,
        verdict=report.verdict,
        headline=headline(report),
        recommended=report.recommended,
        spend_usd=report.spend.usd,
        notional=report.spend.notional,
        contenders=[_measured(each, gated) for each in report.contenders],
        gated=gated,
        scorers_sha256=facts.scorers_sha256,
        workload_sha256=facts.workload_sha256,
        cases_sha256=facts.cases_sha256,
        gates_sha256=facts.gates_sha256,
        prices=facts.prices,
        code_version=facts.code_version,
    )


def to_text(kept: Lasting) -> str:
    """The document, in UTF-8 whatever the texts hold: half a surrogate pair becomes a question mark."""
    document = kept.model_dump(mode="python", by_alias=True)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1, default=datetime.isoformat)
    return f"{text}\n".encode("utf-8", "replace").decode("utf-8")


def from_text(text: str | bytes, form: type[Kept]) -> Kept:
    """Read what was kept.

    Raises:
        InvalidRequestError: it is not of that form.
    """
    try:
        return form.model_validate_json(text, by_alias=True, by_name=False)
    except ValidationError as error:
        places = ", ".join(".".join(str(part) for part in item["loc"]) or "(root)" for item in error.errors()[:5])
        raise InvalidRequestError(f"no {form.__name__}: does not fit at {places}") from None


def _measured(contender: ContenderReport, gated: list[str]) -> Measured:
    cost = None if contender.cost is None else contender.cost.per_1000_requests_usd
    p95 = None if contender.latency_ms is None else contender.latency_ms.p95
    missing = {"cost_usd": (cost, "cost.per_1000_requests_usd"), "p95_ms": (p95, "latency_ms.p95")}
    reasons = {name: reason_unknown(contender, key) for name, (value, key) in missing.items() if value is None}
    return Measured(
        id=contender.id,
        role=contender.role,
        model=contender.model,
        prompt=contender.prompt,
        prompt_sha256=contender.prompt_sha256,
        origin=contender.origin,
        verdict=contender.verdict,
        quality={
            name: Quality(mean=found.mean, low=found.low, high=found.high, n=found.n)
            for name, found in contender.scores.items()
            if name in gated
        },
        cost_usd=cost,
        p95_ms=p95,
        unknown={name: reason or "the report gives no reason" for name, reason in reasons.items()},
    )
