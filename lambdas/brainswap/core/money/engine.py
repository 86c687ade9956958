"""What a run takes of the account besides tokens: states, invocations, writes, and the dollars for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from types import MappingProxyType

from brainswap.core.money.forecasts import EngineForecast, Service
from brainswap.core.sharding import ShardPlan

PRICED_ON = "2026-11-01"
# US dollars in us-east-1: AWS's pricing pages of Step Functions (Standard), Lambda (arm64), DynamoDB (on demand, as
# halved in November 2024) and S3 (Standard); what an account has free of charge is not taken off.
USD_PER_TRANSITION = Decimal("0.000025")
USD_PER_GB_SECOND = Decimal("0.0000133334")
USD_PER_REQUEST = Decimal("0.0000002")
USD_PER_WRITE_UNIT = Decimal("0.000000625")
USD_PER_READ_UNIT = Decimal("0.000000125")
USD_PER_PUT = Decimal("0.000005")
USD_PER_GET = Decimal("0.0000004")

MOST_CHILDREN = 10_000  # of a Map Run, at once
LAMBDA_CONCURRENCY = 1_000  # of an account that never asked for more
MOST_ITEMS = 100_000_000  # that a Map Run reads

MEMORY_GB = Decimal(1)  # of the functions Answer and Score
INVOCATION_S = 870  # that an invocation asks for, before it leaves the rest to the next
SCORING_S = Decimal("0.002")  # of one answer, without a judge
SHARD_OVERHEAD_S = Decimal(2)  # of a shard: starting up, reading the block, writing the answers
START_S = Decimal(2)  # until a shard's place is taken by the next one

STATES_OF_A_SHARD = 4  # the start of the child, Answer, CheckAnswered, Score
STATES_OF_A_JUDGED_SHARD = 4  # the start of the child, Judge, CheckJudged, EndJudging
STATES_OF_GOING_ON = 3  # AnswerOn, Answer, CheckAnswered
STATES_OF_A_RUN = 13
STATES_OF_A_TARGET = 2
INVOCATIONS_OF_A_RUN = 5  # Prepare, Shard, Decide, Report, Announce
SECONDS_OF_A_RUN = Decimal(30)  # all of them together, at 1.73 GB
GB_OF_A_RUN = Decimal("1.73")
DECIDING_S = Decimal("0.0005")  # of one answer: Decide and Report, most of it waiting for files
WRITES_OF_A_SHARD = 12  # of pace and purse, at its beginning and its end
SETTLES_A_SECOND, BEATS_A_SECOND = Decimal(1), Decimal("0.5")  # of a worker that asks: its money, its word to the pace
BEATING_WORKERS = 32  # more of them beat no oftener together
MEMBER_BYTES = 60  # of a worker in the pace's item, which every beat writes whole
PUTS_OF_A_SHARD, GETS_OF_A_SHARD = 2, 10  # answers and scores; the run, the contender, the block, answers, and again
FILES_OF_A_RUN = 25
NOTES_OF_A_RUN = 10  # in the ledger
ITEM_BYTES = 600  # of a cached answer besides its text
WRITE_BYTES = 1_024  # of one unit
TARGET_USD_PER_1000 = Decimal("0.01")  # what a thousand answers of two seconds may cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was used of each service, forecast or measured; reads and writes are DynamoDB's units."""

    transitions: int = 0
    requests: int = 0
    gb_seconds: Decimal = Decimal(0)
    writes: int = 0
    reads: int = 0
    puts: int = 0
    gets: int = 0

    @property
    def usd(self) -> Mapping[Service, Decimal]:
        prices: dict[Service, Decimal] = {
            "step_functions": self.transitions * USD_PER_TRANSITION,
            "lambda_time": self.gb_seconds * USD_PER_GB_SECOND,
            "lambda_requests": self.requests * USD_PER_REQUEST,
            "dynamodb": self.writes * USD_PER_WRITE_UNIT + self.reads * USD_PER_READ_UNIT,
            "s3": self.puts * USD_PER_PUT + self.gets * USD_PER_GET,
        }
        return MappingProxyType(prices)

    @property
    def total_usd(self) -> Decimal:
        return sum(self.usd.values(), Decimal(0))


