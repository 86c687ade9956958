"""Function ``Register``: an uploaded version of a workload is validated, and comes into force or is rejected."""

from typing import TYPE_CHECKING, Any

from brainswap.contracts import NothingToTell
from brainswap.core.registering.registration import LONGEST_PROBLEM, InForce, Registration
from brainswap.core.registering.uploads import misplaced, upload_of
from brainswap.core.wording import printable
from brainswap.ports import Dependencies
from brainswap.registering import examine
from brainswap.registry import Registry
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(event: Any, using: Dependencies) -> NothingToTell:
    """Take an event of S3; a file that completes no version changes nothing.

    Whoever wants to know is told after the record is kept and before it says so: a function that dies in between is
    invoked again, and tells then.
    """
    upload = upload_of(event)
    if upload is None:
        key = misplaced(event)
        if key is not None:
            _tell_misplaced(key, using)
        return NothingToTell()
    registry = Registry(using.records)
    known = registry.version(upload.workload, upload.version)
    if known is not None and known.upload == upload.id and known.told:
        return NothingToTell()
    registration = examine(upload, using)
    in_force = registry.register(registration)
    if registration.rejected:
        _tell_rejected(registration, in_force, using)
    else:
        _tell_registered(registration, in_force, using)
    registry.told(registration)
    return NothingToTell()


def _tell_registered(registration: Registration, in_force: InForce | None, using: Dependencies) -> None:
    assert registration.facts is not None  # noqa: S101 - for the type checker: it is not rejected
    current = in_force is not None and in_force.version == registration.version
    using.events.publish(
        "Workload Registered",
        {
            "workload": registration.workload,
            "version": registration.version,
            "in_force": current,
            "previous": in_force.previous if in_force and current else None,
            "cases_changed": bool(in_force and current and in_force.cases_changed),
            "cases": registration.facts.cases,
        },
    )


def _tell_rejected(registration: Registration, in_force: InForce | None, using: Dependencies) -> None:
    """The event counts the problems and the message names them, for they may quote what was uploaded."""
    facts = {
        "workload": registration.workload,
        "version": registration.version,
        "in_force": in_force.version if in_force else None,
        "problems": len(registration.problems),
    }
    using.events.publish("Workload Rejected", facts)
    if using.messages is None:
        return
    stays = _what_stays(registration, in_force)
    found = "\n".join(f"- {problem}" for problem in registration.problems)
    text = (
        f"Version {registration.version} of the workload {registration.workload} was uploaded and is rejected. {stays}"
        f"\n\n{found}\n\nCorrect it, try it with `brainswap check DIR`, and upload it again with `brainswap push DIR`."
    )
    using.messages.send(
        f"Brainswap: {registration.workload} was rejected",
        text,
        {"schema": "brainswap.rejection/1", **facts},
        {"workload": registration.workload},
    )


def _what_stays(registration: Registration, in_force: InForce | None) -> str:
    if in_force is None:
        return "No version of it is in force."
    if in_force.version == registration.version:
        return "It lies over the files of the version in force, whose runs fail until a whole one is uploaded."
    return f"Version {in_force.version} stays in force."


def _tell_misplaced(key: str, using: Dependencies) -> None:
    """Whoever uploads by hand and forgets the version would wait for a migration that never comes."""
    workload = printable(key.split("/")[1])
    facts = {"workload": workload, "version": None, "in_force": None, "problems": 1}
    using.events.publish("Workload Rejected", facts)
    if using.messages is None:
        return
    text = (
        f"{printable(key, limit=LONGEST_PROBLEM)} was uploaded, and registers nothing: a workload lies in "
        "workloads/NAME/VERSION/, where NAME is that of its declaration (a-z, 0-9 and hyphens) and VERSION of your "
        "choice, and workload.yaml is its last file. `brainswap push DIR` does all of it."
    )
    subject, attributes = "Brainswap: an upload is no workload", {"workload": workload or "-"}
    using.messages.send(subject, text, {"schema": "brainswap.rejection/1", **facts}, attributes)


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(event, dependencies()).model_dump(mode="json")
