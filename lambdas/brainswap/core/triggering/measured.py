"""A verdict as it is remembered, and why it is no longer to be relied on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from brainswap.core.registering.registration import WorkloadFacts
from brainswap.core.watching.listing import KnownPrice

DEFAULT_DAYS = 180
"""After which a verdict is said to be stale where the workload says nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The last verdict on a workload with some targets.

    Attributes:
        targets: ids in the place of the declared ones; none for the declared.
        facts: of the version that was measured.
        prices: by model, as they were known then.
    """

    workload: str
    version: str
    targets: tuple[str, ...]
    run_id: str
    decided_at: datetime
    verdict: str
    recommended: str | None
    facts: WorkloadFacts
    prices: Mapping[str, KnownPrice]


def changed(then: WorkloadFacts, now: WorkloadFacts) -> list[str]:
    """What a verdict rests on and is another in a later version, in words."""
    compared = {
        "the cases": (then.cases_sha256, now.cases_sha256),
        "the prompt": (then.prompt_sha256, now.prompt_sha256),
        "the scorers": (then.scorers_sha256, now.scorers_sha256),
        "the gates": (then.gates_sha256, now.gates_sha256),
        "the model in use": (then.source, now.source),
    }
    return [what for what, (before, after) in compared.items() if before != after]


def staleness(
    measured: Measured, current: WorkloadFacts, prices: Mapping[str, tuple[KnownPrice, ...]], now: datetime
) -> Iterator[str]:
    """Why a verdict is no longer to be relied on, in words; nothing while it is.

    Args:
        measured: the verdict.
        current: of the version in force.
        prices: by model, by each source that says one.
        now: of the question.
    """
    yield from (f"{what} changed" for what in changed(measured.facts, current))
    for model, before in measured.prices.items():
        after = next((price for price in prices.get(model, ()) if price.source == before.source), None)
        if after is not None and after.amounts != before.amounts:
            yield f"the price of {model} changed"
    if now > too_old_at(measured, current):
        yield f"it is older than {_days(current)} days"


def too_old_at(measured: Measured, current: WorkloadFacts) -> datetime:
    """From when on a verdict is no longer to be relied on for its age alone."""
    return measured.decided_at + timedelta(days=_days(current))


def _days(current: WorkloadFacts) -> int:
    return current.triggers.stale_after_days or DEFAULT_DAYS
