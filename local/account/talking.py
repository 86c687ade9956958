"""Talking with whoever deploys: progress, questions, and waiting between two looks."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


class CannotDeployError(Exception):
    """Nothing was created or changed, and the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """How to talk.

    Attributes:
        say: tells a line of progress.
        confirm: asks a question that a yes answers.
        name: asks for a name to be written out, and returns what was written.
        pause: waits so many seconds.
    """

    say: Callable[[str], None]
    confirm: Callable[[str], bool]
    name: Callable[[str], str]
    pause: Callable[[float], None] = time.sleep


def terminal(*, yes: bool) -> Talk:
    """Somebody at a terminal, or nobody.

    Args:
        yes: every question is answered already; a name is not.

    Raises (when something is asked):
        CannotDeployError: nobody can be asked.
    """

    def written(question: str) -> str:
        if not sys.stdin.isatty():
            raise CannotDeployError("Nobody can be asked here, and nothing was changed: see --help for how to say it.")
        _say(question)
        return sys.stdin.readline().strip()

    return Talk(
        say=_say,
        confirm=lambda question: yes or written(f"{question} [y/N]").lower() in {"y", "yes"},
        name=written,
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
