"""What AWS would ask for each model's tokens, region by region, from the table of prices in the project."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Literal

from brainswap.core.money.prices import Price, known_models
from local.bedrock.catalogue import REGIONS
from local.bedrock.notation import model_name, provider_name

Direction = Literal["input", "output", "cache_read", "cache_write"]
Reach = Literal["regional", "global"]

BATCH = Decimal("0.5")

# Makers whose models are sold through the Marketplace: priced by the million, with an agreement to sign.
_MARKETPLACE = frozenset({"ai21", "anthropic", "cohere", "openai", "twelvelabs", "writer"})
# The start of usage types, which does not follow from a region's name.
CODES: Mapping[str, str] = MappingProxyType(
    {
        "us-east-1": "USE1",
        "us-east-2": "USE2",
        "us-west-2": "USW2",
        "eu-central-1": "EUC1",
        "eu-west-1": "EUW1",
        "ap-northeast-1": "APN1",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """US dollars per million tokens of one kind."""

    direction: Direction
    reach: Reach
    usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """A model, as it is sold in a region.

    Attributes:
        date: of the table's prices (ISO 8601).
    """

    model_id: str
    region: str
    date: str
    rates: tuple[Rate, ...]

    @property
    def name(self) -> str:
        return model_name(self.model_id)

    @property
    def provider(self) -> str:
        return provider_name(self.model_id)

    @property
    def code(self) -> str:
        return CODES[self.region]

    @property
    def on_marketplace(self) -> bool:
        """Open weights are AWS's own offer, whoever made them."""
        return self.model_id.partition(".")[0] in _MARKETPLACE and "gpt-oss" not in self.model_id

    @property
    def speaks_of_token_counts(self) -> bool:
        """Whether usage types say ``InputTokenCount``, as for Claude up to 4.6; later ones say ``input_tokens``."""
        return "-v" in self.model_id or self.model_id.endswith("-4-6")


@cache
def all_sold() -> tuple[Sold, ...]:
    """Every model of the table in every region where it has a price."""
    return tuple(
        sold for base in _base_ids() for region in CODES for sold in (_sold(base, region),) if sold is not None
    )


@cache
def sold_by_id() -> Mapping[str, tuple[Sold, ...]]:
    """The same, by the id of the model without the prefix of a profile."""
    by_id: dict[str, list[Sold]] = {}
    for each in all_sold():
        by_id.setdefault(each.model_id, []).append(each)
    return MappingProxyType({model_id: tuple(found) for model_id, found in by_id.items()})


def _base_ids() -> tuple[str, ...]:
    known = known_models()
    ids = (model_id.partition(".")[2] if _has_prefix(model_id) else model_id for model_id in known)
    return tuple(sorted({model_id for model_id in ids if "@" not in model_id}))


def _has_prefix(model_id: str) -> bool:
    return model_id.partition(".")[0] in REGIONS


def _sold(base: str, region: str) -> Sold | None:
    known = known_models()
    by_reach: dict[Reach, Price] = {}
    names: dict[Reach, tuple[str, ...]] = {
        "regional": (*(f"{prefix}.{base}" for prefix in REGIONS if region in REGIONS[prefix]), base),
        "global": (f"global.{base}",),
    }
    for reach, ids in names.items():
        prices = [known[each].price for each in ids if each in known]
        price = next((price for price in prices if price is not None), None)
        if price is not None:
            by_reach[reach] = price
    rates = tuple(rate for reach, price in by_reach.items() for rate in _rates(price, reach))
    date = max((price.date for price in by_reach.values()), default="")
    return Sold(model_id=base, region=region, date=date, rates=rates) if rates else None


def _rates(price: Price, reach: Reach) -> Iterator[Rate]:
    yield Rate(direction="input", reach=reach, usd=price.input)
    yield Rate(direction="output", reach=reach, usd=price.output)
    if price.cache_read is not None:
        yield Rate(direction="cache_read", reach=reach, usd=price.cache_read)
    if price.cache_write is not None:
        yield Rate(direction="cache_write", reach=reach, usd=price.cache_write)