def engine_forecast(
    plan: ShardPlan,
    *,
    live: int,
    recorded: int = 0,
    judged: bool = False,
    judgements: int = 0,
    repeats: int = 1,
    steps: int = 1,
    asking_minutes: float,
    answer_bytes: float,
) -> EngineForecast:
    """Forecast an evaluation.

    Workers are paid while they wait, for the model or for its quota: a worker's seconds are those of the whole asking.

    Args:
        plan: how the run is cut.
        live: contenders that are asked.
        recorded: contenders whose answers the cases hold.
        judged: whether judges look at every shard again.
        judgements: calls to judges, in all.
        repeats: answers to each case.
        steps: calls that an answer takes.
        asking_minutes: that all calls take at the plan's concurrency and within the quotas.
        answer_bytes: of the mean answer.
    """
    shards = plan.blocks * (live + recorded)
    judged_shards = shards if judged else 0
    asked_in = plan.blocks * live + judged_shards
    asked = plan.cases * repeats * live * steps + judgements
    answers = plan.cases * repeats * (live + recorded)
    workers = min(plan.side_by_side, max(1, asked_in))
    asking_s = Decimal(str(asking_minutes)) * 60 * workers if asked else Decimal(0)
    going_on = _going_on(asking_s, asked_in)
    taken = Taken(
        transitions=(
            STATES_OF_A_RUN
            + STATES_OF_A_TARGET * max(0, live + recorded - 1)
            + STATES_OF_A_SHARD * shards
            + STATES_OF_A_JUDGED_SHARD * judged_shards
            + STATES_OF_GOING_ON * going_on
        ),
        requests=INVOCATIONS_OF_A_RUN + max(0, live + recorded - 1) + 2 * shards + judged_shards + going_on,
        gb_seconds=(
            (asking_s + SHARD_OVERHEAD_S * (shards + judged_shards + going_on) + SCORING_S * answers) * MEMORY_GB
            + (SECONDS_OF_A_RUN + DECIDING_S * answers) * GB_OF_A_RUN
        ),
        writes=(
            asked * writes_of_an_answer(answer_bytes)
            + WRITES_OF_A_SHARD * asked_in
            + writes_of_asking(asking_s, workers)
            + NOTES_OF_A_RUN
        ),
        reads=asked,
        puts=plan.blocks + PUTS_OF_A_SHARD * (shards + judged_shards) + FILES_OF_A_RUN,
        gets=GETS_OF_A_SHARD * (shards + judged_shards) + FILES_OF_A_RUN,
    )
    rounds = ceil(shards / plan.side_by_side) + ceil(judged_shards / plan.side_by_side)
    return EngineForecast(
        shards=shards,
        child_executions=shards + judged_shards,
        side_by_side=plan.side_by_side,
        going_on=going_on,
        state_transitions=taken.transitions,
        lambda_requests=taken.requests,
        lambda_gb_seconds=float(taken.gb_seconds),
        dynamodb_writes=taken.writes,
        dynamodb_reads=taken.reads,
        s3_puts=taken.puts,
        s3_gets=taken.gets,
        minutes=asking_minutes + float(rounds * (SHARD_OVERHEAD_S + START_S) / 60),
        usd=dict(taken.usd),
        priced_on=PRICED_ON,
        beyond=tuple(_beyond(plan, shards)),
    )


