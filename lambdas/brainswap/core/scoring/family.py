"""How a type of scorer works."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from brainswap.core.scoring.score import Score
from brainswap.core.scoring.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFamily:
    """How a type of scorer works that compares the answer's text; specs and expectations are of that type's own kind.

    Attributes:
        problem: why a spec can never work, or None.
        expected: what an answer has to be, from a spec and a reference; raises `UnusableReferenceError`.
        compile: everything that depends on the spec alone; the result compares a text with what is expected.
    """

    problem: Callable[[Any], str | None]
    expected: Callable[[Any, Any], Any]
    compile: Callable[[Any], Callable[[str, Any], Score]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFamily:
    """How a type of scorer works that looks at more of an answer than its text.

    Attributes:
        problem: why a spec can never work, or None.
        expected: what an answer has to be, from a spec and a reference; raises `UnusableReferenceError`.
        compile: everything that depends on the spec alone; the result looks at a subject, with what is expected.
        any_status: whether an answer that is cut off, refused and so on is scored like any other.
        takes_extract: whether it looks at a text out of which something may be taken first.
    """

    problem: Callable[[Any], str | None]
    expected: Callable[[Any, Any], Any]
    compile: Callable[[Any], Callable[[Subject, Any], Score]]
    any_status: bool = False
    takes_extract: bool = False


Family = TextFamily | SubjectFamily
