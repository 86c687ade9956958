"""Function ``Trigger``: start the migrations that something asks for, the most urgent first, so many at a time.

It also tells the index of a workload's runs which verdicts no longer hold.

An event is a reason to look at what is known, and no more: whatever comes twice, late or not at all, the next look
finds the same. Only what a person asks for is in the event itself.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from brainswap.ageing import tell_index
from brainswap.contracts import NothingToTell
from brainswap.core.errors import InvalidRequestError
from brainswap.core.registering.registration import InForce
from brainswap.core.registering.uploads import NAME
from brainswap.core.triggering.meeting import is_met
from brainswap.core.triggering.requests import Request, Want
from brainswap.core.triggering.wants import end_of_life, wants
from brainswap.core.watching.listing import Known
from brainswap.core.wording import printable
from brainswap.ports import Dependencies
from brainswap.registry import Registry
from brainswap.requests import Requests
from brainswap.runtime import dependencies
from brainswap.snapshots import Snapshots
from brainswap.verdicts import Verdicts

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

MOST_TARGETS = 20  # of a workload

_log = logging.getLogger(__name__)


def run(event: Any, using: Dependencies) -> NothingToTell:
    """Take down what is asked for, close what has ended, start what is due."""
    registry, requests = Registry(using.records), Requests(using.records)
    models = Snapshots(using.records).known(using.region)

    def remember(run_id: str) -> str | None:
        measured = Verdicts(using.records).remember({**(using.ledger.run(run_id) or {}), "run_id": run_id}, models)
        return measured.workload if measured else None

    def version_in_force(name: str) -> str | None:
        current = _current(registry, name)
        return current.version if current else None

    seen: Iterable[InForce] = ()
    match event:
        case {"source": "aws.states", "detail": {"input": str(started_with)} as detail}:
            _tell_failed(json.loads(started_with), str(detail.get("status")), using)
        case {"detail-type": "Migration Decided", "detail": {"run_id": str(run_id)}}:
            seen = _in_force(registry, remember(run_id))
        case {"detail-type": "Migration Failed"}:
            pass
        case {"detail-type": "Migration Requested", "id": str(told), "detail": dict(detail)}:
            _take_down(detail, told, models, using)
        case {"detail-type": "Workload Registered", "detail": {"workload": str(name)}}:
            seen = _in_force(registry, name)
            _look(seen, models, using)
        case _:
            seen = registry.in_force()
            _look(seen, models, using)
    requests.settle(using.ledger, using.executions, now=using.clock.now(), remember=remember)
    started = requests.drain(
        using.executions, at_once=using.migrations_at_once, now=using.clock.now(), current=version_in_force
    )
    for request in started:
        _log.info("started %s because %s", request.run_id, request.want.why)
    tell_index(seen, models, using.records, using.artifacts, using.clock.now())
    return NothingToTell()


def _in_force(registry: Registry, workload: str | None) -> list[InForce]:
    current = None if workload is None else _current(registry, workload)
    return [current] if current else []


def _look(workloads: Iterable[InForce], models: Mapping[str, Known], using: Dependencies) -> None:
    requests, verdicts, now = Requests(using.records), Verdicts(using.records), using.clock.now()
    for workload in workloads:
        stale_asked = workload.facts.triggers.stale_after_days is not None
        measured = verdicts.of(workload.workload) if stale_asked else []
        asked_for = list(wants(workload, models, measured, now))
        taken = _taken(requests, workload.workload, asked_for)
        for each in taken:
            requests.put_forward(each, end_of_life(workload.facts.source, models))
        for want in asked_for:
            if not is_met(want, taken):
                taken.append(requests.ask(want, workload.facts, now))


def _taken(requests: Requests, workload: str, asked_for: Sequence[Want]) -> list[Request]:
    """What was taken down for a workload, as far as it decides what is met: all of it only where something is new.

    A schedule may have asked thousands of times, and every look asks for what it asked for last.
    """
    known = [requests.find(workload, want.id) for want in asked_for]
    own = [each for each in known if each is not None and each.status != "superseded"]
    return own if len(own) == len(asked_for) else requests.taken(workload)


def _current(registry: Registry, name: str) -> InForce | None:
    """What is in force; None also where it is not understood, for the other workloads do not wait for that."""
    try:
        return registry.current(name)
    except InvalidRequestError as error:
        _log.error("left out: %s", error)
        return None


def _take_down(detail: Mapping[str, Any], told: str, models: Mapping[str, Known], using: Dependencies) -> None:
    """Anybody may put such an event; nothing in it is trusted but that it names what there is."""
    name, targets, why = detail.get("workload"), detail.get("targets", []), detail.get("why", "")
    current = _current(Registry(using.records), name) if isinstance(name, str) and NAME.fullmatch(name) else None
    named = (
        isinstance(targets, list) and len(targets) <= MOST_TARGETS and all(isinstance(each, str) for each in targets)
    )
    if current is None or not named:
        wrong = (
            "`targets` has to be a list of at most 20 ids of models" if current else "no such workload is registered"
        )
        shown = printable(str(name))
        using.events.publish("Migration Failed", {"workload": shown, "run_id": None, "error": "Refused", "why": wrong})
        return
    want = Want(
        workload=current.workload,
        version=current.version,
        targets=tuple(dict.fromkeys(printable(each, limit=2048) for each in targets)),
        cause="requested",
        why=f"it was requested: {printable(str(why), limit=200)}" if why else "it was requested",
        again=told,
        deadline=end_of_life(current.facts.source, models),
    )
    Requests(using.records).ask(want, current.facts, using.clock.now())


def _tell_failed(started_with: Any, status: str, using: Dependencies) -> None:
    """An execution that was stopped, or took too long, had no state that could say so."""
    match started_with:
        case {"run_id": str(run_id), "workload": str(workload)}:
            record = using.ledger.run(run_id) or {}
            if record.get("status") != "done":
                using.ledger.note(
                    run_id, {"workload": workload, "status": "failed", "error": record.get("error", status)}
                )
            using.events.publish(
                "Migration Failed",
                {
                    "workload": workload,
                    "run_id": run_id,
                    "error": str(record.get("error", status)),
                    "verdict": record.get("verdict"),
                },
            )
        case _:
            return


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(event, dependencies()).model_dump(mode="json")
