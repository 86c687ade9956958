"""What checking an answer against one instruction gives."""

from dataclasses import dataclass
from typing import Literal

Relation = Literal["less than", "at least"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whether an answer follows an instruction; ``found`` says in a clause what the answer has and what it should."""

    followed: bool
    found: str


def counted(number: int, of: str, relation: Relation, bound: int) -> Finding:
    """A number of things that an instruction bounds from above or from below.

    Args:
        number: how many the answer has.
        of: the things, in the plural.
        relation: to the bound.
        bound: see ``relation``.
    """
    followed = number < bound if relation == "less than" else number >= bound
    return Finding(followed=followed, found=f"{number:,} {of} where {relation} {bound:,} are asked for")


def exactly(number: int, of: str, wanted: int) -> Finding:
    """A number of things that has to be the one asked for."""
    return Finding(followed=number == wanted, found=f"{number:,} {of} where {wanted:,} are asked for")
