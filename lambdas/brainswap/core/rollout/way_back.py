"""Whether the model to which traffic would go back still answers, and for how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from brainswap.core.preflight import ModelFacts
from brainswap.core.watching.listing import Known

State = Literal["open", "closing", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """How the way back is.

    Attributes:
        state: ``closing`` where the model goes while the way back is kept, ``closed`` where it answers no more.
        because: why it is not open; says the same as long as nothing changes.
    """

    state: State
    because: str = ""


OPEN = WayBack(state="open")

WARM_DAYS = 30
"""For so long after a roll-out the way back is kept: the source's version, its file, and a look at its model."""


def way_back(
    model: str, facts: ModelFacts | None, known: Mapping[str, Known], *, now: datetime, until: datetime
) -> WayBack | None:
    """What is to be said of the way back; None where nobody knows.

    Args:
        model: the source's, as it was asked.
        facts: what the catalogue says of it now; None when it does not have it, or says nothing.
        known: what is remembered of the catalogue by earlier looks, by id.
        now: of the question.
        until: when the way back is kept no more.
    """
    remembered = known.get(model, known.get(model.rpartition("/")[2]))  # an ARN ends in the id
    base = known.get(remembered.seen.base) if remembered is not None and remembered.seen.base else remembered
    if facts is not None and facts.unavailable_because is not None:
        because = f"the account may not ask it any more: {facts.unavailable_because}; {facts.to_do}"
        return WayBack(state="closed", because=because)
    # One answer without a model is not believed, and a word about it now is worth more than many silences.
    if facts is None and any(each is not None and each.gone for each in (remembered, base)):
        return WayBack(state="closed", because="the catalogue lists it no more")
    leaving = _leaving(facts, base, now=now, until=until)
    return leaving or (OPEN if facts is not None else None)


def _leaving(facts: ModelFacts | None, base: Known | None, *, now: datetime, until: datetime) -> WayBack | None:
    """By its lifecycle; what is remembered goes before what a process may have listed hours ago."""
    if base is not None:
        end, status = base.seen.dates.end_of_life, base.seen.status
    elif facts is not None:
        end, status = facts.end_of_life, facts.status
    else:
        return None
    if end is not None and end <= now:
        return WayBack(state="closed", because=f"its end of life was {end:%Y-%m-%d}")
    if end is not None and end <= until:
        because = f"its end of life is {end:%Y-%m-%d}, and the way back is to be kept until {until:%Y-%m-%d}"
        return WayBack(state="closing", because=because)
    if status != "ACTIVE":
        # Amazon Bedrock User Guide, model lifecycle, September 2026.
        because = f"its status is {status}, and an account that does not call such a model for 15 days may lose it"
        return WayBack(state="closing", because=because)
    return None
