"""People's word on a verdict, from the command line or the portal: approve and reject."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pydantic import ValidationError

from brainswap.core.approving.record import (
    LONGEST_TEXT,
    ApprovalRecord,
    Word,
    with_approval,
    with_rejection,
)
from brainswap.core.blind.documents import GRADES_FILE, Grades
from brainswap.core.blind.summary import grades_problem
from brainswap.core.errors import ApprovalRefusedError, ArtifactMissingError, StorageUnavailableError
from brainswap.core.wording import printable
from brainswap.ports import Approvals, Artifacts, Clock, Ledger, Tasks
from brainswap.run_files import RunFiles

_TRIES = 10  # to write what others may be writing

Step = Callable[[ApprovalRecord, Word], ApprovalRecord]


class Deciding(Protocol):
    """What a decision needs of the world."""

    @property
    def clock(self) -> Clock: ...
    @property
    def artifacts(self) -> Artifacts: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def tasks(self) -> Tasks: ...


def wanted(run_id: str, using: Deciding) -> ApprovalRecord:
    """What people are asked to approve, as it stands.

    Raises:
        ApprovalRefusedError: nobody is asked.
    """
    kept = using.approvals.read(run_id)
    if kept is None:
        known = using.ledger.run(run_id)
        shown = printable(run_id)
        if known is None:
            raise ApprovalRefusedError(f"there is no run {shown} here; `brainswap status` lists those that there are")
        verdict = known.get("verdict")
        stands = f"its verdict is {verdict}" if verdict else f"it is {known.get('status', 'unknown')}"
        raise ApprovalRefusedError(f"the run {shown} asks for no approval: {stands}")
    return kept.record


def approve(run_id: str, person: str, sha256: str, comment: str, using: Deciding) -> ApprovalRecord:
    """Approve the report with this hash; said again by the same person, it only wakes the run again.

    Args:
        run_id: whose verdict is approved.
        person: the ARN of the caller, or a verified e-mail address.
        sha256: of the ``report.json`` that the person has seen.
        comment: for whoever reads the record; may be empty.
        using: the ledger, the files and the tasks.

    Raises:
        ApprovalRefusedError: it may not be approved, by this person, in this state, or at this time.
    """
    record = wanted(run_id, using)
    require_same_files(record, using)
    grades = graded(run_id, using) if record.grades is not None else None
    wanting = grades_missing(record, grades.grades if grades else None)
    if wanting is not None:
        raise ApprovalRefusedError(wanting)
    word = _word(person, sha256, comment, using, approves=True)
    return _say(record, word.model_copy(update={"grades_sha256": grades.sha256 if grades else None}), using)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundGrades:
    """People's blind grades of a run, with the hash of their file."""

    grades: Grades
    sha256: str


def graded(run_id: str, using: Deciding) -> FoundGrades | None:
    """What people said in a blind comparison; None where nobody did.

    Raises:
        ApprovalRefusedError: the file is none of such grades.
    """
    key = RunFiles(using.artifacts, run_id).key(GRADES_FILE)
    if not using.artifacts.exists(key):
        return None
    data = using.artifacts.read(key)
    try:
        return FoundGrades(grades=Grades.model_validate_json(data), sha256=hashlib.sha256(data).hexdigest())
    except ValidationError:
        raise ApprovalRefusedError(
            f"{GRADES_FILE} of the run {run_id} holds no grades; read the sheets again with `brainswap blind`"
        ) from None


def grades_missing(record: ApprovalRecord, grades: Grades | None) -> str | None:
    """Why people's blind grades do not allow to approve yet, and what to do; None where they do, or need not be."""
    if record.grades is None:
        return None
    problem = grades_problem(
        grades, report_sha256=record.report_sha256, contender=record.contender, **record.grades.model_dump()
    )
    if problem is None:
        return None
    return (
        f"the workload {record.workload} wants its answers compared by people first, and {problem}; draw a sheet with "
        f"`brainswap blind {record.run_id}` and read it back"
    )


def reject(run_id: str, person: str, reason: str, using: Deciding) -> ApprovalRecord:
    """Reject a verdict; anybody may who gives a reason.

    Raises:
        ApprovalRefusedError: there is no reason, or nothing left to reject.
    """
    record = wanted(run_id, using)
    return _say(record, _word(person, record.report_sha256, reason, using, approves=False), using)


def _word(person: str, sha256: str, text: str, using: Deciding, *, approves: bool) -> Word:
    try:
        return Word(person=person, at=using.clock.now(), approves=approves, sha256=sha256, text=text)
    except ValidationError as error:
        places = ", ".join(str(item["loc"][0]) for item in error.errors())
        raise ApprovalRefusedError(
            f"what was said does not fit at {places}: a text has at most {LONGEST_TEXT:,} characters, and a hash is "
            "the 64 hexadecimal digits of a SHA-256"
        ) from None


def _say(record: ApprovalRecord, word: Word, using: Deciding) -> ApprovalRecord:
    """Write the word down, once, before the run is told; telling can be repeated by saying it again."""
    step: Step = with_approval if word.approves else with_rejection
    for _ in range(_TRIES):
        kept = using.approvals.read(record.run_id)
        if kept is None:
            break
        if not kept.record.is_of_same(record):
            raise ApprovalRefusedError(
                f"the run {record.run_id} has come to another decision meanwhile; read its report again"
            )
        after = step(kept.record, word)
        if after is kept.record or using.approvals.write(after, after=kept.revision):
            token = using.approvals.token(record.run_id) if after.settled else None
            if token is not None:
                using.tasks.succeed(token)
            return after
    raise StorageUnavailableError(f"the approval of {record.run_id} is being written by others all the time; try again")


def require_same_files(record: ApprovalRecord, using: Deciding) -> None:
    """Hold the files that were, or are to be, approved against what they were when approval was asked for.

    Raises:
        ApprovalRefusedError: one was changed, or is gone.
    """
    files = RunFiles(using.artifacts, record.run_id)
    for name, known in (("report.json", record.report_sha256), ("decision.json", record.decision_sha256)):
        try:
            found = hashlib.sha256(using.artifacts.read(files.key(name))).hexdigest()
        except ArtifactMissingError:
            raise ApprovalRefusedError(f"{name} of the run {record.run_id} is gone; run the workload again") from None
        if found != known:
            raise ApprovalRefusedError(
                f"{name} of the run {record.run_id} was changed after approval was asked for: its hash is {found}, and "
                f"{known} is to be approved; put the file back, or run the workload again"
            )
