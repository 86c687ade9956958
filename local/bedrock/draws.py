"""Seeded draws: the same parts give the same number on every machine and in every Python."""

from collections.abc import Sequence
from hashlib import blake2b
from statistics import NormalDist
from typing import TypeVar

Item = TypeVar("Item")

_STANDARD_NORMAL = NormalDist()
_BITS = 52  # as many as leave the middle of every step exact, so that neither 0 nor 1 is ever drawn


def uniform(*parts: object) -> float:
    """A number between 0 and 1, both excluded, that depends on the parts and their order alone."""
    written = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    drawn = int.from_bytes(blake2b(written, digest_size=8).digest(), "big") >> (64 - _BITS)
    return (drawn + 0.5) / (1 << _BITS)


def normal(*parts: object) -> float:
    """A draw from the standard normal distribution."""
    return _STANDARD_NORMAL.inv_cdf(uniform(*parts))


def pick(items: Sequence[Item], *parts: object) -> Item:
    """One of the items, each as likely as the others; there must be at least one."""
    return items[int(uniform(*parts) * len(items))]
