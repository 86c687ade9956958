"""Label in the terminal: one answer after the other, a key for each mark."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from brainswap.core.labelling.labels import Label
from brainswap.report.untrusted import one_line, visible
from local.labels.drawing import Item
from local.labels.presenting import Asked, Choice, Presented, presented
from local.labels.store import LabelStore

UNDO, SKIP, QUIT = "u", "s", "q"
LONGEST = 60_000  # characters of one text, as many as a judge is shown
_END = ("", "\x03", "\x04")  # of the input; Ctrl-C and Ctrl-D where the terminal hands them on

Key = Callable[[], str]
Step = Literal["undo", "skip", "quit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What one sitting came to."""

    labelled: int
    skipped: int
    left: int


class Sitting:
    """One person's way through the items; each label is kept at once."""

    def __init__(self, items: Sequence[Item], store: LabelStore, labeller: str, *, console: Console, key: Key) -> None:
        self._items = items
        self._store = store
        self._labeller = labeller
        self._console = console
        self._key = key
        self._given: dict[int, Label] = {}
        self._skipped: set[int] = set()

    def run(self) -> Session:
        """Go on until everything is labelled, or the person quits."""
        at = 0
        while at < len(self._items):
            item = self._items[at]
            found = self._ask(at, presented(item))
            if found == "quit":
                break
            if found == "undo":
                at = self._undo(at)
                continue
            if found == "skip":
                self._skipped.add(at)
            else:
                self._keep(at, item, found)
            at += 1
        labelled, skipped = len(self._given), len(self._skipped)
        return Session(labelled=labelled, skipped=skipped, left=len(self._items) - labelled - skipped)

    def _ask(self, at: int, seen: Presented) -> dict[str, str] | Step:
        """The marks by aspect, or what the person wants instead."""
        self._show(at, seen)
        given: list[tuple[str, str]] = []
        while len(given) < len(seen.asked):
            one = seen.asked[len(given)]
            chosen = self._choose(one)
            if isinstance(chosen, Choice):
                given.append((one.aspect, chosen.mark))
            elif chosen == "undo" and given:
                given.pop()
            else:
                return chosen
        return dict(given)

    def _show(self, at: int, seen: Presented) -> None:
        print_ = self._console.print
        if self._console.is_terminal:
            self._console.clear()
        print_(Rule(f"{at + 1} of {len(self._items)}", style="dim"))
        pair = seen.second is not None
        titles = ("Request", seen.request), ("Reference", seen.reference)
        answers = ("First answer" if pair else "Answer", seen.answer), ("Second answer", seen.second)
        for title, text in (*titles, *answers):
            if text is not None:
                print_(Text(title, style="bold cyan"))
                print_(Text(visible(text, LONGEST)), soft_wrap=False)
                print_()

    def _choose(self, one: Asked) -> Choice | Step:
        keys = keys_of(one)
        self._console.print(Text(visible(one.wording), style="bold"))
        for key, choice in keys.items():
            said = [] if key == choice.name else [choice.name]
            said += [one_line(choice.means)] if choice.means else []
            self._console.print(Text.assemble((f"  {key}", "bold green"), f"  {': '.join(said)}"))
        ways = f"{UNDO} undo · {SKIP} skip · {QUIT} quit, what is labelled is kept"
        self._console.print(Text(f"  {ways}", style="dim"))
        while True:
            pressed = self._key()
            if pressed in _END or pressed.lower() == QUIT:
                return "quit"
            if pressed.lower() == UNDO:
                return "undo"
            if pressed.lower() == SKIP:
                return "skip"
            if pressed.lower() in keys:
                chosen = keys[pressed.lower()]
                self._console.print(Text(f"  → {chosen.name}", style="green"))
                return chosen

    def _undo(self, at: int) -> int:
        """Take the item before back; at the first one there is nothing to take."""
        before = max(at - 1, 0)
        given = self._given.pop(before, None)
        if given is not None:
            self._store.remove(given)
        self._skipped.discard(before)
        return before

    def _keep(self, at: int, item: Item, marks: dict[str, str]) -> None:
        label = Label(
            scorer=item.spec.name,
            case=item.case_id,
            shown_sha256=item.shown.sha256,
            marks=marks,
            labeller=self._labeller,
            labelled_at=datetime.now(UTC),
            seed=item.seed,
        )
        self._given[at] = label
        self._store.add([label])


def keys_of(one: Asked) -> dict[str, Choice]:
    """A key for each choice: its name where that is one sign, its first letter where that tells it, or its number."""
    names = [choice.name for choice in one.choices]
    if all(len(name) == 1 for name in names):
        return dict(zip(names, one.choices, strict=True))
    initials = [name[0].lower() for name in names]
    if len(set(initials)) == len(names) and not {UNDO, SKIP, QUIT}.intersection(initials) and initials[0].isalpha():
        return dict(zip(initials, one.choices, strict=True))
    return {str(number): choice for number, choice in enumerate(one.choices, start=1)}


@contextmanager
def keyboard() -> Iterator[Key]:
    """A key at a time of a terminal, the first sign of a line elsewhere; an empty text at the end and on Ctrl-C."""
    with _without_return():
        yield _from_terminal if sys.stdin.isatty() else _from_lines


@contextmanager
def _without_return() -> Iterator[None]:
    """Let a terminal hand on each key at once, and leave it as it was."""
    try:
        import termios  # noqa: PLC0415 - not on every system
        import tty  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        yield
        return
    if not sys.stdin.isatty():
        yield
        return
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    try:
        tty.setcbreak(number, termios.TCSANOW)
        yield
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def _from_terminal() -> str:
    try:
        return sys.stdin.read(1)
    except KeyboardInterrupt:
        return ""


def _from_lines() -> str:
    line = sys.stdin.readline()
    return line.strip()[:1] or ("\n" if line else "")
