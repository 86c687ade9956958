"""Function ``Watch``: look at the catalogue of each region, remember it, and tell what changed."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from brainswap.contracts import NothingToTell
from brainswap.core.errors import BrainswapError, TransientError
from brainswap.core.money.prices import Price
from brainswap.core.money.resolution import resolve
from brainswap.core.watching.listing import KnownPrice
from brainswap.ports import Dependencies, Metric
from brainswap.registry import Registry
from brainswap.runtime import dependencies
from brainswap.snapshots import Snapshots
from brainswap.ways_back import look_after

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

NEVER = datetime.min.replace(tzinfo=UTC)

_log = logging.getLogger(__name__)


def run(_event: Any, using: Dependencies) -> NothingToTell:
    """Whatever event comes is a reason to look, and says nothing that is believed.

    The region that was looked at longest ago goes first, so that a function that runs out of time leaves none out for
    ever. How many told nothing is a figure: who is refused would be refused again at once, and somebody has to hear.

    Raises:
        TransientError: some region did not answer; the others are taken all the same.
    """
    snapshots = Snapshots(using.records)
    used = sorted({model for one in Registry(using.records).in_force() for model in one.facts.models})
    again: list[TransientError] = []
    untold = 0
    for region in sorted(using.watched_regions, key=lambda each: snapshots.looked_at(each) or NEVER):
        try:
            listing = using.listings.listing(region)
        except BrainswapError as error:
            # Nothing was learnt, not even that anything is gone.
            _log.warning("the catalogue of %s was not read: %s", region, error)
            untold += 1
            again += [error] if isinstance(error, TransientError) else []
            continue
        prices = _prices(used, region, using)
        if not snapshots.take(region, listing, now=using.clock.now(), prices=prices, events=using.events):
            _log.warning("the catalogue of %s lists so little that it is not believed", region)
            untold += 1
    using.metrics.record([Metric(name="UnreadCatalogues", value=untold, unit="Count")], by={}, about={})
    look_after(using)  # by what was just seen
    if again:
        raise again[0]
    return NothingToTell()


def _prices(used: Iterable[str], region: str, using: Dependencies) -> dict[str, KnownPrice]:
    """What models cost that workloads use; who says nothing is left out, for that is no change."""
    models = [model for model in used if ":" not in model.partition(".")[0]]
    candidates = [each for of_model in using.prices.prices(models, region).values() for each in of_model]
    found = {
        model: resolve(model, tier=None, inference="on_demand", region=region, candidates=candidates).price
        for model in models
    }
    return {model: _known(price) for model, price in found.items() if price is not None}


def _known(price: Price) -> KnownPrice:
    return KnownPrice(
        input=str(price.input),
        output=str(price.output),
        cache_read=None if price.cache_read is None else str(price.cache_read),
        cache_write=None if price.cache_write is None else str(price.cache_write),
        source=price.source,
        date=price.date,
    )


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(event, dependencies()).model_dump(mode="json")
