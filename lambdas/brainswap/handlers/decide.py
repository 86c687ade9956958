"""State ``Decide``: compare every target with the source and give a verdict, from stored scores alone."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from brainswap.calibrating import Calibrator
from brainswap.contenders import SOURCE, costing
from brainswap.contracts import Contender, DecideResult, FrozenRun, Improving, RunRequest, ShardList, parse
from brainswap.core.decision.criteria import gates_fingerprint
from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.samples import Sample
from brainswap.core.errors import ArtifactMissingError, IncompleteEvaluationError, InvalidRequestError
from brainswap.ports import Dependencies
from brainswap.report.assembly import decided_report, refused_report
from brainswap.report.document import to_json
from brainswap.report.judges import Judging, judging_of
from brainswap.run_files import JSON, RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(request: RunRequest, using: Dependencies) -> DecideResult:
    """Decide; a run that was refused is decided already.

    Raises:
        InvalidRequestError: the gates are not those that were hashed before the first answer.
        IncompleteEvaluationError: a shard has no scores, or not of the cases of the others.
    """
    files = RunFiles(using.artifacts, request.run_id)
    frozen = files.run()
    listed = files.shard_list()
    if gates_fingerprint(frozen.workload) != frozen.gates_sha256:
        raise InvalidRequestError(f"the gates of {frozen.run_id} were changed after the run began; start another run")
    if frozen.refused or listed is None:
        report = refused_report(frozen)
    else:
        contenders = {name: files.contender(name) for name in listed.contenders}
        calibrator = Calibrator(files, frozen, listed.contenders)
        evaluation = _evaluate(files, frozen, contenders, listed, calibrator)
        improving = sum((files.improving(target) for target in range(len(frozen.workload.targets))), Improving())
        report = decided_report(
            frozen, contenders, evaluation, _judging(files, frozen, listed), calibrator.calibrations(), improving
        )
    files.write_text("analysis.json", to_json(report), JSON)
    return DecideResult(verdict=report.verdict)


def _evaluate(
    files: RunFiles,
    frozen: FrozenRun,
    contenders: dict[str, Contender],
    listed: ShardList,
    calibrator: Calibrator,
) -> Evaluation:
    targets = [name for name in listed.contenders if name != SOURCE]
    evaluation = Evaluation(
        scorers=[scorer.name for scorer in frozen.workload.scorers],
        source=costing(contenders[SOURCE]),
        targets={name: costing(contenders[name]) for name in targets},
    )
    seen = 0
    try:
        for block in range(listed.blocks):
            rows = zip(*(_by_case(files.samples(name, block)) for name in (SOURCE, *targets)), strict=True)
            for source, *others in rows:
                if {samples[0].case_id for samples in others} - {source[0].case_id}:
                    raise IncompleteEvaluationError(f"block {block}: the contenders' cases differ")
                by_target = dict(zip(targets, others, strict=True))
                evaluation.add_case(source, by_target)
                calibrator.add_case(block, source, by_target)
                seen += 1
    except (ArtifactMissingError, ValueError) as error:
        raise IncompleteEvaluationError(f"block {block}: {error}") from error
    if seen != listed.cases:
        raise IncompleteEvaluationError(f"{seen} of {listed.cases} cases have scores")
    return evaluation


def _judging(files: RunFiles, frozen: FrozenRun, listed: ShardList) -> Judging:
    """What judging took; nothing where no scorer waited for anybody."""
    if not (frozen.workload.judges or frozen.workload.called):
        return Judging()
    return judging_of(files.judged(name, block) for block in range(listed.blocks) for name in listed.contenders)


def _by_case(samples: Iterator[Sample]) -> Iterator[Sequence[Sample]]:
    return (list(group) for _, group in groupby(samples, key=attrgetter("case_id")))


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(RunRequest, event), dependencies()).model_dump(mode="json")
