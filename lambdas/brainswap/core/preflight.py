"""What is looked at before any money is spent: access, lifecycle, residency, personal data, budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from brainswap.core.availability import NOT_IN_CATALOGUE
from brainswap.core.compliance.regions import is_allowed
from brainswap.core.lifecycle import LASTING_DAYS, Leaving
from brainswap.core.models.needs import Needs, unmet
from brainswap.core.models.profiles import Profile
from brainswap.core.money.forecasts import Forecast
from brainswap.core.personal_data.counting import KindCount
from brainswap.core.personal_data.kinds import Kind
from brainswap.core.workload import Limits

WORTHWHILE = Decimal("0.1")  # of a run: what the budget has to pay for at the least


CheckStatus = Literal["passed", "warning", "refused", "not_made"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something looked at; ``refused`` stops the run, ``not_made`` says that it could not be looked at."""

    check: str
    status: CheckStatus
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What the live catalogue says about a model id.

    Attributes:
        end_of_life: when requests begin to fail, where a date is set.
        streams: None when the catalogue does not say.
        regions: where requests may be processed.
        unavailable_because: what the account lacks; None when nothing.
        to_do: about what it lacks; empty when nothing.
        modalities: of what a model may be sent, in the catalogue's words; None where it does not say.
    """

    model_id: str
    status: str
    end_of_life: datetime | None
    streams: bool | None
    regions: tuple[str, ...]
    unavailable_because: str | None
    modalities: tuple[str, ...] | None = None
    to_do: str = ""


def access_check(model_id: str, facts: ModelFacts | None) -> Check:
    """Whether the account may call the model now."""
    name = f"access to {model_id}"
    if facts is None:
        detail = f"the catalogue of this account and region does not have it; {NOT_IN_CATALOGUE}"
        return Check(check=name, status="refused", detail=detail)
    if facts.unavailable_because is not None:
        detail = "; ".join(each for each in (facts.unavailable_because, facts.to_do) if each)
        return Check(check=name, status="refused", detail=detail)
    return Check(check=name, status="passed", detail="available and authorised")


def lifecycle_check(model_id: str, facts: ModelFacts, now: datetime) -> Check:
    """Whether the model stays; a run may still measure one that goes, such as the source."""
    name = f"lifecycle of {model_id}"
    if facts.end_of_life is not None:
        days = (facts.end_of_life - now).days
        when = f"its end of life is {facts.end_of_life:%Y-%m-%d}"
        return Check(check=name, status="warning", detail=f"{when}, {'past' if days < 0 else f'in {days} days'}")
    if facts.status != "ACTIVE":
        return Check(check=name, status="warning", detail=f"its status is {facts.status}")
    return Check(check=name, status="passed", detail="active")


def leaving(facts: ModelFacts, now: datetime) -> Leaving | None:
    """Whether a model goes too soon to be moved to; None where it stays for at least `LASTING_DAYS`."""
    if facts.end_of_life is not None:
        days = (facts.end_of_life - now).days
        if days < LASTING_DAYS:
            return Leaving(days=max(0, days), because=f"its end of life is {facts.end_of_life:%Y-%m-%d}")
    if facts.status != "ACTIVE":
        return Leaving(days=0, because=f"its status is {facts.status}")
    return None


def residency_check(model_id: str, facts: ModelFacts, limits: Limits) -> Check | None:
    """Whether every region that a request may reach is allowed; None when the workload sets no limit."""
    if limits.regions is None:
        return None
    name = f"residency of {model_id}"
    outside = [region for region in facts.regions if not is_allowed(region, limits.regions)]
    if outside:
        allowed = ", ".join(limits.regions)
        return Check(
            check=name, status="refused", detail=f"it may process in {', '.join(outside)}; allowed is {allowed}"
        )
    return Check(check=name, status="passed", detail=f"processes in {', '.join(facts.regions)}")


def unreachable_catalogue(model_id: str, reason: str, limits: Limits) -> list[Check]:
    """No catalogue told anything: refuse only what the workload's limits depend on."""
    checks = [Check(check=f"access to {model_id}", status="not_made", detail=f"no answer of a catalogue: {reason}")]
    if limits.regions is not None:
        detail = "the workload limits the regions, and where the model processes could not be found out"
        checks.append(Check(check=f"residency of {model_id}", status="refused", detail=detail))
    return checks


