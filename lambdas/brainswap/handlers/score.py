"""State ``Score``: score every answer of a shard."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from brainswap.contenders import costing
from brainswap.contracts import NothingToTell, ShardRef, parse
from brainswap.core.answers import Answer, Usage, asked_by
from brainswap.core.cases import Case
from brainswap.core.decision.samples import Sample, StepTaken
from brainswap.core.scoring.composition import members_first, with_sets
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.scorers import compiled
from brainswap.core.scoring.specs import SetSpec
from brainswap.core.scoring.subject import Subject, subject_of
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(request: ShardRef, using: Dependencies) -> NothingToTell:
    """Score the shard from its stored cases and answers."""
    files = RunFiles(using.artifacts, request.run_id)
    specs = files.run().workload.scorers
    scorers = {spec.name: (spec.step, compiled(spec)) for spec in specs if not isinstance(spec, SetSpec)}
    steps = {step for step, _ in scorers.values()}
    sets = members_first(spec for spec in specs if isinstance(spec, SetSpec))
    cost = costing(files.contender(request.contender))
    answers = files.answers(request.contender, request.block)
    by_case = {case_id: list(group) for case_id, group in groupby(answers, key=attrgetter("case_id"))}

    def samples() -> Iterator[Sample]:
        for case in files.block(request.block):
            for answer in by_case[case.id]:
                subjects = {step: _subject(case, answer.at(step), cost) for step in steps}
                scores = {name: scored(subjects[step]) for name, (step, scored) in scorers.items()}
                yield _sample(case, answer, with_sets(scores, sets), asked_by(request.contender, request.block))

    files.write_samples(request.contender, request.block, samples())
    return NothingToTell()


def _subject(case: Case, answer: Answer, cost: Callable[[Usage], Decimal | None] | None) -> Subject:
    usd = cost(answer.usage) if cost is not None and answer.usage is not None else None
    return subject_of(case, answer, usd)


def _sample(case: Case, answer: Answer, scores: Mapping[str, Score], ours: str) -> Sample:
    return Sample(
        case_id=case.id,
        repeat=answer.repeat,
        segment=case.segment,
        cluster=case.cluster,
        critical=case.critical,
        weight=case.weight,
        status=answer.status,
        origin=answer.origin,
        cached=answer.cached,
        reused=answer.reused,
        latency_ms=answer.latency_ms,
        first_token_ms=answer.first_token_ms,
        server_latency_ms=answer.server_latency_ms,
        cold=answer.cold,
        sent_at=answer.sent_at,
        note=answer.reason,
        estimated_latency=answer.estimated_latency,
        usage=answer.usage,
        steps=tuple(
            StepTaken(
                rounds=step.rounds,
                usage=step.usage,
                status=step.status,
                reused=step.reused,
                paid=not step.cached and step.asked_by == ours,
            )
            for step in answer.steps
        ),
        scores={name: score.value for name, score in scores.items()},
        reasons={name: score.reason for name, score in scores.items()},
        inapplicable=tuple(name for name, score in scores.items() if not score.applies),
    )


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(ShardRef, event), dependencies()).model_dump(mode="json")
