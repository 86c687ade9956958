"""What a model costs by token, from the customer or from a dated table; an unknown price stays unknown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens, on demand.

    Attributes:
        source: who says so.
        date: when they said so (ISO 8601).
    """

    input: Decimal
    output: Decimal
    source: str
    date: str
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A row of the table: what is known of a model without asking anybody.

    Attributes:
        retires: the day after which requests fail (ISO 8601), where one is announced.
    """

    model_id: str
    price: Price | None
    max_input_tokens: int | None
    max_output_tokens: int | None
    retires: str | None


@cache
def known_models() -> Mapping[str, KnownModel]:
    """The table in the project, by model id and inference profile id."""
    table = json.loads(resources.files(__package__).joinpath("models.json").read_text("utf-8"))
    return {row["id"]: _known(row, table["about"]) for row in table["models"]}


def price_of(model_id: str) -> Price | None:
    """The table's price; the id matches exactly, because a similar model is another model."""
    known = known_models().get(model_id)
    return known.price if known else None


def _known(row: Mapping[str, Any], about: Mapping[str, str]) -> KnownModel:
    price = None
    if "input" in row and "output" in row:
        price = Price(
            input=Decimal(row["input"]),
            output=Decimal(row["output"]),
            cache_read=Decimal(row["cache_read"]) if "cache_read" in row else None,
            cache_write=Decimal(row["cache_write"]) if "cache_write" in row else None,
            source=row.get("source", about["source"]),
            date=about["date"],
        )
    return KnownModel(
        model_id=row["id"],
        price=price,
        max_input_tokens=row.get("max_input_tokens"),
        max_output_tokens=row.get("max_output_tokens"),
        retires=row.get("retires"),
    )
