"""State ``Announce``: close the run's record and tell who wants to know."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from brainswap.contracts import NothingToTell, RunRequest, parse
from brainswap.linking import places_of
from brainswap.ports import Dependencies, Metric
from brainswap.publishing import index_page_key, publish
from brainswap.report.document import from_json
from brainswap.report.message import message_of
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(request: RunRequest, using: Dependencies) -> NothingToTell:
    """The index and the record first: an event that is lost can be sent again from them."""
    files = RunFiles(using.artifacts, request.run_id)
    report = from_json(files.read_text("report.json"))
    facts: dict[str, Any] = {
        "run_id": report.run_id,
        "workload": report.workload,
        "verdict": report.verdict,
        "models": report.models,
        "recommended": report.recommended.model if report.recommended else None,
        "report": files.key("report.html"),
        "url": using.links.lasting(files.key("report.html")),
        "index": index_page_key(report.workload),
    }
    publish(report, using.artifacts)
    if report.verdict == "refused":
        refused = [check for check in files.run().checks if check.status == "refused"]
        facts["refused_because"] = [f"{check.check}: {check.detail}" for check in refused]
    using.ledger.note(request.run_id, {**facts, "status": "done", "decided_at": using.clock.now().isoformat()})
    using.events.publish("Migration Decided", facts)
    using.metrics.record(
        list(_figures(report)),
        by={"Verdict": report.verdict},
        about={"Workload": report.workload, "Run": report.run_id},
    )
    _tell(report, files, using)
    return NothingToTell()


def _figures(report: Report) -> Iterator[Metric]:
    """What the run took; money that nobody paid is not counted, nor is what is unknown."""
    yield Metric(name="Runs", value=1, unit="Count")
    yield Metric(name="Calls", value=report.spend.calls, unit="Count")
    spend = report.spend
    if spend.usd is None or spend.notional:
        return
    yield Metric(name="SpendUsd", value=spend.usd, unit="None")
    if spend.budget_usd:
        yield Metric(name="SpendOfBudget", value=100 * spend.usd / spend.budget_usd, unit="Percent")


def _tell(report: Report, files: RunFiles, using: Dependencies) -> None:
    """Write to those who read messages, if there are any."""
    if using.messages is None:
        return
    message = message_of(report, places_of(report, files, using))
    attributes = {"workload": report.workload, "verdict": report.verdict}
    using.messages.send(message.subject, message.text, message.document, attributes)


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(RunRequest, event), dependencies()).model_dump(mode="json")
