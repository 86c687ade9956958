"""Answers that are blocked for one model and not for the other."""

from brainswap.core.answers import AnswerStatus
from brainswap.core.decision.blocking import NAMED, Blocking
from tests.fakes.samples import sample

FINE, BLOCKED = AnswerStatus.ANSWERED, AnswerStatus.FILTERED


def counted(*pairs: tuple[AnswerStatus, AnswerStatus]) -> Blocking:
    found = Blocking()
    for number, (source, target) in enumerate(pairs):
        found.add_case(
            [sample(status=source, case_id=f"case-{number}")], [sample(status=target, case_id=f"case-{number}")]
        )
    return found


def test_cases_are_counted_by_who_is_blocked() -> None:
    found = counted((FINE, FINE), (BLOCKED, BLOCKED), (BLOCKED, FINE), (FINE, BLOCKED), (FINE, BLOCKED))

    assert (found.cases, found.both, found.source_only, found.target_only) == (5, 1, 1, 2)
    assert (found.source_only_cases, found.target_only_cases) == (["case-2"], ["case-3", "case-4"])
    assert found.any


def test_the_difference_of_the_shares_has_an_interval() -> None:
    compared = counted(*[(FINE, FINE)] * 90, *[(FINE, BLOCKED)] * 10).comparison(0.95)

    assert compared is not None
    assert compared.difference == 0.1
    assert 0 < compared.low < 0.1 < compared.high


def test_a_case_without_an_answer_of_both_says_nothing() -> None:
    found = counted((AnswerStatus.UNASKED, BLOCKED), (BLOCKED, AnswerStatus.FAILED))

    assert (found.cases, found.any, found.comparison(0.95)) == (0, False, None)


def test_a_refused_answer_is_not_blocked() -> None:
    assert not counted((AnswerStatus.REFUSED, AnswerStatus.EMPTY)).any


def test_one_blocked_repeat_blocks_the_case() -> None:
    found = Blocking()

    found.add_case([sample(), sample(repeat=1)], [sample(), sample(status=BLOCKED, repeat=1)])

    assert found.target_only == 1


def test_only_the_first_cases_are_named() -> None:
    found = counted(*[(FINE, BLOCKED)] * (NAMED + 5))

    assert (found.target_only, len(found.target_only_cases)) == (NAMED + 5, NAMED)
