"""A simple random sample of cases, which anybody can tell again from the seed and the cases' ids alone.

Every case has a rank that a hash of seed and id gives it; the sample of n cases is that of the n lowest ranks. A sample
that is cut short is one of fewer cases, a larger one goes on where a smaller one ended, and whether the cases that have
labels are the ones that were drawn can be checked.
"""

import hashlib


def rank(seed: int, case_id: str) -> int:
    """The place of a case in the order of the draw: a number below 2^64."""
    return _drawn("case", seed, case_id)


def drawn_repeat(seed: int, case_id: str, repeats: int) -> int:
    """Which of the answers to the same question is looked at."""
    return _drawn("repeat", seed, case_id) % repeats


def place(seed: int, sha256: str) -> int:
    """The order in which what is shown of one case comes up: a number below 2^64."""
    return _drawn("place", seed, sha256)


def is_swapped(seed: int, sha256: str) -> bool:
    """Whether the judged answer of a pair is shown first."""
    return _drawn("order", seed, sha256) % 2 == 1


def _drawn(what: str, seed: int, name: str) -> int:
    digest = hashlib.sha256(f"{what}\n{seed}\n{name}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8])