def capability_check(model_id: str, profile: Profile, facts: ModelFacts | None, needs: Needs) -> Check | None:
    """Whether a model takes what the cases hold; None where they hold nothing that not every model takes."""
    wanted = {"tools": needs.tools, "images": needs.images, "documents": needs.documents}
    if not any(wanted.values()):
        return None
    name = f"capabilities of {model_id}"
    lacks = list(unmet(needs, profile, modalities=facts.modalities if facts else None))
    if lacks:
        return Check(check=name, status="refused", detail="; ".join(lacks))
    unknown = [kind for kind, cases in wanted.items() if cases and getattr(profile, kind) == "unknown"]
    if unknown:
        detail = f"nobody knows whether it takes {' and '.join(unknown)}; what it refuses will be counted as failed"
        return Check(check=name, status="warning", detail=detail)
    return Check(check=name, status="passed", detail="it takes all that the cases hold")


def personal_data_check(
    limits: Limits, counts: Mapping[Kind, KindCount], live: Sequence[str], *, attached: int = 0
) -> Check:
    """Whether what leaves the account may leave it; files that go with cases are not looked into, which the check says.

    Args:
        limits: of the workload.
        counts: of personal data in the cases, by kind.
        live: the models that would be sent the cases.
        attached: cases with files.
    """
    check = _of_texts(limits, counts, live)
    if not attached or (not live and limits.personal_data != "redact"):
        return check
    files = f"the files that go with {_number(attached, 'case')} are not looked into"
    status: CheckStatus = "warning" if check.status == "passed" and limits.personal_data != "allow" else check.status
    return replace(check, status=status, detail=f"{check.detail}; {files}")


def _of_texts(limits: Limits, counts: Mapping[Kind, KindCount], live: Sequence[str]) -> Check:
    name = "personal data"
    words = _in_inputs(counts)
    if limits.personal_data == "redact":
        detail = f"{_taken_out(counts)}; names and postal addresses are not told by their form, and stay"
        return Check(check=name, status="passed", detail=detail)
    if limits.personal_data == "allow":
        detail = f"allowed by the workload; patterns found {words}" if words else "allowed by the workload; none found"
        return Check(check=name, status="passed", detail=detail)
    if not live:
        return Check(check=name, status="passed", detail="every answer is recorded; nothing leaves")
    if words:
        return Check(
            check=name,
            status="refused",
            detail=f"found {words}; the workload refuses personal data, and `redact` would put tokens in its place",
        )
    return Check(check=name, status="passed", detail="no pattern of personal data found in the inputs")


def _in_inputs(counts: Mapping[Kind, KindCount]) -> str:
    """Such as: e-mail address in 12 cases (15 values); empty where there are none."""
    return ", ".join(
        f"{kind.words} in {_number(count.cases, 'case')} ({_number(count.found, 'value')})"
        for kind, count in counts.items()
        if count.found
    )


def _taken_out(counts: Mapping[Kind, KindCount]) -> str:
    inputs = _in_inputs(counts)
    elsewhere = ", ".join(
        f"{kind.words} ({_number(count.redacted - count.found, 'value')})"
        for kind, count in counts.items()
        if count.redacted > count.found
    )
    if not (inputs or elsewhere):
        return "nothing was found to redact"
    places = [inputs] * bool(inputs) + [f"in references, recordings and names: {elsewhere}"] * bool(elsewhere)
    return f"redacted before anything else saw the cases: {'; '.join(places)}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def budget_check(limits: Limits, forecast: Forecast) -> Check | None:
    """Whether the budget can suffice; None when the workload sets none.

    A run that reaches its budget ends with what it has, so that only one of which the budget pays next to nothing is
    refused: at best a tenth.
    """
    if limits.budget_usd is None:
        return None
    name, budget = "budget", limits.budget_usd
    cost = forecast.known_cost
    words = (
        f"forecast {cost.expected:.2f} USD ({cost.low:.2f} to {cost.high:.2f}) of prices that are known, "
        f"budget {budget:.2f} USD"
    )
    if cost.low * WORTHWHILE > budget or (cost.expected and not budget):
        detail = (
            f"{words}: it pays for less than {WORTHWHILE:.0%} of the run; raise limits.budget_usd, or take fewer cases"
        )
        return Check(check=name, status="refused", detail=detail)
    warnings = []
    if cost.low > budget:
        warnings.append("the run will end at the cap")
    elif cost.expected > budget:
        warnings.append("the run will probably end at the cap")
    if forecast.unpriced:
        models = ", ".join(forecast.unpriced)
        warnings.append(f"the cap cannot count what {models} costs, because the price is unknown")
    if warnings:
        return Check(check=name, status="warning", detail=f"{words}: {'; '.join(warnings)}")
    return Check(check=name, status="passed", detail=words)
