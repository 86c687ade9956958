"""Approve, people's word, and Settle, in memory."""

import json
from datetime import timedelta

import pytest

from brainswap.approving import approve, reject, wanted
from brainswap.contracts import ApproveRequest, SettleRequest
from brainswap.core.approving.record import ApprovalRecord, GradesWanted
from brainswap.core.blind.documents import Graded, Grades, Preference
from brainswap.core.errors import ApprovalRefusedError, InvalidRequestError, StorageUnavailableError
from brainswap.handlers import approve as state
from brainswap.handlers import settle
from tests.fakes.approvals import ANNA, BERT, NOW, sha256
from tests.fakes.decided_runs import decided_run
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN
from tests.fakes.told import MemoryMessages

TOKEN = "the-token-of-the-task"  # noqa: S105 - of no task


@pytest.fixture
def using() -> MemoryDependencies:
    """A run that ended in `migrate` and was announced."""
    made = decided_run()
    made.messages = MemoryMessages()
    return made


def ask(using: MemoryDependencies, token: str = TOKEN, seconds: int = 3600) -> ApprovalRecord:
    state.run(ApproveRequest(run_id=RUN, token=token, seconds=seconds), using)
    return wanted(RUN, using)


def end(using: MemoryDependencies, *, time_is_up: bool = False) -> tuple[str, int]:
    result = settle.run(SettleRequest(run_id=RUN, time_is_up=time_is_up), using)
    return result.status, result.seconds


def kinds(using: MemoryDependencies) -> list[str]:
    return [kind for kind, _ in using.events.published]


def test_who_is_asked_for_what_is_written_down_and_told_once(using: MemoryDependencies) -> None:
    first = ask(using)
    again = ask(using, "another-token")

    assert (first.version, first.model, first.people, first.status) == ("v1", "amazon.nova-lite-v1:0", 1, "wanted")
    assert first.expires_at == NOW + timedelta(hours=1)
    assert again == first
    assert kinds(using) == ["Approval Wanted"]
    assert using.messages is not None
    ((subject, text, document, _),) = using.messages.sent
    assert subject.startswith("Approval wanted for yes-or-no: ")
    assert f"brainswap approve {RUN}" in text
    assert first.report_sha256 in text
    assert document["decision_sha256"] == first.decision_sha256
    assert using.ledger.runs[RUN]["approval"] == "wanted"


def test_the_token_is_in_no_message_event_or_record(using: MemoryDependencies) -> None:
    record = ask(using)
    approve(RUN, ANNA, record.report_sha256, "", using)
    end(using)

    assert using.messages is not None
    told = json.dumps([using.messages.sent, using.events.published, using.ledger.runs], default=str)
    assert TOKEN not in told + record.model_dump_json()
    assert using.approvals.token(RUN) == TOKEN


def test_what_was_decided_is_told_with_who_decided_it(using: MemoryDependencies) -> None:
    approve(RUN, ANNA, ask(using).report_sha256, "fine", using)

    assert end(using) == ("approved", 0)

    kind, detail = using.events.published[-1]
    assert (kind, detail["people"]) == (
        "Migration Approved",
        [{"person": ANNA, "at": NOW.isoformat(), "approves": True}],
    )
    assert using.tasks.told == [TOKEN]