def taken_by_shards(
    *,
    answers: int,
    seconds_per_call: float,
    in_flight: int,
    block: int,
    side_by_side: int = 1,
    answer_bytes: float = 1_200,
) -> Taken:
    """What live answers take in shards; what a run takes once is not counted in.

    Args:
        answers: that are asked for, one repeat each.
        seconds_per_call: of the mean call, while nothing limits the calls but ``in_flight``.
        in_flight: calls at once in each worker.
        block: answers in a shard.
        side_by_side: workers that ask one model at once.
        answer_bytes: of the mean answer.
    """
    shards = -(-answers // block)
    asking_s = answers * Decimal(str(seconds_per_call)) / in_flight
    going_on = _going_on(asking_s, shards)
    return Taken(
        transitions=STATES_OF_A_SHARD * shards + STATES_OF_GOING_ON * going_on,
        requests=2 * shards + going_on,
        gb_seconds=(asking_s + SHARD_OVERHEAD_S * (shards + going_on) + SCORING_S * answers) * MEMORY_GB,
        writes=(
            answers * writes_of_an_answer(answer_bytes)
            + WRITES_OF_A_SHARD * shards
            + writes_of_asking(asking_s, side_by_side)
        ),
        reads=answers,
        puts=(PUTS_OF_A_SHARD + 1) * shards,
        gets=GETS_OF_A_SHARD * shards,
    )


def taken_by_invocations(*, answers: int, seconds_per_call: float, answer_bytes: float = 1_200) -> Taken:
    """The same for an engine that invokes a function of the same size for every case, in a child of three transitions.

    It claims no answers, because nobody else could ask for them.
    """
    return Taken(
        transitions=3 * answers,
        requests=answers,
        gb_seconds=answers * (Decimal(str(seconds_per_call)) + SCORING_S) * MEMORY_GB,
        writes=answers * (writes_of_an_answer(answer_bytes) - 1),
    )


def engine_cost_per_1000(*, answers: int, seconds_per_call: float, in_flight: int, block: int) -> Decimal:
    """US dollars of AWS, besides tokens, for a thousand live answers in shards."""
    taken = taken_by_shards(answers=answers, seconds_per_call=seconds_per_call, in_flight=in_flight, block=block)
    return taken.total_usd * 1_000 / answers


def invocation_each_cost_per_1000(*, seconds_per_call: float) -> Decimal:
    """The same with an invocation for each case."""
    return taken_by_invocations(answers=1_000, seconds_per_call=seconds_per_call).total_usd


def writes_of_an_answer(answer_bytes: float) -> int:
    """Units for the claim of an answer and for the answer itself."""
    return 1 + max(1, ceil((ITEM_BYTES + answer_bytes) / WRITE_BYTES))


def writes_of_asking(seconds: Decimal, side_by_side: int) -> int:
    """Units that workers write while they ask, besides those of answers.

    Args:
        seconds: of all workers together.
        side_by_side: workers at once; at most, as if all asked the same model.
    """
    units = ceil(Decimal(MEMBER_BYTES * side_by_side) / WRITE_BYTES)
    beats = BEATS_A_SECOND * min(Decimal(1), Decimal(BEATING_WORKERS) / side_by_side)
    return ceil(seconds * (SETTLES_A_SECOND + beats * units))


def _going_on(asking_s: Decimal, shards: int) -> int:
    """Invocations beyond the first of each shard, when the asking is spread evenly over them."""
    return shards * max(0, ceil(asking_s / shards / INVOCATION_S) - 1) if shards else 0


def _beyond(plan: ShardPlan, shards: int) -> list[str]:
    met = []
    if plan.side_by_side > LAMBDA_CONCURRENCY:
        met.append(
            f"{plan.side_by_side:,} workers at once are more than the {LAMBDA_CONCURRENCY:,} that Lambda runs unasked"
        )
    if plan.side_by_side > MOST_CHILDREN:
        met.append(f"{plan.side_by_side:,} workers at once are more than a Map Run's {MOST_CHILDREN:,}")
    if shards > MOST_ITEMS:
        met.append(f"{shards:,} shards are more than a Map Run reads")
    return met
