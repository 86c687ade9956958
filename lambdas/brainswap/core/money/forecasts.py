"""What a forecast says, as it is kept with a run; `forecast` and `engine` work it out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from brainswap.core.decision.prospect import ExpectedCalls, Prospect
from brainswap.core.money.ranges import NO_MINUTES, NO_TOKENS, CountRange, MinutesRange, MoneyRange, total

Service = Literal["step_functions", "lambda_time", "lambda_requests", "dynamodb", "s3"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineForecast:
    """What a run takes of an account.

    Attributes:
        going_on: invocations beyond the first that shards need to get all their answers.
        minutes: from the first shard to the last.
        usd: by service.
        priced_on: the date of the prices (ISO 8601).
        beyond: limits of AWS that the run would meet, a sentence each.
    """

    shards: int
    child_executions: int
    side_by_side: int
    going_on: int
    state_transitions: int
    lambda_requests: int
    lambda_gb_seconds: float
    dynamodb_writes: int
    dynamodb_reads: int
    s3_puts: int
    s3_gets: int
    minutes: float
    usd: Mapping[Service, Decimal]
    priced_on: str
    beyond: tuple[str, ...] = ()

    @property
    def total_usd(self) -> Decimal:
        return sum(self.usd.values(), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchForecast:
    """What batch inference would cost instead.

    Attributes:
        cost: None when a batch price is unknown.
        share: of what the same calls cost on demand; None when either is unknown.
        unpriced: the models whose batch price is unknown.
    """

    cost: MoneyRange | None = None
    share: Decimal | None = None
    unpriced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a run will take; retries are not counted, and answers that are cached already are counted as calls.

    Attributes:
        calls: to live models.
        most_input_tokens: what the input cannot exceed if every prompt were as long as the longest.
        cost: by purpose (``source``, ``targets``, ``judge``), of the models whose price is known.
        unpriced: the models whose price is unknown, with the reason; their calls are in no cost.
        minutes: of asking.
        limited_by: what sets the minutes, in words.
        calls_at_once: that are of use: no more than the workload allows, nor than the quotas keep busy.
        prospects: what each gate on scores can show with these cases, and how many it takes.
        stopping: how many calls are left where the scores are looked at on the way; None where they are not.
        judging_live: what a roll-out's judge of live answers costs if it looks at all that it may, which is in no other
            cost; None where there is no such judge, or a price is unknown.
        engine: what the run takes of an account besides tokens; None without test cases.
        assumptions: what the figures rest on, a sentence each.
    """

    calls: int
    input_tokens: CountRange = NO_TOKENS
    output_tokens: CountRange = NO_TOKENS
    most_input_tokens: int = 0
    cost: Mapping[str, MoneyRange] = field(default_factory=dict)
    unpriced: Mapping[str, str] = field(default_factory=dict)
    batch: BatchForecast = BatchForecast()
    minutes: MinutesRange = NO_MINUTES
    limited_by: str = ""
    calls_at_once: int = 1
    prospects: tuple[Prospect, ...] = ()
    stopping: ExpectedCalls | None = None
    judging_live: MoneyRange | None = None
    engine: EngineForecast | None = None
    assumptions: tuple[str, ...] = ()

    @property
    def smallest_difference(self) -> float | None:
        """The margin that the cases can show by the first scorer of a gate that has one, as `prospects` says."""
        return next((one.smallest for one in self.prospects if one.smallest is not None), None)

    @property
    def known_cost(self) -> MoneyRange:
        """Of the models whose price is known."""
        return total(self.cost.values())

    @property
    def cost_usd(self) -> Decimal | None:
        """What all calls are expected to cost; None when a price is unknown."""
        return None if self.unpriced else self.known_cost.expected
