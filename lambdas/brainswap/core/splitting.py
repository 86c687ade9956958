"""Which split a case belongs to, as the case alone decides it."""

import hashlib

from brainswap.core.cases import Case, Split
from brainswap.core.workload import Splits

_BYTES = 8


def assign_split(case: Case, splits: Splits) -> Split:
    """The case's own split; test for a critical case, which is always judged; else by hash of its cluster or id.

    Neither the order of the cases nor the other cases matter. Where others ask nearly the same, or are of its cluster,
    `brainswap.core.near_duplicates.placement` has the last word.
    """
    if case.split is not None:
        return case.split
    return Split.TEST if case.critical else split_by_hash(case, splits)


def split_by_hash(case: Case, splits: Splits) -> Split:
    """Where the seed and the case's cluster, or id, put it: a uniform number against the summed shares."""
    return drawn_by_hash(case, splits)[0] if splits.several else Split.TEST


def drawn_by_hash(case: Case, splits: Splits) -> tuple[Split, int]:
    """The split, and 64 bits of the same hash that say nothing of it."""
    kind, name = ("id", case.id) if case.cluster is None else ("cluster", case.cluster)
    digest = hashlib.sha256(f"{splits.seed}\n{kind}\n{name}".encode()).digest()
    position, key = int.from_bytes(digest[:_BYTES]) / 2 ** (8 * _BYTES), int.from_bytes(digest[_BYTES : 2 * _BYTES])
    if position < splits.train:
        return Split.TRAIN, key
    return Split.VALIDATION if position < splits.train + splits.validation else Split.TEST, key
