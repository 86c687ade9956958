"""Catalogues for tests."""

from datetime import datetime

from brainswap.core.preflight import ModelFacts
from tests.fakes.known import FixedCatalogue


def facts(
    model_id: str,
    *,
    regions: tuple[str, ...] = ("us-east-1",),
    end_of_life: datetime | None = None,
    unavailable_because: str | None = None,
    streams: bool = True,
) -> ModelFacts:
    return ModelFacts(
        model_id=model_id,
        status="ACTIVE",
        end_of_life=end_of_life,
        streams=streams,
        regions=regions,
        unavailable_because=unavailable_because,
    )


def catalogue(*known: ModelFacts) -> FixedCatalogue:
    return FixedCatalogue(known={one.model_id: one for one in known})
