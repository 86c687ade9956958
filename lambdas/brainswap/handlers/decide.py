"""State ``Decide``: compare every target with the source and give a verdict, from stored scores alone."""

from typing import TYPE_CHECKING, Any

from brainswap.contracts import DecideResult, FrozenRun, RunRequest, ShardList, parse
from brainswap.core.decision.criteria import gates_fingerprint
from brainswap.core.errors import IncompleteEvaluationError, InvalidRequestError
from brainswap.evaluating import Replay
from brainswap.listing import asked_blocks
from brainswap.ports import Dependencies
from brainswap.report.assembly import decided_report, refused_report
from brainswap.report.document import to_json
from brainswap.report.improving import Improving, improving_of
from brainswap.report.judges import Judging, judging_of
from brainswap.run_files import JSON, RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(request: RunRequest, using: Dependencies) -> DecideResult:
    """Decide; a run that was refused is decided already.

    Raises:
        InvalidRequestError: the gates are not those that were hashed before the first answer.
        IncompleteEvaluationError: a shard has no scores, or not of the cases of the others, or not those that were
            looked at on the way.
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
        replay = Replay(files, frozen, listed, contenders)
        looking = replay.take(listed.looks)
        if not looking.finished:
            raise IncompleteEvaluationError(f"{', '.join(looking.open)}: not asked to the end")
        report = decided_report(
            frozen,
            contenders,
            looking,
            _judging(files, frozen, listed),
            replay.calibrations,
            asked_ahead=replay.add_asides(),
            improving=_improving(files, frozen),
        )
    files.write_text("analysis.json", to_json(report), JSON)
    return DecideResult(verdict=report.verdict)


def _judging(files: RunFiles, frozen: FrozenRun, listed: ShardList) -> Judging:
    """What judging took; nothing where no scorer waited for anybody."""
    if not (frozen.workload.judges or frozen.workload.called):
        return Judging()
    return judging_of(files.judged(name, block.number) for block in asked_blocks(listed) for name in block.contenders)


def _improving(files: RunFiles, frozen: FrozenRun) -> Improving:
    """What making prompts took; nothing where nobody was asked to."""
    targets = range(len(frozen.workload.targets))
    rewriters = frozen.workload.rewriters
    return improving_of(
        [
            *(files.rewriting(target, rewriter) for target in targets for rewriter in rewriters),
            *(files.optimising(target) for target in targets),
        ]
    )


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(RunRequest, event), dependencies()).model_dump(mode="json")
