"""Which of several sources says what a model costs: the workload, a rate card, the Price List, the dated table."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from brainswap.core.calls import Inference, ServiceTier
from brainswap.core.money.costs import rates_of
from brainswap.core.money.price_lines import CandidatePrice, Reach
from brainswap.core.money.prices import Price, Rates, price_of, priced_in
from brainswap.core.scoring.specs import MeaningSpec
from brainswap.core.workload import DeclaredPrice, Workload

PROFILE_PREFIXES = frozenset({"apac", "au", "ca", "eu", "global", "in", "jp", "us", "us-gov"})

_ARN = re.compile(r"^arn:aws[a-z-]*:bedrock:[a-z0-9-]*:[0-9]*:(foundation-model|inference-profile)/([^/]+)$")
_TABLES_OWN = re.compile(r"^us-(east|west)-\d$")  # the regions that the table's plain ids were priced in
_ORDER: tuple[Literal["rate_card", "price_list"], ...] = ("rate_card", "price_list")
_WORDS = {"rate_card": "the rate card", "price_list": "the Price List"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFinding:
    """The price that a model is counted at.

    Attributes:
        price: tells at least what input and output cost in the way that was asked for; None where nobody does.
        reason: why there is none.
        notes: what was found on the way, a sentence each.
    """

    price: Price | None
    reason: str | None = None
    notes: tuple[str, ...] = ()


def resolve(
    model_id: str,
    *,
    tier: ServiceTier | None,
    inference: Inference,
    region: str | None,
    declared: DeclaredPrice | None = None,
    candidates: Sequence[CandidatePrice] = (),
    optimised_latency: bool = False,
) -> PriceFinding:
    """The first source that tells the price of this way of asking; what a customer declares is final.

    Args:
        model_id: as a workload names it.
        tier: that calls ask for.
        inference: on demand or in batches.
        region: from which it is asked; None where nobody knows.
        declared: the workload's own price.
        candidates: what other sources say, of this and other models.
        optimised_latency: whether calls ask for latency-optimised inference.
    """
    if declared is not None:
        price = _declared(declared, tier)
        missing = _missing(price, tier, inference, optimised_latency=False)
        return PriceFinding(price=None if missing else price, reason=missing)
    named = named_model(model_id)
    notes: list[str] = []
    for offered, source, said in _offered(named, region, candidates):
        notes += said
        if offered is None:
            continue
        missing = _missing(offered, tier, inference, optimised_latency=optimised_latency)
        if missing is None:
            return PriceFinding(price=offered, notes=tuple(notes))
        notes.append(f"{source}: {missing}")
    reason = notes[-1] if notes else "no source knows a price of it; declare one under `prices`"
    return PriceFinding(price=None, reason=f"{model_id}: {reason}", notes=tuple(notes))


def find_prices(
    workload: Workload,
    *,
    inference: Mapping[str, Inference],
    region: str | None,
    candidates: Sequence[CandidatePrice] = (),
) -> dict[str, PriceFinding]:
    """The prices of a workload's models, by slot.

    Args:
        workload: as declared.
        inference: by slot, where it is not on demand.
        region: from which models are asked.
        candidates: what other sources say.
    """
    found = {}
    for slot, model in workload.slots.items():
        parameters = workload.parameters_of(model)
        found[slot] = resolve(
            model.model,
            tier=parameters.service_tier,
            inference=inference.get(slot, "on_demand"),
            region=region,
            declared=workload.prices.get(model.model),
            candidates=candidates,
            optimised_latency=parameters.latency == "optimised",
        )
    return found


def find_judge_prices(
    workload: Workload, *, region: str | None, candidates: Sequence[CandidatePrice] = ()
) -> dict[str, PriceFinding]:
    """The prices of those who judge, by the slots of `Workload.judges`; they are asked on demand."""
    return {
        slot: resolve(
            judge.model,
            tier=judge.asked_with.service_tier,
            inference="on_demand",
            region=region,
            declared=workload.prices.get(judge.model),
            candidates=candidates,
            optimised_latency=judge.asked_with.latency == "optimised",
        )
        for slot, judge in workload.judges.items()
    }


def find_improver_price(
    workload: Workload, *, region: str | None, candidates: Sequence[CandidatePrice] = ()
) -> PriceFinding | None:
    """The price of the model that rewrites prompts; None where there is none besides the targets."""
    improver = workload.improver
    if improver is None:
        return None
    parameters = improver.parameters
    return resolve(
        improver.model,
        tier=parameters.service_tier if parameters else None,
        inference="on_demand",
        region=region,
        declared=workload.prices.get(improver.model),
        candidates=candidates,
        optimised_latency=parameters is not None and parameters.latency == "optimised",
    )


def find_called_prices(
    workload: Workload, *, region: str | None, candidates: Sequence[CandidatePrice] = ()
) -> dict[str, PriceFinding]:
    """The prices of models of embeddings, by the scorer that compares them."""
    return {
        spec.name: resolve(
            spec.model,
            tier=None,
            inference="on_demand",
            region=region,
            declared=workload.prices.get(spec.model),
            candidates=candidates,
        )
        for spec in workload.called
        if isinstance(spec, MeaningSpec)
    }


def named_model(model_id: str) -> str:
    """The id in an ARN of a model or a system-defined profile; everything else as it is."""
    found = _ARN.match(model_id)
    return found[2] if found else model_id


def base_model(model_id: str) -> str | None:
    """The id of a model on Bedrock without the prefix of a profile; None where the id tells no such model."""
    named = named_model(model_id)
    if ":" in named.partition(".")[0]:
        return None
    prefix, _, rest = named.partition(".")
    return rest if prefix in PROFILE_PREFIXES else named


def _offered(
    named: str, region: str | None, candidates: Sequence[CandidatePrice]
) -> Iterator[tuple[Price | None, str, Sequence[str]]]:
    """The sources in their order: a price, who says it, and what is to be said of it."""
    base, wanted = base_model(named), _reaches(named)
    for origin in _ORDER:
        of_model = [each for each in candidates if each.origin == origin and each.model_id == base]
        reach = next((reach for reach in wanted if any(each.reach == reach for each in of_model)), None)
        fitting = [each for each in of_model if reach is not None and each.reach == reach]
        silent = [each for each in of_model if each.reach is None]
        said = [f"{_WORDS[origin]}: {note}" for each in (*silent, *fitting) for note in each.notes]
        if len({each.price for each in fitting}) > 1:
            yield None, _WORDS[origin], [*said, f"{_WORDS[origin]}: ambiguous, it holds several prices"]
        else:
            yield fitting[0].price if fitting else None, _WORDS[origin], said
    elsewhere = named == base and region is not None and not (_TABLES_OWN.match(region) or priced_in(named, region))
    price = price_of(named, region)
    said = [f"the dated table prices {named} in the United States and not in {region}"] if elsewhere and price else []
    yield price, "the dated table", said


def _reaches(named: str) -> tuple[Reach, ...]:
    """Whose lines hold for an id, the closest first; no other line ever does."""
    prefix = named.partition(".")[0]
    if prefix == "global":
        return ("global",)
    return ("geo", "regional") if prefix in PROFILE_PREFIXES else ("regional",)


def _missing(price: Price, tier: ServiceTier | None, inference: Inference, *, optimised_latency: bool) -> str | None:
    rates = rates_of(price, inference=inference, tier=tier, optimised_latency=optimised_latency)
    return rates if isinstance(rates, str) else None


def _declared(declared: DeclaredPrice, tier: ServiceTier | None) -> Price:
    """A customer's price holds in whatever tier the workload asks for."""
    rates = Rates(
        input=declared.input,
        output=declared.output,
        cache_read=declared.cache_read,
        cache_write=declared.cache_write,
    )
    price = Price(
        input=rates.input,
        output=rates.output,
        cache_read=rates.cache_read,
        cache_write=rates.cache_write,
        batch_input=declared.batch_input,
        batch_output=declared.batch_output,
        source="the workload's own price",
        date=declared.date or "",
    )
    if tier == "flex":
        return replace(price, flex=rates)
    return replace(price, priority=rates) if tier == "priority" else price
