"""The list of shards, and what judging a shard took."""

from decimal import Decimal

from brainswap.contracts.base import Contract
from brainswap.core.answers import Origin


class BlockRange(Contract):
    """Blocks that follow each other, of cases that are asked together and count from the same look on.

    Attributes:
        asked: the look before which they are asked, and ``counts`` that from which on they count; see `Part`.
        first: the number of the first block.
    """

    asked: int
    counts: int
    first: int
    blocks: int
    cases: int


class ShardList(Contract):
    """``evaluation.json``: what there is to evaluate; the shards themselves are in ``shards.json``.

    Attributes:
        ranges: of the blocks, by look; written before the first answer.
        looks: that were begun.
        settled: the look at which a target was settled, by target; it was asked nothing afterwards.
    """

    contenders: list[str]
    blocks: int
    cases: int
    ranges: list[BlockRange]
    looks: int = 1
    settled: dict[str, int] = {}


class CalledShard(Contract):
    """What one scorer that calls something besides a chat model took in one shard.

    Attributes:
        calls: that this run made and that were answered.
        cached: answers that were known already, from an earlier run or by another shard of this one.
        usd: what the calls cost in tokens, which functions and guardrails do not take; None where that is unknown.
        origins: who answered.
        failed: calls that came to nothing.
        because: why the first of them did.
    """

    calls: int
    cached: int
    usd: Decimal | None
    origins: list[Origin]
    failed: int
    because: str | None


class JudgedTally(Contract):
    """How sure the judges of one scorer were.

    Attributes:
        judgements: answers that were shown to judges.
        pairs: judged in both orders, and readable in both.
        flips: pairs that were judged otherwise in the other order.
        unread: judges' answers that could not be read.
        opinions: answers of which there were several opinions.
        agreement: the sum of how far these agreed, each in [0, 1].
    """

    judgements: int = 0
    pairs: int = 0
    flips: int = 0
    unread: int = 0
    opinions: int = 0
    agreement: float = 0.0

    def __add__(self, other: "JudgedTally") -> "JudgedTally":
        return JudgedTally(
            judgements=self.judgements + other.judgements,
            pairs=self.pairs + other.pairs,
            flips=self.flips + other.flips,
            unread=self.unread + other.unread,
            opinions=self.opinions + other.opinions,
            agreement=self.agreement + other.agreement,
        )


class JudgedShard(Contract):
    """``judged/CONTENDER/BLOCK.json``: what the judges of one shard took, and how sure they were by scorer.

    Attributes:
        calls: that this run made.
        cached: judgements that were known already, from an earlier run or by another shard of this one.
        usd: what the calls cost; None where that is unknown.
        origins: who judged: a model, or somebody who stood in for it.
        called: what others took who were asked about the answers, by scorer.
    """

    calls: int
    cached: int
    usd: Decimal | None
    origins: list[Origin]
    scorers: dict[str, JudgedTally] = {}
    called: dict[str, CalledShard] = {}