def test_a_word_counts_for_the_decision_that_was_looked_at_and_for_no_other(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = ask(using)
    reads = iter([using.approvals.read(RUN)])
    other = record.changed(decision_sha256="f" * 64)
    assert using.approvals.write(other, after=2)
    latest = using.approvals.read
    monkeypatch.setattr(using.approvals, "read", lambda run_id: next(reads, None) or latest(run_id))

    with pytest.raises(ApprovalRefusedError, match="another decision"):
        approve(RUN, ANNA, record.report_sha256, "", using)

    assert wanted(RUN, using).words == ()


def test_a_rejection_is_told_with_its_reason(using: MemoryDependencies) -> None:
    ask(using)
    reject(RUN, BERT, "the tone is wrong", using)

    assert end(using) == ("rejected", 0)
    assert using.events.published[-1][1]["reason"] == "the tone is wrong"


def test_the_newest_task_is_woken_and_no_other(using: MemoryDependencies) -> None:
    ask(using, "first")
    approve(RUN, ANNA, ask(using, "second").report_sha256, "", using)

    assert using.tasks.told == ["second"]


def test_a_task_that_begins_to_wait_when_people_have_decided_goes_on_at_once(using: MemoryDependencies) -> None:
    approve(RUN, ANNA, ask(using, "lost").report_sha256, "", using)

    ask(using, "newer")

    assert using.tasks.told == ["lost", "newer"]
    assert kinds(using) == ["Approval Wanted"]


def test_other_files_are_asked_for_anew(using: MemoryDependencies) -> None:
    before = ask(using)
    approve(RUN, ANNA, before.report_sha256, "", using)
    text = using.artifacts.files[f"runs/{RUN}/report.json"]
    using.artifacts.files[f"runs/{RUN}/report.json"] = text.replace(b'"description": null', b'"description": "x"')

    after = ask(using, "newer")

    assert (after.status, after.words) == ("wanted", ())
    assert after.report_sha256 != before.report_sha256
    assert kinds(using) == ["Approval Wanted"] * 2


def test_time_that_is_up_ends_the_waiting_unless_somebody_was_faster(using: MemoryDependencies) -> None:
    record = ask(using)
    using.approvals.meanwhile = lambda: _say(using, record)

    assert end(using, time_is_up=True) == ("approved", 0)


def _say(using: MemoryDependencies, record: ApprovalRecord) -> None:
    approve(RUN, ANNA, record.report_sha256, "", using)


def test_nobody_in_time_is_expired_and_said_so(using: MemoryDependencies) -> None:
    ask(using)

    assert end(using, time_is_up=True) == ("expired", 0)
    assert kinds(using)[-1] == "Approval Expired"
    assert using.ledger.runs[RUN]["approval"] == "expired"


def test_who_is_woken_too_early_waits_for_the_rest_of_the_time(using: MemoryDependencies) -> None:
    ask(using)
    using.clock.moment = NOW + timedelta(minutes=20, milliseconds=1)

    assert end(using) == ("wanted", 2400)


def test_of_two_people_at_once_both_are_heard(using: MemoryDependencies) -> None:
    record = ask(using)
    using.approvals.write(record.changed(people=2), after=2)
    using.approvals.meanwhile = lambda: _say(using, record)

    after = approve(RUN, BERT, record.report_sha256, "", using)

    assert after.status == "approved"
    assert [word.person for word in after.words] == [ANNA, BERT]


def test_a_text_that_is_too_long_is_refused(using: MemoryDependencies) -> None:
    with pytest.raises(ApprovalRefusedError, match="at text"):
        approve(RUN, ANNA, ask(using).report_sha256, "x" * 2001, using)


@pytest.mark.parametrize("name", ["report.json", "decision.json"])
def test_files_that_are_gone_or_changed_are_not_approved(using: MemoryDependencies, name: str) -> None:
    record = ask(using)
    key = f"runs/{RUN}/{name}"
    using.artifacts.files[key] += b" "

    with pytest.raises(ApprovalRefusedError, match="was changed"):
        approve(RUN, ANNA, record.report_sha256, "", using)
    del using.artifacts.files[key]
    with pytest.raises(ApprovalRefusedError, match="is gone"):
        approve(RUN, ANNA, record.report_sha256, "", using)
    assert using.tasks.told == []


def test_a_run_that_asks_for_nothing_says_how_it_stands(using: MemoryDependencies) -> None:
    with pytest.raises(ApprovalRefusedError, match="its verdict is migrate"):
        approve(RUN, ANNA, "0" * 64, "", using)
    with pytest.raises(ApprovalRefusedError, match="there is no run"):
        approve("nowhere", ANNA, "0" * 64, "", using)
    with pytest.raises(InvalidRequestError):
        end(using)


def test_a_record_that_never_stands_still_is_tried_again_later(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = ask(using)
    monkeypatch.setattr(using.approvals, "write", lambda *_, **__: False)

    with pytest.raises(StorageUnavailableError):
        approve(RUN, ANNA, record.report_sha256, "", using)
    with pytest.raises(StorageUnavailableError):
        end(using, time_is_up=True)


def test_where_people_have_to_compare_first_nobody_approves_before(using: MemoryDependencies) -> None:
    record = ask(using)
    wanting = record.changed(grades=GradesWanted(margin=0.1, people=1, confidence=0.95))
    using.approvals.write(wanting, after=2)

    with pytest.raises(ApprovalRefusedError, match=f"nobody has graded .*`brainswap blind {RUN}`"):
        approve(RUN, ANNA, record.report_sha256, "", using)
    put(using, graded("source", record))
    with pytest.raises(ApprovalRefusedError, match="people prefer its answer in 0 of 60 cases"):
        approve(RUN, ANNA, record.report_sha256, "", using)
    put(using, graded("target", record.changed(contender="another-target")))
    with pytest.raises(ApprovalRefusedError, match="are of another-target"):
        approve(RUN, ANNA, record.report_sha256, "", using)
    put(using, b"{}")
    with pytest.raises(ApprovalRefusedError, match="holds no grades"):
        approve(RUN, ANNA, record.report_sha256, "", using)
    put(using, graded("same", record))
    after = approve(RUN, ANNA, record.report_sha256, "", using)

    assert after.status == "approved"
    assert after.words[0].grades_sha256 == sha256(graded("same", record))


def put(using: MemoryDependencies, grades: bytes) -> None:
    using.artifacts.files[f"runs/{RUN}/grades.json"] = grades


def graded(preference: Preference, record: ApprovalRecord) -> bytes:
    """What one person said of sixty cases."""
    cases = [f"case-{number}" for number in range(60)]
    return (
        Grades(
            run_id=RUN,
            report_sha256=record.report_sha256,
            sheet="s",
            source="source",
            target=record.contender,
            cases=120,
            differing=60,
            compared=tuple(cases),
            controls=(),
            people=(Graded(grader="anna", read_at=NOW, grades=dict.fromkeys(cases, preference)),),
        )
        .model_dump_json()
        .encode()
    )
