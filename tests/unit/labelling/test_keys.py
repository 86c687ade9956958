"""The keys of the terminal."""

import os
import pty
import termios

import pytest

from brainswap.core.labelling.questions import aspects
from brainswap.core.scoring.specs import ExactSpec, ScorerSpec
from local.labels.presenting import asked
from local.labels.terminal import QUIT, SKIP, UNDO, keyboard, keys_of
from tests.fakes.judges import CLOSED_QA, FACTUALITY, PAIRWISE, RUBRIC


@pytest.mark.parametrize(
    ("spec", "keys"),
    [
        (RUBRIC, {"1": "1", "2": "2", "3": "3", "4": "4", "5": "5"}),
        (CLOSED_QA, {"y": "yes", "n": "no"}),
        (PAIRWISE, {"1": "first", "2": "second", "3": "equal"}),
        (FACTUALITY, {"1": "subset", "2": "superset", "3": "same", "4": "contradicts", "5": "differs_without_matter"}),
        (ExactSpec(name="same", type="exact"), {"1": "0", "2": "0.25", "3": "0.5", "4": "0.75", "5": "1"}),
    ],
    ids=lambda value: getattr(value, "type", ""),
)
def test_every_choice_has_a_key_that_nothing_else_has(spec: ScorerSpec, keys: dict[str, str]) -> None:
    found = keys_of(asked(spec, aspects(spec)[0], swapped=False))

    assert {key: choice.name for key, choice in found.items()} == keys
    assert not {UNDO, SKIP, QUIT} & set(found)


@pytest.mark.parametrize("swapped", [False, True])
def test_the_place_of_an_answer_is_marked_for_whose_it_is(*, swapped: bool) -> None:
    found = asked(PAIRWISE, aspects(PAIRWISE)[0], swapped=swapped)

    assert [choice.name for choice in found.choices] == ["first", "second", "equal"]
    assert [choice.mark for choice in found.choices] == [
        *(["this", "other"] if swapped else ["other", "this"]),
        "equal",
    ]


def test_a_key_on_a_terminal_needs_no_return_and_leaves_the_terminal_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "r") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        before = termios.tcgetattr(slave)
        with keyboard() as key:
            os.write(master, b"y\x1b")
            assert [key(), key()] == ["y", "\x1b"]
            assert termios.tcgetattr(slave) != before

        assert termios.tcgetattr(slave) == before
    os.close(master)
