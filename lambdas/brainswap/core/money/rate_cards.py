"""Prices out of the rate cards that ``ListFoundationModelAgreementOffers`` gives for models of the Marketplace."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from brainswap.core.money.price_lines import CandidatePrice, Line, Unclear, price_from, reaches_in, read_line

MOST_LINES = 5_000

_CODE = re.compile(r"^([A-Z]{2,3}\d|EU)[_-]")
# How AWS's bills begin for a region; it does not follow from the region's name.
_CODES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        region: frozenset(codes.split())
        for region, codes in {
            "af-south-1": "AFS1",
            "ap-northeast-1": "APN1",
            "ap-northeast-2": "APN2",
            "ap-northeast-3": "APN3",
            "ap-south-1": "APS3",
            "ap-south-2": "APS5",
            "ap-southeast-1": "APS1",
            "ap-southeast-2": "APS2",
            "ap-southeast-3": "APS4",
            "ap-southeast-4": "APS6",
            "ca-central-1": "CAN1",
            "eu-central-1": "EUC1",
            "eu-central-2": "EUC2",
            "eu-north-1": "EUN1",
            "eu-south-1": "EUS1",
            "eu-south-2": "EUS2",
            "eu-west-1": "EUW1 EU",
            "eu-west-2": "EUW2",
            "eu-west-3": "EUW3",
            "il-central-1": "ILC1",
            "me-central-1": "MEC1",
            "me-south-1": "MES1",
            "sa-east-1": "SAE1",
            "us-east-1": "USE1",
            "us-east-2": "USE2",
            "us-gov-east-1": "UGE1",
            "us-gov-west-1": "UGW1",
            "us-west-1": "USW1",
            "us-west-2": "USW2",
        }.items()
    }
)


def rate_card_prices(offers: Any, *, model_id: str, region: str, date: str) -> list[CandidatePrice]:
    """What the offers of one model say, a candidate for each reach.

    Args:
        offers: the answer's ``offers``, as they came.
        model_id: that was asked for.
        region: whose lines count, with those that name no region.
        date: on which the offers were asked for.
    """
    lines = list(_lines(offers, region))
    found = []
    for reach in reaches_in(lines):
        price, notes = price_from(lines, reach=reach, source="rate card of the model's agreement offer", date=date)
        found.append(CandidatePrice(model_id=model_id, origin="rate_card", reach=reach, price=price, notes=notes))
    return found


def _lines(offers: Any, region: str) -> Iterator[Line | Unclear]:
    ours = _CODES.get(region, frozenset())
    for entry in _entries(offers):
        if not isinstance(entry, dict):
            continue
        texts = [entry.get(name) or "" for name in ("dimension", "description", "unit")]
        if not all(isinstance(text, str) for text in texts):
            continue
        dimension, description, unit = texts
        code = _CODE.match(dimension)
        if code is not None and code[1] not in ours:
            continue
        line = read_line(name=dimension, description=description, unit=unit, price=entry.get("price"))
        if line is not None:
            yield line


def _entries(offers: Any) -> list[Any]:
    """The entries of all cards, as far as they are where they should be."""
    entries: list[Any] = []
    for offer in offers if isinstance(offers, list) else ():
        place = offer
        for name in ("termDetails", "usageBasedPricingTerm", "rateCard"):
            place = place.get(name) if isinstance(place, dict) else None
        if isinstance(place, list):
            entries += place
    return entries[:MOST_LINES]
