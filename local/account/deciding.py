"""The commands ``approve`` and ``reject``: a person's word on a verdict, after that person has seen what it is."""

import argparse
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from brainswap.adapters.dynamodb_approvals import DynamoApprovals
from brainswap.adapters.dynamodb_ledger import DynamoLedger
from brainswap.adapters.s3 import S3Artifacts
from brainswap.adapters.task_tokens import StepFunctionsTasks
from brainswap.approving import approve, graded, grades_missing, reject, wanted
from brainswap.core.approving.record import LONGEST_NAME, ApprovalRecord
from brainswap.core.blind.documents import Grades
from brainswap.core.blind.summary import summary_of
from brainswap.core.errors import BrainswapError
from brainswap.core.wording import printable
from brainswap.core.workload import Workload
from brainswap.report.document import from_json
from brainswap.report.grades import grades_lines
from brainswap.report.model import Report
from brainswap.report.rendering import count, moment
from brainswap.report.wording import banner, headline
from brainswap.run_files import RunFiles
from brainswap.runtime import SystemClock
from local.account.stack import Stack, add_stack_option, find_stack

_LONG = 1000  # characters of one sentence
_STATUS = {"pass": "passed", "fail": "FAILED", "inconclusive": "open"}


class CannotDecideError(Exception):
    """Nothing was decided; the message says why, and what to do."""


@dataclass(frozen=True)
class _Account:
    """What a decision needs, in a stack; with the rights of whoever is speaking."""

    stack: Stack
    clock = SystemClock()

    @cached_property
    def artifacts(self) -> S3Artifacts:
        return S3Artifacts(self.stack.client("s3"), self.stack.bucket, self.clock)

    @cached_property
    def ledger(self) -> DynamoLedger:
        return DynamoLedger(self.stack.client("dynamodb"), self.stack.ledger_table)

    @cached_property
    def approvals(self) -> DynamoApprovals:
        return DynamoApprovals(self.stack.client("dynamodb"), self.stack.ledger_table)

    @cached_property
    def tasks(self) -> StepFunctionsTasks:
        return StepFunctionsTasks(self.stack.client("stepfunctions"))


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> list[argparse.ArgumentParser]:
    """The commands ``approve`` and ``reject``."""
    approving = commands.add_parser(
        "approve",
        help="approve the verdict of a run in the account",
        description="Show what a run in the account wants approval of, and approve it after you have confirmed. "
        "Approving again wakes a run that has not gone on.",
    )
    approving.add_argument("--comment", metavar="TEXT", default="", help="for whoever reads the record")
    approving.add_argument("--yes", action="store_true", help="do not ask whether to approve what was shown")
    approving.set_defaults(command=_approve)
    rejecting = commands.add_parser(
        "reject",
        help="reject the verdict of a run in the account",
        description="Reject the verdict of a run in the account: its traffic stays where it is.",
    )
    rejecting.add_argument("--reason", metavar="TEXT", required=True, help="for whoever reads the record")
    rejecting.set_defaults(command=_reject)
    for each in (approving, rejecting):
        each.add_argument("run", metavar="RUN", help="the id of the run")
        add_stack_option(each)
    return [approving, rejecting]


def what_comes_in_the_account(workload: Workload, report: Report) -> Iterator[str]:
    """Of a run on a laptop, that people would be waited for in the account."""
    if report.verdict != "migrate" or not workload.approvals:
        return
    who = "two people" if workload.approvals > 1 else "a person"
    hours = count(workload.approval.expires_hours, "hour")
    yield f"In the account, this run would now wait up to {hours} for {who} to approve it (brainswap approve RUN)."


def _approve(chosen: argparse.Namespace) -> int:
    stack = find_stack(chosen.stack)
    person = stack.caller()
    using = _Account(stack)
    try:
        record = wanted(chosen.run, using)
        seen = using.artifacts.read(RunFiles(using.artifacts, chosen.run).key("report.json"))
        found = graded(chosen.run, using) if record.grades is not None else None
        shown = _shown(record, from_json(seen.decode("utf-8")), found.grades if found else None, person)
        print("\n".join(shown), file=sys.stderr)
        if not chosen.yes:
            _confirm()
        after = approve(chosen.run, person, hashlib.sha256(seen).hexdigest(), chosen.comment, using)
    except (BrainswapError, UnicodeDecodeError) as error:
        raise CannotDecideError(f"Nothing was approved: {error}") from None
    said = f"Approved by {printable(person, LONGEST_NAME)}. "
    said += (
        f"Still wanted: {count(after.missing, 'more person', 'more people')}." if after.missing else "The run goes on."
    )
    print(after.model_dump_json(indent=1) if chosen.json else said)
    return 0


def _reject(chosen: argparse.Namespace) -> int:
    stack = find_stack(chosen.stack)
    person = stack.caller()
    try:
        after = reject(chosen.run, person, chosen.reason, _Account(stack))
    except BrainswapError as error:
        raise CannotDecideError(f"Nothing was rejected: {error}") from None
    said = f"Rejected by {printable(person, LONGEST_NAME)}; the traffic of {after.workload} stays where it is."
    print(after.model_dump_json(indent=1) if chosen.json else said)
    return 0


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise CannotDecideError("Nobody can be asked here whether to approve this: add --yes once you have read it.")
    print("Approve this? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().casefold() not in {"y", "yes"}:
        raise CannotDecideError("Nothing was approved.")


def _shown(record: ApprovalRecord, report: Report, grades: Grades | None, person: str) -> Iterator[str]:
    """What is about to be approved; every text of it may be somebody else's."""
    yield f"{printable(headline(report), _LONG)}."
    yield f"{banner(report).title}. {banner(report).detail}"
    yield f"Workload:    {printable(record.workload)}, version {printable(record.version, _LONG)}"
    yield f"Verdict:     {report.verdict}"
    yield f"Recommended: {printable(record.model, _LONG)} with the {record.prompt} prompt"
    for contender in report.contenders:
        for gate in contender.gates if contender.id == record.contender else ():
            yield f"  {_STATUS[gate.status]:7}  {printable(gate.gate, _LONG)}: {printable(gate.detail, _LONG)}"
    if record.grades is not None:
        missing = grades_missing(record, grades)
        yield f"By people:   {'passed' if missing is None else printable(missing, _LONG)}"
        if grades is not None:
            yield from (f"  {line}" for line in grades_lines(summary_of(grades, record.grades.confidence)))
    yield f"SHA-256:     {record.report_sha256} (report.json)"
    yield f"             {record.decision_sha256} (decision.json)"
    yield f"Until:       {moment(record.expires_at)}"
    for word in record.words:
        what = "approved" if word.approves else "rejected"
        text = f": {printable(word.text, _LONG)}" if word.text else ""
        yield f"  {what} by {printable(word.person, LONGEST_NAME)} on {moment(word.at)}{text}"
    if not record.settled:
        yield f"Wanted:      {count(record.missing, 'person', 'people')} more"
    yield f"You are:     {printable(person, LONGEST_NAME)}"
