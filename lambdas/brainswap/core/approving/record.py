"""What people are asked to approve, and what they said; every change of it is a step that may be refused."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from brainswap.core.approving.people import is_same_person, may_approve, names_a_person
from brainswap.core.errors import ApprovalRefusedError
from brainswap.core.wording import printable

Status = Literal["wanted", "approved", "rejected", "expired"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

LONGEST_TEXT = 2_000  # characters of a comment or a reason
LONGEST_NAME = 640  # an ARN of a user has a path of up to 512 characters, and a name of 64


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class GradesWanted(_Kept):
    """What people have to see in a blind comparison; see `brainswap.core.blind.summary.grades_problem`."""

    margin: float
    people: int
    confidence: float


class Word(_Kept):
    """What one person said.

    Attributes:
        sha256: of the report that it was said of.
        grades_sha256: of people's blind grades at that time; None where there were none.
        text: a comment, or the reason of a rejection.
    """

    person: str = Field(min_length=1, max_length=LONGEST_NAME)
    at: AwareDatetime
    approves: bool
    sha256: Sha256
    grades_sha256: Sha256 | None = None
    text: str = Field(default="", max_length=LONGEST_TEXT)


class ApprovalRecord(_Kept):
    """Who is asked for what, and what became of it.

    Attributes:
        version: of the workload.
        model: that is recommended, with its ``contender`` and ``prompt``.
        report_sha256: of ``report.json`` as it is approved; ``decision_sha256`` of ``decision.json``.
        people: who have to approve.
        approvers: patterns of who may; None for everybody.
        grades: that have to be there before anybody may approve.
        announced: that approval is wanted was told.
        words: in the order in which they were said.
    """

    schema_: Literal["brainswap.approval/1"] = "brainswap.approval/1"
    run_id: str
    workload: str
    version: str
    contender: str
    model: str
    prompt: str
    report_sha256: Sha256
    decision_sha256: Sha256
    people: int = Field(ge=1)
    approvers: tuple[str, ...] | None = None
    grades: GradesWanted | None = None
    wanted_at: AwareDatetime
    expires_at: AwareDatetime
    announced: bool = False
    status: Status = "wanted"
    words: tuple[Word, ...] = ()

    @property
    def settled(self) -> bool:
        return self.status != "wanted"

    @property
    def missing(self) -> int:
        """People whose approval is still to come."""
        return max(0, self.people - sum(word.approves for word in self.words)) if not self.settled else 0

    def is_of_same(self, other: Self) -> bool:
        """Whether another record asks for the same decision on the same files."""
        mine, theirs = ((each.report_sha256, each.decision_sha256) for each in (self, other))
        return mine == theirs

    def changed(self, **changes: object) -> Self:
        return self.model_copy(update=changes)


def with_approval(record: ApprovalRecord, word: Word) -> ApprovalRecord:
    """The record with somebody's approval; the same record where this person's approval has settled it before.

    Raises:
        ApprovalRefusedError: it may not be approved, by this person, of this report, or at this time.
    """
    if word in record.words or (record.status == "approved" and _has_word_of(record, word.person)):
        return record
    _require_open(record, word)
    if not may_approve(word.person, record.approvers):
        raise ApprovalRefusedError(
            f"{printable(word.person, LONGEST_NAME)} is none of the approvers that the workload {record.workload} "
            "names; ask one of them, or change `approval.approvers` and run it again"
        )
    if record.people > 1 and not names_a_person(word.person):
        raise ApprovalRefusedError(
            f"{printable(word.person, LONGEST_NAME)} is a session that a program named, and two people have to be told "
            "from each other; set role_session_name in your profile, or sign in through IAM Identity Center"
        )
    if any(is_same_person(each.person, word.person) for each in record.words):
        raise ApprovalRefusedError(
            f"{printable(word.person, LONGEST_NAME)} has approved already, and that stands; another person has to "
            "approve as well"
        )
    words = (*record.words, word)
    enough = sum(each.approves for each in words) >= record.people
    return record.changed(words=words, status="approved" if enough else "wanted")


def with_rejection(record: ApprovalRecord, word: Word) -> ApprovalRecord:
    """The record with somebody's rejection, which settles it; anybody may reject who gives a reason.

    Raises:
        ApprovalRefusedError: there is no reason, or nothing left to reject.
    """
    if not word.text.strip():
        raise ApprovalRefusedError("a rejection needs a reason, which whoever reads the record afterwards goes by")
    if word in record.words or (record.status == "rejected" and _has_word_of(record, word.person)):
        return record
    _require_open(record, word)
    return record.changed(words=(*record.words, word), status="rejected")


def with_time(record: ApprovalRecord, now: datetime) -> ApprovalRecord:
    """The record as it stands at a moment: nobody is waited for any longer than was said."""
    return record.changed(status="expired") if not record.settled and now >= record.expires_at else record


def _require_open(record: ApprovalRecord, word: Word) -> None:
    if record.status in ("approved", "rejected"):
        last = record.words[-1]
        who = f"{printable(last.person, LONGEST_NAME)} on {last.at:%Y-%m-%d at %H:%M} UTC"
        after = "`brainswap rollback` takes it back" if record.status == "approved" else "run the workload again"
        raise ApprovalRefusedError(f"the run {record.run_id} was {record.status} by {who}; {after}")
    if with_time(record, word.at).status == "expired":
        raise ApprovalRefusedError(
            f"nobody is waited for any more: the time to approve the run {record.run_id} ended on "
            f"{record.expires_at:%Y-%m-%d at %H:%M} UTC; start it again with `brainswap start {record.workload}`, "
            "which asks no model again what it has answered"
        )
    if word.sha256 != record.report_sha256:
        raise ApprovalRefusedError(
            f"this is not the report of the run {record.run_id} that approval is wanted of; read it again, and "
            f"approve the one with the hash {record.report_sha256}"
        )


def _has_word_of(record: ApprovalRecord, person: str) -> bool:
    return any(word.person == person for word in record.words)
