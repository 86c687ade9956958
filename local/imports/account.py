"""What an import found, what came of it, and what could not be taken along: nothing is dropped silently."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


class CannotImportError(Exception):
    """A file is not of the format, or cannot be read at all; the message says what is wrong and what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """Something that has no counterpart, by its name in the format; ``remedy`` says what a person can do.

    Attributes:
        place: where it stands, such as ``tests[3].assert[0]`` or ``logs/a.json.gz:12``.
    """

    place: str
    what: str
    remedy: str


@dataclass(slots=True, kw_only=True)
class Account:
    """Found = imported + dropped by reason, in cases."""

    found: int = 0
    imported: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    mapped: Counter[str] = field(default_factory=Counter)
    unmapped: list[Unmapped] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        return self.found == self.imported + self.dropped.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A workload in the making.

    Attributes:
        declaration: what ``workload.yaml`` says, in the order in which it is written.
        cases: objects as in ``cases.jsonl``.
        files: further files of the folder, such as prompts, by their path in it.
        account: complete once ``cases`` has been read to its end.
    """

    declaration: Mapping[str, Any]
    cases: Iterable[Mapping[str, Any]]
    account: Account
    files: Mapping[str, str] = field(default_factory=dict)
