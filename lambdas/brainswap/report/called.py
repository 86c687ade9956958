"""What a report says of scorers that call something besides a chat model: whom, what they took, what went wrong."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import assert_never

from brainswap.contracts import CalledShard, FrozenRun
from brainswap.core.answers import Origin
from brainswap.core.scoring.specs import AnyCalledSpec, FunctionSpec, GuardrailSpec, MeaningSpec, ToxicitySpec
from brainswap.core.wording import printable

_WHY = 500  # characters of somebody else's reason


def added_up(shards: Iterable[Mapping[str, CalledShard]]) -> dict[str, CalledShard]:
    """What each scorer took in all shards; an unknown cost makes the sum unknown."""
    sums: dict[str, CalledShard] = {}
    for shard in shards:
        for name, each in shard.items():
            sums[name] = _sum(sums[name], each) if name in sums else each
    return sums


def called_words(frozen: FrozenRun) -> str | None:
    """Every such scorer with whom it calls; None where there are none."""
    return "; ".join(f"{spec.name}: {_whom(spec)}" for spec in frozen.workload.called) or None


def called_warnings(frozen: FrozenRun, called: Mapping[str, CalledShard]) -> Iterator[str]:
    """What a reader has to know before trusting such a score."""
    for spec in frozen.workload.called:
        taken = called.get(spec.name)
        if taken is None:
            continue
        if Origin.SIMULATED in taken.origins:
            who = f"{spec.type} of {spec.name} was SIMULATED, in place of {_whom(spec)}"
            yield f"{who}: it says nothing about any answer"
        if taken.failed:
            total = taken.calls + taken.cached + taken.failed
            because = printable(taken.because or "nobody says why", _WHY)
            yield f"{spec.name}: {taken.failed:,} of {total:,} calls left answers unscored: {because}"
    unpaid = [spec.name for spec in frozen.workload.called if not isinstance(spec, MeaningSpec)]
    if unpaid:
        yield f"what the calls of {', '.join(unpaid)} cost in the account is in no figure here, and under no cap"


def models_asked(frozen: FrozenRun, called: Mapping[str, CalledShard]) -> frozenset[Origin]:
    """Where the answers came from of those who are models of somebody's; a function is the customer's own."""
    specs = [spec for spec in frozen.workload.called if not isinstance(spec, FunctionSpec)]
    return frozenset(origin for spec in specs if spec.name in called for origin in called[spec.name].origins)


def embedding_specs(frozen: FrozenRun) -> list[MeaningSpec]:
    """The scorers that compare embeddings."""
    return [spec for spec in frozen.workload.called if isinstance(spec, MeaningSpec)]


def _whom(spec: AnyCalledSpec) -> str:
    match spec:
        case MeaningSpec():
            return spec.model if spec.dimensions is None else f"{spec.model}, {spec.dimensions} dimensions"
        case FunctionSpec():
            return spec.function
        case GuardrailSpec():
            return f"guardrail {spec.guardrail.id}, version {spec.guardrail.version}"
        case ToxicitySpec():
            return f"guardrail checks of {', '.join(spec.categories)}"
        case _:
            assert_never(spec)


def _sum(one: CalledShard, other: CalledShard) -> CalledShard:
    costs = (one.usd, other.usd)
    known = [cost for cost in costs if cost is not None]
    return CalledShard(
        calls=one.calls + other.calls,
        cached=one.cached + other.cached,
        usd=sum(known, Decimal(0)) if len(known) == len(costs) else None,
        origins=sorted({*one.origins, *other.origins}),
        failed=one.failed + other.failed,
        because=one.because or other.because,
    )
