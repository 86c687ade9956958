"""What changed between what is remembered of a region and a whole answer of its catalogue."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from brainswap.core.watching.listing import Change, Known, KnownPrice, Listed, Listing

LEAST_SHARE = 0.5  # of what is known: an answer with less of it is a failure of the catalogue, whatever it calls itself


def believable(known: Mapping[str, Known], listing: Listing) -> bool:
    """Whether an answer that calls itself whole may be taken for it; an empty one, or one that lost half, may not."""
    present = [each for each in known.values() if not each.gone]
    listed = {each.id for each in listing.listed}
    if not listed:
        return False
    return sum(each.seen.id in listed for each in present) >= len(present) * LEAST_SHARE


def compare(
    known: Mapping[str, Known],
    listing: Listing,
    *,
    region: str,
    now: datetime,
    first: bool,
    prices: Mapping[str, KnownPrice],
) -> dict[str, Known]:
    """What is to be remembered of every id that changed, with what is to be told of it; the others are left out.

    Args:
        known: by id.
        listing: a whole answer.
        region: of the catalogue.
        now: of the look.
        first: nobody looked at this region before, so that nothing is new.
        prices: that were found out, by id; who is missing keeps the price that is known.
    """
    changed: dict[str, Known] = {}
    listed = {each.id: each for each in listing.listed}
    for model_id in {**known, **listed}:
        before, seen = known.get(model_id), listed.get(model_id)
        after = _after(before, seen, region=region, now=now, first=first, price=prices.get(model_id))
        if after is not None and after != before:
            changed[model_id] = after
    return changed


def _after(
    before: Known | None, seen: Listed | None, *, region: str, now: datetime, first: bool, price: KnownPrice | None
) -> Known | None:
    if seen is None:
        return before and replace(before, absences=min(before.absences + 1, 1_000))
    if before is None:
        prices = () if price is None else (price,)
        new = Known(seen=seen, first_seen=now, released_at=None if first else now, prices=prices)
        return new if first else _with(new, _arrivals(seen), region=region, now=now)
    after = replace(before, seen=seen, absences=0, prices=_prices(before, price))
    return _with(after, _differences(before, after), region=region, now=now)


def _prices(before: Known, price: KnownPrice | None) -> tuple[KnownPrice, ...]:
    """With what a source says now at the end; who says nothing changes nothing."""
    if price is None:
        return before.prices
    return (*(each for each in before.prices if each.source != price.source), price)


def _arrivals(seen: Listed) -> Iterator[tuple[str, dict[str, Any]]]:
    if seen.kind == "model":
        yield "Model Released", {"provider": seen.provider, "name": seen.name, "status": seen.status, **_dates(seen)}
    elif seen.kind == "profile":
        yield "Profile Regions Changed", {"base": seen.base, "before": [], "after": list(seen.regions)}


def _differences(before: Known, after: Known) -> Iterator[tuple[str, dict[str, Any]]]:
    old, new = before.seen, after.seen
    if old.status != "LEGACY" and new.status == "LEGACY":
        yield "Model Became Legacy", _dates(new)
    if old.dates.end_of_life != new.dates.end_of_life:
        yield "End Of Life Dated", {"before": _said(old.dates.end_of_life), **_dates(new)}
    if old.regions != new.regions:
        yield "Profile Regions Changed", {"base": new.base, "before": list(old.regions), "after": list(new.regions)}
    # A source is held against itself alone: another one that steps in for a look may say something else all the time.
    was = before.price_by(after.price.source) if after.price is not None else None
    if was is not None and after.price is not None and was.amounts != after.price.amounts:
        yield "Price Changed", {"before": _price(was), "after": _price(after.price)}


def _with(known: Known, found: Iterator[tuple[str, dict[str, Any]]], *, region: str, now: datetime) -> Known:
    """With events for what was found; each has an id by which whoever hears of it twice knows it again."""
    untold, number = list(known.untold), known.changes
    for kind, detail in found:
        number += 1
        about = {"id": f"{region}/{known.seen.id}/{number}", "region": region, "model": known.seen.id}
        untold.append(Change(kind=kind, detail={**about, "seen_at": now.isoformat(), **detail}))
    return replace(known, untold=tuple(untold), changes=number)


def _dates(seen: Listed) -> dict[str, str | None]:
    dates = seen.dates
    return {
        "legacy_from": _said(dates.legacy),
        "extended_access_from": _said(dates.extended_access),
        "end_of_life": _said(dates.end_of_life),
    }


def _price(price: KnownPrice) -> dict[str, str | None]:
    return {
        "input": price.input,
        "output": price.output,
        "cache_read": price.cache_read,
        "cache_write": price.cache_write,
        "source": price.source,
    }


def _said(date: datetime | None) -> str | None:
    return None if date is None else date.isoformat()
