"""Whether what is about to be published is what people approved, and what the report is of.

Between a verdict and its roll-out lie days, in which files of the run may change; and whoever may start the machine has
not asked anybody. People approve ``report.json`` by its hash, and it says of each contender which prompt it has.
"""

from collections.abc import Iterator

from brainswap.approving import require_same_files
from brainswap.contenders import prompt_of
from brainswap.contracts import Contender, FrozenRun
from brainswap.core.errors import ApprovalRefusedError
from brainswap.core.fingerprints import prompt_fingerprint
from brainswap.ports import Dependencies
from brainswap.report.model import Report


def not_approved(run_id: str, frozen: FrozenRun, using: Dependencies) -> Iterator[str]:
    """Why people's word does not reach so far; where people were asked, it counts even if nobody had to be."""
    kept = using.approvals.read(run_id)
    if kept is None and frozen.workload.approvals:
        yield "the workload wants people's approval, and nobody was asked for it"
    if kept is None:
        return
    if kept.record.status != "approved":
        yield f"people have not approved it: their approval is {kept.record.status}"
        return
    try:
        require_same_files(kept.record, using)
    except ApprovalRefusedError as error:
        yield str(error)


def not_as_reported(report: Report, *contenders: Contender) -> Iterator[str]:
    """Which contenders are other ones than those that the report tells of."""
    told = {each.id: (each.model, each.prompt_sha256, each.parameters) for each in report.contenders}
    for each in contenders:
        parameters = each.parameters.model_dump(mode="json", exclude_none=True)
        if told.get(each.id) != (each.model, prompt_fingerprint(prompt_of(each.prompt)), parameters):
            yield f"the file of {each.id} was changed since the report was made of it; start another run"
