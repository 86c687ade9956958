"""The two offers of the Price List that hold models: AWS's own and open weights, and the Marketplace's."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from local.bedrock.marketplace import dimensions
from local.bedrock.tariff import BATCH, Direction, Rate, Sold, all_sold

OWN = "AmazonBedrock"
MARKETPLACE = "AmazonBedrockFoundationModels"

_PLACES: Mapping[str, str] = MappingProxyType(
    {
        "us-east-1": "US East (N. Virginia)",
        "us-east-2": "US East (Ohio)",
        "us-west-2": "US West (Oregon)",
        "eu-central-1": "EU (Frankfurt)",
        "eu-west-1": "EU (Ireland)",
        "ap-northeast-1": "Asia Pacific (Tokyo)",
    }
)
_VERSION = re.compile(r"(-v?\d+)?:.*$|-v\d+$")
_TERM, _RATE = "JRTCKXETXF", "6YS6EN2CT7"  # AWS's codes of terms on demand
_KINDS: dict[Direction, tuple[str, str]] = {
    "input": ("input-tokens", "Input tokens"),
    "output": ("output-tokens", "Output tokens"),
    "cache_read": ("cache-read-input-token-count", "Prompt cache read input tokens"),
    "cache_write": ("cache-write-input-token-count", "Prompt cache write input tokens"),
}
# What the tiers of AWS's own offer cost, relative to on demand.
_TIERS: Mapping[str, Decimal] = MappingProxyType({"flex": Decimal("0.5"), "priority": Decimal("1.75")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A row of an offer; its attributes are what filters look at.

    Attributes:
        model_id: told by no attribute, as at AWS; without the prefix of a profile.
    """

    model_id: str
    attributes: Mapping[str, str]
    unit: str
    usd: Decimal
    description: str
    date: str

    def text(self) -> str:
        """The row as JSON, which is how the Price List gives it."""
        attributes = self.attributes
        sku = (
            blake2b("\x1f".join((self.model_id, *attributes.values())).encode(), digest_size=10)
            .hexdigest()[:16]
            .upper()
        )
        term, rate = f"{sku}.{_TERM}", f"{sku}.{_TERM}.{_RATE}"
        dimension = {
            "unit": self.unit,
            "endRange": "Inf",
            "description": self.description,
            "appliesTo": [],
            "rateCode": rate,
            "beginRange": "0",
            "pricePerUnit": {"USD": f"{self.usd:.10f}"},
        }
        terms = {
            "priceDimensions": {rate: dimension},
            "sku": sku,
            "effectiveDate": f"{self.date}T00:00:00Z",
            "offerTermCode": _TERM,
            "termAttributes": {},
        }
        row: dict[str, Any] = {
            "product": {"productFamily": "Amazon Bedrock", "attributes": dict(attributes), "sku": sku},
            "serviceCode": attributes["servicecode"],
            "terms": {"OnDemand": {term: terms}},
            "version": self.date.replace("-", "") + "000000",
            "publicationDate": f"{self.date}T00:00:00Z",
        }
        return json.dumps(row)


@cache
def products() -> Mapping[str, tuple[Product, ...]]:
    """All rows, by the service code of the offer.

    Models that share a name, such as two releases, are told apart by their usage types alone in the one offer and
    by nothing at all in the other; where their prices differ, a price by name is ambiguous, as it is at AWS.
    """
    own: list[Product] = []
    marketplace: list[Product] = []
    for sold in all_sold():
        if sold.on_marketplace:
            marketplace.extend(_on_marketplace(sold))
        else:
            own.extend(_own(sold))
    return MappingProxyType({OWN: tuple(own), MARKETPLACE: tuple(marketplace)})


def _own(sold: Sold) -> Iterator[Product]:
    for rate in sold.rates:
        yield _own_row(sold, rate, "On-demand Inference", "", Decimal(1))
        if rate.direction in ("input", "output"):
            yield _own_row(sold, rate, "Batch Inference", "batch", BATCH)
        if rate.direction in ("input", "output") and rate.reach == "regional":
            for tier, factor in _TIERS.items():
                yield _own_row(sold, rate, "On-demand Inference", tier, factor)


def _own_row(sold: Sold, rate: Rate, feature: str, variant: str, factor: Decimal) -> Product:
    kind, words = _KINDS[rate.direction]
    short = _short(sold.model_id)
    ends = (kind, variant, "cross-region-global" if rate.reach == "global" else "")
    named = "titanModel" if short.startswith("Titan") else "model"
    usd = rate.usd * factor / 1000
    attributes = {
        **_where(sold, OWN),
        "servicename": "Amazon Bedrock",
        "usagetype": f"{sold.code}-{short}-{'-'.join(filter(None, ends))}",
        "operation": "",
        "provider": sold.provider,
        named: sold.name,
        "feature": feature,
        "inferenceType": words,
        "service_tier": variant if variant in _TIERS else "standard",
    }
    return Product(
        model_id=sold.model_id,
        attributes=attributes,
        unit="1K tokens",
        usd=usd,
        description=f"${usd.normalize():f} per 1K {words.lower()} for {sold.name} in {_PLACES[sold.region]}",
        date=sold.date,
    )


def _short(model_id: str) -> str:
    """A model as usage types write it: its id without the maker, the version and the signs between the words."""
    bare = _VERSION.sub("", model_id.partition(".")[2])
    return "".join(part[:1].upper() + part[1:] for part in bare.split("-"))


def _on_marketplace(sold: Sold) -> Iterator[Product]:
    maker = "OpenAI " if sold.model_id.startswith("openai.") else ""
    for line in dimensions(sold):
        attributes = {
            **_where(sold, MARKETPLACE),
            "servicename": f"{maker}{sold.name} (Amazon Bedrock Edition)",
            "usagetype": f"{sold.code}-MP:{line.name}-Units",
            "operation": "Usage",
        }
        yield Product(
            model_id=sold.model_id,
            attributes=attributes,
            unit="Units",
            usd=line.usd,
            description=f"AWS Marketplace software usage|{sold.region}|{line.description}",
            date=sold.date,
        )


def _where(sold: Sold, service_code: str) -> dict[str, str]:
    return {
        "servicecode": service_code,
        "regionCode": sold.region,
        "location": _PLACES[sold.region],
        "locationType": "AWS Region",
    }
