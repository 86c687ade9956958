"""What a model costs by token, from the customer or from a dated table; an unknown price stays unknown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """US dollars per million tokens of each kind; None where nobody says."""

    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LongPrompts:
    """What every token of a call costs whose prompt, with what is cached of it, has more than ``above`` tokens."""

    above: int
    rates: Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens, on demand in the default tier where no name says otherwise.

    Attributes:
        source: who says so.
        date: when they said so (ISO 8601).
        cache_write: of what is kept for five minutes, which is what calls ask for.
        cache_write_1h: of what is kept for an hour.
    """

    input: Decimal
    output: Decimal
    source: str
    date: str
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    batch_input: Decimal | None = None
    batch_output: Decimal | None = None
    flex: Rates | None = None
    priority: Rates | None = None
    long: LongPrompts | None = None


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
    table = _table()
    return {
        model_id: KnownModel(
            model_id=model_id,
            price=_price(row, table),
            max_input_tokens=row.get("max_input_tokens"),
            max_output_tokens=row.get("max_output_tokens"),
            retires=row.get("retires"),
        )
        for model_id, row in table["models"].items()
    }


def price_of(model_id: str, region: str | None = None) -> Price | None:
    """The table's price; the id matches exactly, because a similar model is another model.

    Args:
        model_id: of a model or an inference profile.
        region: from which it is asked; some models cost more in some regions.
    """
    table = _table()
    regional = table["regions"].get(region, {}).get(model_id)
    if regional is not None:
        return _price(regional, table)
    known = known_models().get(model_id)
    return known.price if known else None


def priced_in(model_id: str, region: str) -> bool:
    """Whether the table has a price of the id for this very region."""
    return model_id in _table()["regions"].get(region, {})


@cache
def _table() -> Any:
    return json.loads(Path(__file__).with_name("models.json").read_text("utf-8"))


def _price(row: Mapping[str, Any], table: Mapping[str, Any]) -> Price | None:
    if "input" not in row or "output" not in row:
        return None
    about = table["about"]
    return Price(
        input=Decimal(row["input"]),
        output=Decimal(row["output"]),
        cache_read=_decimal(row.get("cache_read")),
        cache_write=_decimal(row.get("cache_write")),
        cache_write_1h=_decimal(row.get("cache_write_1h")),
        batch_input=_decimal(row.get("batch_input")),
        batch_output=_decimal(row.get("batch_output")),
        flex=_rates(row["flex"]) if "flex" in row else None,
        priority=_rates(row["priority"]) if "priority" in row else None,
        long=LongPrompts(above=row["long"][0], rates=_rates(row["long"][1:])) if "long" in row else None,
        source=table["sources"][row["source"]] if "source" in row else about["source"],
        date=about["date"],
    )


def _rates(values: Sequence[str | None]) -> Rates:
    """Input, output, cache read and cache write in this order; the last ones may be missing."""
    kinds = [_decimal(value) for value in values] + [None, None]
    if kinds[0] is None or kinds[1] is None:
        raise ValueError("rates begin with those of input and output")
    return Rates(input=kinds[0], output=kinds[1], cache_read=kinds[2], cache_write=kinds[3])


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
