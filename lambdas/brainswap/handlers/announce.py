"""State ``Announce``: close the run's record and tell who wants to know."""

from typing import TYPE_CHECKING, Any

from brainswap.contracts import NothingToTell, RunRequest, parse
from brainswap.ports import Dependencies
from brainswap.report.document import from_json
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(request: RunRequest, using: Dependencies) -> NothingToTell:
    """The record first: an event that is lost can be sent again from it."""
    files = RunFiles(using.artifacts, request.run_id)
    report = from_json(files.read_text("report.json"))
    facts = {
        "run_id": report.run_id,
        "workload": report.workload,
        "verdict": report.verdict,
        "models": report.models,
        "recommended": report.recommended.model if report.recommended else None,
        "report": files.key("report.html"),
    }
    using.ledger.note(request.run_id, {**facts, "status": "done"})
    using.events.publish("Migration Decided", facts)
    return NothingToTell()


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(RunRequest, event), dependencies()).model_dump(mode="json")
