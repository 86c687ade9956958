"""A version of a workload as the account knows it, and which version is in force."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from brainswap.core.declared_triggers import Triggers

MOST_PROBLEMS = 20
LONGEST_PROBLEM = 500  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadFacts:
    """What a version says that others decide by, without its cases.

    Attributes:
        source: the model in use.
        targets: the models that it declares.
        judges: that score answers.
        regions: that models may process in, as patterns; None where the workload sets no limit.
        providers: whose models may be asked; None where the workload sets no limit.
        prompt_sha256: of the prompt as written.
        scorers_sha256: of the scorers with their judges.
        gates_sha256: of what the verdict follows from.
        forecast_usd: of one run with the declared targets; None where a price is unknown.
        forecast_minutes: of the same.
        asked: every model on Bedrock or elsewhere that a run asks; None where an earlier version, which did not note
            it, registered the workload.
    """

    owner: str | None
    source: str
    targets: tuple[str, ...]
    judges: tuple[str, ...]
    regions: tuple[str, ...] | None
    providers: tuple[str, ...] | None
    cases: int
    cases_sha256: str
    prompt_sha256: str
    scorers_sha256: str
    gates_sha256: str
    triggers: Triggers
    forecast_usd: Decimal | None
    forecast_minutes: float
    asked: tuple[str, ...] | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """Every model whose price or lifecycle matters to the workload, each once."""
        return tuple(dict.fromkeys((self.source, *self.targets, *self.judges)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One version.

    Attributes:
        version: the name of its folder; a hash of the content where it was pushed.
        whole_at: when its declaration, the last of its files, was uploaded.
        upload: which upload of the declaration this is; the object's version, or a hash of it.
        facts: None where the version was rejected.
        problems: why it was rejected.
        told: whether who wants to know has been told.
    """

    workload: str
    version: str
    whole_at: datetime
    upload: str
    facts: WorkloadFacts | None
    problems: tuple[str, ...] = ()
    told: bool = False

    @property
    def rejected(self) -> bool:
        return self.facts is None


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The version of a workload that migrations measure.

    Attributes:
        since: when the first version of the workload was registered.
        cases_changed: whether the version that was in force before had other cases; False for the first.
        cases_since: the version that brought the cases, which later versions may have kept; empty while they are those
            of the first.
        previous: the version that was in force before.
    """

    workload: str
    version: str
    whole_at: datetime
    since: datetime
    facts: WorkloadFacts
    cases_changed: bool = False
    cases_since: str = ""
    previous: str | None = None


def put_in_force(now: InForce | None, candidate: Registration) -> InForce | None:
    """What is in force after a version was registered; None when that stays as it is.

    The version whose declaration was uploaded last wins, whatever the order in which, and how often, uploads are told
    of. Two of the same second are told apart by their names, so that everybody comes to the same.
    """
    if candidate.facts is None:
        return None
    if now is None:
        return InForce(
            workload=candidate.workload,
            version=candidate.version,
            whole_at=candidate.whole_at,
            since=candidate.whole_at,
            facts=candidate.facts,
        )
    since = min(now.since, candidate.whole_at)
    if (candidate.whole_at, candidate.version) <= (now.whole_at, now.version):
        return replace(now, since=since) if since < now.since else None
    if candidate.version == now.version:
        return replace(now, whole_at=candidate.whole_at, facts=candidate.facts, since=since)
    cases_changed = candidate.facts.cases_sha256 != now.facts.cases_sha256
    return InForce(
        workload=candidate.workload,
        version=candidate.version,
        whole_at=candidate.whole_at,
        since=since,
        facts=candidate.facts,
        cases_changed=cases_changed,
        cases_since=candidate.version if cases_changed else now.cases_since,
        previous=now.version,
    )
