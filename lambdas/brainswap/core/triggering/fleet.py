"""What it takes to work off a queue: money and hours."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from brainswap.core.triggering.requests import Request, in_turn

OVERHEAD_MINUTES = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetForecast:
    """What a queue takes.

    Attributes:
        usd: of the migrations whose price is known.
        unpriced: migrations whose price is not known; their money is in no sum.
        hours: until the last has ended.
        late: ids of those that end after the model in use has gone.
    """

    migrations: int
    usd: Decimal
    unpriced: int
    hours: float
    late: tuple[str, ...]


def fleet_forecast(
    requests: Sequence[Request], *, at_once: int, now: datetime, overhead_minutes: float = OVERHEAD_MINUTES
) -> FleetForecast:
    """Work off the requests in their turn, so many at once, each for as long as its forecast says.

    Args:
        requests: waiting and started; of those that started the whole time is counted.
        at_once: migrations.
        now: of the question.
        overhead_minutes: of each migration besides asking models.
    """
    if at_once < 1:
        raise ValueError("at least one migration has to run at a time")
    started = [each for each in requests if each.status == "started"]
    waiting = in_turn(each for each in requests if each.status == "waiting")
    ends: list[float] = []
    late = []
    for each in (*started, *waiting):
        at = heapq.heappop(ends) if len(ends) >= at_once else 0.0
        end = at + each.forecast_minutes + overhead_minutes
        heapq.heappush(ends, end)
        if each.want.deadline is not None and now + timedelta(minutes=end) > each.want.deadline:
            late.append(each.id)
    priced = [each.forecast_usd for each in (*started, *waiting) if each.forecast_usd is not None]
    return FleetForecast(
        migrations=len(started) + len(waiting),
        usd=sum(priced, Decimal(0)),
        unpriced=len(started) + len(waiting) - len(priced),
        hours=max(ends, default=0.0) / 60,
        late=tuple(late),
    )
