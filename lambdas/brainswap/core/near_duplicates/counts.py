"""What a run tells of cases that ask nearly the same."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDuplicates:
    """How many cases ask nearly the same as others.

    Attributes:
        cases: that have a near-duplicate.
        groups: of them, each as large as likeness alone makes it.
        largest: cases in the largest group.
        apart: cases with a near-duplicate in another split.
        most: cases in a group that is kept together; larger ones are kept by closer likeness alone.
    """

    cases: int
    groups: int
    largest: int
    apart: int
    most: int
