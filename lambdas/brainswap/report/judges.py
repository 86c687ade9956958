"""What a report says of those who judged: who they were, by which rules, what they took and how sure they were."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from brainswap.contracts import CalledShard, FrozenRun, JudgedShard, JudgedTally
from brainswap.core.answers import Origin
from brainswap.core.judging.exhibit import judged
from brainswap.core.judging.templates import rubric_sha256
from brainswap.core.scoring.specs import PairwiseSpec
from brainswap.core.wording import listed
from brainswap.report.called import added_up, called_warnings, models_asked
from brainswap.report.people import JudgedScorer


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What the judges of a whole run took, and whom else scorers called; see `JudgedShard`."""

    calls: int = 0
    cached: int = 0
    usd: Decimal | None = Decimal(0)
    origins: frozenset[Origin] = frozenset()
    scorers: Mapping[str, JudgedTally] = field(default_factory=dict)
    called: Mapping[str, CalledShard] = field(default_factory=dict)

    @property
    def all_calls(self) -> int:
        return self.calls + sum(each.calls for each in self.called.values())

    @property
    def all_cached(self) -> int:
        return self.cached + sum(each.cached for each in self.called.values())

    def costs(self, frozen: FrozenRun) -> dict[str, list[Decimal | None]]:
        """In US dollars, by purpose; a purpose that nothing was asked for is left out."""
        found: dict[str, list[Decimal | None]] = {}
        if frozen.workload.judges:
            found["judge"] = [self.usd]
        if frozen.workload.called:
            found["scorers"] = [each.usd for each in self.called.values()]
        return found

    def all_origins(self, frozen: FrozenRun) -> frozenset[Origin]:
        """Of all that came from a model of somebody's."""
        return self.origins | models_asked(frozen, self.called)


def judging_of(shards: Iterable[JudgedShard]) -> Judging:
    """Add the shards up; an unknown cost makes the sum unknown."""
    every = list(shards)
    scorers: dict[str, JudgedTally] = {}
    for shard in every:
        for name, tally in shard.scorers.items():
            scorers[name] = scorers.get(name, JudgedTally()) + tally
    known = [shard.usd for shard in every if shard.usd is not None]
    return Judging(
        calls=sum(shard.calls for shard in every),
        cached=sum(shard.cached for shard in every),
        usd=sum(known, Decimal(0)) if len(known) == len(every) else None,
        origins=frozenset(origin for shard in every for origin in shard.origins),
        scorers=scorers,
        called=added_up(shard.called for shard in every),
    )


def judge_words(frozen: FrozenRun) -> str | None:
    """Every judged scorer with its judges and the fingerprint of its rules; None where nobody judges."""
    told = []
    for spec in judged(frozen.workload.scorers):
        judges = " and ".join(judge.model for judge in spec.panel)
        times = f", {spec.repeats} times each" if spec.repeats > 1 else ""
        told.append(f"{spec.name}: {spec.type} {rubric_sha256(spec)} by {judges}{times}")
    return "; ".join(told) or None


def judged_scorers(frozen: FrozenRun, judging: Judging) -> Iterator[JudgedScorer]:
    """What the report says of each judged scorer."""
    for spec in judged(frozen.workload.scorers):
        tally = judging.scorers.get(spec.name, JudgedTally())
        compares = isinstance(spec, PairwiseSpec)
        yield JudgedScorer(
            scorer=spec.name,
            type=spec.type,
            judges=[judge.model for judge in spec.panel],
            repeats=spec.repeats,
            rubric_sha256=rubric_sha256(spec),
            judgements=tally.judgements,
            unread=tally.unread,
            pairs=tally.pairs if compares else None,
            flips=tally.flips if compares else None,
            flip_rate=tally.flips / tally.pairs if tally.pairs else None,
            agreement=tally.agreement / tally.opinions if tally.opinions else None,
        )


def judging_warnings(frozen: FrozenRun, judging: Judging) -> Iterator[str]:
    """What a reader has to know before trusting a judged score."""
    if Origin.SIMULATED in judging.origins:
        judges = listed(dict.fromkeys(judge.model for judge in frozen.workload.judges.values()))
        yield f"judges were SIMULATED, in place of {judges}: judged scores say nothing about any answer"
    for name, tally in sorted(judging.scorers.items()):
        if tally.flips:
            yield (
                f"{name}: {tally.flips:,} of {tally.pairs:,} judgements of pairs turned round with the order of the "
                f"answers ({tally.flips / tally.pairs:.1%}), and count as equal"
            )
        if tally.unread:
            yield f"{name}: {tally.unread:,} answers of judges could not be read, and count for nothing"
    yield from called_warnings(frozen, judging.called)
