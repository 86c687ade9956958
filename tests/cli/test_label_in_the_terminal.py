"""label --terminal: a key for each mark."""

import io
from collections.abc import Callable

import pytest

from tests.cli.conftest import Said
from tests.fakes.labelled_runs import BETTER, GOOD, HOSTILE, POLITE, labels

Brainswap = Callable[..., Said]


@pytest.fixture
def typing(brainswap: Brainswap, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Label in the terminal with these keys, one to a line."""

    def run(keys: str, *arguments: str) -> Said:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{key}\n" for key in keys)))
        return brainswap("label", *arguments, "--terminal")

    return run


def test_in_the_terminal_a_key_is_a_mark_and_quitting_keeps_what_is_there(
    typing: Callable[..., Said], ran: Callable[..., str]
) -> None:
    folder = ran(GOOD)

    sat = typing("3x5412q", folder, "--run", "o", "--count", "20")

    assert sat.code == 0
    assert [label.marks for label in labels(folder)] == [{"right": "3", "kind": "5"}, {"right": "4", "kind": "1"}]
    assert "2 answers labelled, 0 skipped" in sat.out
    assert "1 of " in sat.out


def test_the_next_sitting_goes_on_behind_the_last(typing: Callable[..., Said], ran: Callable[..., str]) -> None:
    folder = ran(POLITE)
    typing("yy", folder, "--run", "o", "--count", "20")

    typing("nn", folder, "--run", "o", "--count", "20")

    assert [label.marks["meets"] for label in labels(folder)] == ["yes", "yes", "no", "no"]
    assert len({label.shown_sha256 for label in labels(folder)}) == 4


def test_undo_takes_the_last_mark_back_and_then_the_answer_before(
    typing: Callable[..., Said], ran: Callable[..., str]
) -> None:
    folder = ran(GOOD)

    # 3 5 is the first answer; 4 and back, back to the first answer, which gets 1 2; skip; 5 5.
    sat = typing("354uu12s55", folder, "--run", "o", "--count", "20")

    assert [label.marks for label in labels(folder)] == [{"right": "1", "kind": "2"}, {"right": "5", "kind": "5"}]
    assert "2 answers labelled, 1 skipped" in sat.out


def test_undo_at_the_beginning_stays_there(typing: Callable[..., Said], ran: Callable[..., str]) -> None:
    folder = ran(POLITE)

    typing("uuy", folder, "--run", "o", "--count", "20")

    assert len(labels(folder)) == 1


def test_a_pair_in_the_terminal_is_marked_by_its_place_and_kept_by_whose_it_is(
    typing: Callable[..., Said], ran: Callable[..., str]
) -> None:
    folder = ran(BETTER)

    typing("1" * 24, folder, "--run", "o")

    places = {label.marks["better"] for label in labels(folder)}
    assert places == {"this", "other"}


def test_what_steers_a_terminal_does_not_reach_it(typing: Callable[..., Said], ran: Callable[..., str]) -> None:
    folder = ran({**POLITE, "criterion": "=cmd()"}, cases=HOSTILE)

    sat = typing("y" * 30, folder, "--run", "o")

    assert "[red]evil[/red]" in sat.out
    assert not [sign for sign in ("\x1b", "\x07", "\u202e") if sign in sat.out]
