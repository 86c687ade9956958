"""Which split a case belongs to, decided from the case alone."""

import hashlib

from brainswap.core.cases import Case, Split
from brainswap.core.workload import Splits

_BYTES = 8


def assign_split(case: Case, splits: Splits) -> Split:
    """The case's own split; test for a critical case, which is always judged; else by hash of its cluster or id.

    Neither the order of the cases nor the other cases matter, and the cases of a cluster stay together, except for
    those that are critical or name a split themselves.
    """
    if case.split is not None:
        return case.split
    return Split.TEST if case.critical else split_by_hash(case, splits)


def split_by_hash(case: Case, splits: Splits) -> Split:
    """Where the seed and the case's cluster, or id, put it: a uniform number against the summed shares."""
    if not (splits.train or splits.validation):
        return Split.TEST
    kind, key = ("id", case.id) if case.cluster is None else ("cluster", case.cluster)
    digest = hashlib.sha256(f"{splits.seed}\n{kind}\n{key}".encode()).digest()
    position = int.from_bytes(digest[:_BYTES]) / 2 ** (8 * _BYTES)
    if position < splits.train:
        return Split.TRAIN
    return Split.VALIDATION if position < splits.train + splits.validation else Split.TEST
