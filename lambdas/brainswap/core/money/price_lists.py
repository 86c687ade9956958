"""Prices out of the AWS Price List, which names models by display name alone."""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from brainswap.core.money.price_lines import CandidatePrice, Line, Unclear, price_from, reaches_in, read_line

LONGEST_ROW = 100_000  # characters
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FURTHER = ("feature", "inferenceType", "service_tier")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedName:
    """Where a model is found: an offer, the attribute that holds its name, and the name."""

    offer: str
    attribute: str
    name: str


@cache
def listed_names() -> Mapping[ListedName, tuple[str, ...]]:
    """The ids that each name stands for; no other name stands for anything."""
    table = json.loads(Path(__file__).with_name("names.json").read_text("utf-8"))
    return {
        ListedName(offer=offer, attribute=attribute, name=name): tuple(ids)
        for offer, attributes in table["offers"].items()
        for attribute, names in attributes.items()
        for name, ids in names.items()
    }


def names_of(model_ids: Collection[str]) -> list[ListedName]:
    """Under which names to look for models, by their ids without the prefix of a profile."""
    return [name for name, ids in listed_names().items() if not set(ids).isdisjoint(model_ids)]


def price_list_prices(rows: Sequence[str], *, offer: str, region: str) -> list[CandidatePrice]:
    """What rows of one offer say, a candidate for each model and reach; rows of other regions and names are ignored.

    Args:
        rows: of ``PriceList``, each JSON.
        offer: the service code.
        region: whose rows count.
    """
    lines: dict[str, list[Line | Unclear]] = defaultdict(list)
    dates: dict[str, str] = {}
    for text in rows:
        row = _parsed(text)
        attributes = _inside(row, "product", "attributes")
        if not isinstance(attributes, dict) or attributes.get("regionCode") != region:
            continue
        found = list(_lines(row, attributes))
        for model_id in _ids(attributes, offer):
            lines[model_id] += found
            dates[model_id] = max(dates.get(model_id, ""), _date(row))
    return [
        candidate
        for model_id, found in lines.items()
        for candidate in _candidates(model_id, found, source=f"AWS Price List, {offer}, {region}", date=dates[model_id])
    ]


def _candidates(model_id: str, lines: Sequence[Line | Unclear], *, source: str, date: str) -> Iterator[CandidatePrice]:
    for reach in reaches_in(lines):
        price, notes = price_from(lines, reach=reach, source=source, date=date)
        yield CandidatePrice(model_id=model_id, origin="price_list", reach=reach, price=price, notes=notes)


def _lines(row: Any, attributes: Mapping[str, Any]) -> Iterator[Line | Unclear]:
    usage = attributes.get("usagetype")
    further = " ".join(str(attributes.get(name, "")) for name in _FURTHER)
    for term in _values(_inside(row, "terms", "OnDemand")):
        for dimension in _values(_inside(term, "priceDimensions")):
            texts = (usage, _inside(dimension, "description"), _inside(dimension, "unit"))
            if not all(isinstance(text, str) for text in texts):
                continue
            name, description, unit = (str(text) for text in texts)
            usd = _inside(dimension, "pricePerUnit", "USD")
            line = read_line(name=name, description=description, unit=unit, price=usd, further=further)
            if line is not None:
                yield line


def _ids(attributes: Mapping[str, Any], offer: str) -> tuple[str, ...]:
    for attribute in ("model", "titanModel", "servicename"):
        name = attributes.get(attribute)
        if isinstance(name, str):
            return listed_names().get(ListedName(offer=offer, attribute=attribute, name=name), ())
    return ()


def _date(row: Any) -> str:
    """When the row was published; empty where it does not say."""
    said = _inside(row, "publicationDate")
    found = _DAY.match(said) if isinstance(said, str) else None
    return found[0] if found else ""


def _parsed(text: Any) -> Any:
    if not isinstance(text, str) or len(text) > LONGEST_ROW:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _inside(place: Any, *names: str) -> Any:
    for name in names:
        place = place.get(name) if isinstance(place, dict) else None
    return place


def _values(place: Any) -> list[Any]:
    return list(place.values()) if isinstance(place, dict) else []
