"""Who sees which workloads, where the teams of a stack are kept apart: groups of the sign-in name them.

A group ``workload:NAME`` lets its people see one workload, and ``*`` in the name stands for any characters. Nobody sees
anything who is in no such group, and nothing says whether there is what somebody may not see.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

GROUP: Final = "workload:"


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody may see.

    Attributes:
        names: of workloads, with ``*`` for any characters; None for everything.
    """

    names: tuple[str, ...] | None = None

    def reaches(self, workload: str | None) -> bool:
        """Whether a workload may be seen; one whose name is not known by those alone who may see everything."""
        if self.names is None:
            return True
        return workload is not None and any(re.fullmatch(_pattern(name), workload) for name in self.names)


EVERYTHING: Final = Sight()


def sight_of(groups: Any) -> Sight:
    """What the groups of a token let somebody see.

    Args:
        groups: the claim ``cognito:groups``, which an HTTP API hands over as text, ``[one two]``; names of groups hold
            no white space.
    """
    return Sight(tuple(name.removeprefix(GROUP) for name in _listed(groups) if name.startswith(GROUP)))


def _listed(groups: Any) -> Iterator[str]:
    found: Iterable[Any] = groups if isinstance(groups, list | tuple) else str(groups or "").strip("[]").split()
    yield from (each for each in found if isinstance(each, str))


def _pattern(name: str) -> str:
    return ".*".join(re.escape(part) for part in name.split("*"))
