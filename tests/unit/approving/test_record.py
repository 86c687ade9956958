from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.approving.record import ApprovalRecord, Word, with_approval, with_rejection, with_time
from brainswap.core.errors import ApprovalRefusedError
from tests.fakes.approvals import ANNA, BERT, CARLA, NOW, REPORT, sha256, wanted


def word(person: str = ANNA, minutes: int = 0, **changes: Any) -> Word:
    plain = Word(person=person, at=NOW + timedelta(minutes=minutes), approves=True, sha256=sha256(REPORT))
    return plain.model_copy(update=changes)


def no(person: str = ANNA, **changes: Any) -> Word:
    return word(person, **{"approves": False, "text": "no", **changes})


def test_the_longest_name_that_aws_knows_has_room() -> None:
    longest = f"arn:aws-us-gov:iam::123456789012:user/{'p' * 510}/{'n' * 64}"

    assert Word(person=longest, at=NOW, approves=True, sha256=sha256(REPORT)).person == longest


def test_one_person_is_enough_unless_two_are_wanted() -> None:
    one, two = with_approval(wanted(), word()), with_approval(wanted(people=2), word())

    assert (one.status, one.missing) == ("approved", 0)
    assert (two.status, two.missing) == ("wanted", 1)
    assert with_approval(two, word(BERT)).status == "approved"


@pytest.mark.parametrize(
    ("record", "said", "why"),
    [
        (wanted(), word(sha256="0" * 64), "not the report"),
        (wanted(), word(minutes=60), "brainswap start yes-or-no"),
        (wanted(status="expired"), word(), "ended on 2026-11-01 at 01:00"),
        (wanted(approvers=(CARLA,)), word(), "none of the approvers"),
        (wanted(people=2), word("arn:aws:sts::1:assumed-role/Dev/botocore-session-1"), "role_session_name"),
        (wanted(people=2, words=(word(),)), word(minutes=1), "another person"),
        (wanted(people=2, words=(word(),)), word("anna@example.com"), "another person"),
        (with_approval(wanted(), word()), word(BERT), "was approved by .*anna.*rollback"),
        (with_rejection(wanted(), no()), word(BERT), "was rejected by .*anna.*run the workload again"),
    ],
)
def test_an_approval_that_may_not_be_is_refused_and_says_what_to_do(
    record: ApprovalRecord, said: Word, why: str
) -> None:
    with pytest.raises(ApprovalRefusedError, match=why):
        with_approval(record, said)


@pytest.mark.parametrize(
    ("record", "said", "why"),
    [
        (wanted(), no(text=" \n"), "needs a reason"),
        (with_approval(wanted(), word()), no(BERT), "rollback"),
        (wanted(), no(at=NOW + timedelta(hours=2)), "nobody is waited for"),
    ],
)
def test_a_rejection_that_may_not_be_is_refused(record: ApprovalRecord, said: Word, why: str) -> None:
    with pytest.raises(ApprovalRefusedError, match=why):
        with_rejection(record, said)


def test_anybody_may_reject_also_after_the_first_of_two_has_approved() -> None:
    half = with_approval(wanted(people=2, approvers=(ANNA, CARLA)), word())

    assert with_rejection(half, no(BERT)).status == "rejected"


def test_a_word_that_stands_already_changes_nothing() -> None:
    half = with_approval(wanted(people=2), word())
    approved = with_approval(wanted(), word())
    rejected = with_rejection(wanted(), no())

    assert with_approval(half, word()) is half  # the very same word, whose writing nobody heard of
    assert with_approval(approved, word(minutes=5)) is approved
    assert with_rejection(rejected, no()) is rejected


def test_time_ends_what_is_wanted_and_nothing_else() -> None:
    late = NOW + timedelta(hours=1)

    assert with_time(wanted(), late - timedelta(seconds=1)).status == "wanted"
    assert with_time(wanted(), late).status == "expired"
    assert with_time(with_approval(wanted(), word()), late).status == "approved"


people = st.sampled_from([ANNA, BERT, CARLA, "anna@example.com", "arn:aws:iam::1:user/bert"])
steps = st.lists(st.tuples(people, st.booleans(), st.integers(0, 70)), max_size=8)


@given(steps, st.sampled_from([1, 2]))
def test_whatever_is_said_nothing_is_approved_by_too_few_or_too_late_or_against_a_no(
    said: Sequence[tuple[str, bool, int]], count: int
) -> None:
    record, settled = wanted(people=count), None
    for person, approves, minutes in said:
        step = with_approval if approves else with_rejection
        try:
            record = step(record, word(person, minutes) if approves else no(person, minutes=minutes))
        except ApprovalRefusedError:
            continue
        settled = settled or (record.status if record.settled else None)

    if record.status == "approved":
        names = {each.person.rpartition("/")[2].partition("@")[0] for each in record.words}
        assert len(names) == len(record.words) == count
    assert all(each.at < record.expires_at for each in record.words)
    assert settled in (None, record.status)
    assert (record.status == "rejected") == any(not each.approves for each in record.words)
