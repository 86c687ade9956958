"""What a region's catalogue lists at one look, and what is remembered of it from look to look."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal["model", "profile", "application"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """When a model came and goes; None where no date is set."""

    start: datetime | None = None
    legacy: datetime | None = None
    extended_access: datetime | None = None
    end_of_life: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A model or an inference profile as the catalogue lists it.

    Attributes:
        id: the ARN for a profile that the account made itself, which is what workloads name.
        kind: of such a profile ``application``, of one of the system's ``profile``.
        provider: in the catalogue's words; empty for a profile.
        status: of the lifecycle; ACTIVE for a profile, which has none of its own.
        on_demand: whether a model may be asked for by its own id.
        base: the model of a profile.
        regions: that a profile may route to, sorted; an empty name stands for anywhere.
    """

    id: str
    kind: Kind
    provider: str = ""
    name: str = ""
    status: str = "ACTIVE"
    dates: Dates = Dates()
    outputs: tuple[str, ...] = ()
    on_demand: bool = False
    base: str | None = None
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A whole answer: every model and every profile of a region; a part of one is no listing."""

    listed: tuple[Listed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPrice:
    """US dollars per million tokens, as text; ``source`` and ``date`` say whose."""

    input: str
    output: str
    cache_read: str | None = None
    cache_write: str | None = None
    source: str = ""
    date: str = ""

    @property
    def amounts(self) -> tuple[str | None, ...]:
        """What makes it another price; another source that says the same is none."""
        return (self.input, self.output, self.cache_read, self.cache_write)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that happened to a model, not yet told or told.

    Attributes:
        kind: the detail type of its event.
        detail: of its event.
    """

    kind: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is remembered of an id.

    Attributes:
        seen: as it was listed last.
        first_seen: at which look.
        released_at: the look that found it new; None for what was there at the first look of the region.
        absences: whole answers in a row without it.
        prices: what each source said last, each source once, the last one to say anything at the end.
        untold: what happened to it and nobody has been told, the oldest first.
        changes: how many there have been, which numbers them.
    """

    seen: Listed
    first_seen: datetime
    released_at: datetime | None = None
    absences: int = 0
    prices: tuple[KnownPrice, ...] = ()
    untold: tuple[Change, ...] = field(default=())
    changes: int = 0

    @property
    def price(self) -> KnownPrice | None:
        """What it costs as far as is known; None where nobody said, or nobody was asked."""
        return self.prices[-1] if self.prices else None

    def price_by(self, source: str) -> KnownPrice | None:
        return next((price for price in self.prices if price.source == source), None)

    @property
    def gone(self) -> bool:
        """Whether it is listed no more; one answer without it is not believed."""
        return self.absences >= GONE_AFTER


GONE_AFTER = 2
