"""On which side of a split a key is; the same in every process, every language and at every step."""

import hashlib

BUCKETS = 10_000


def bucket(seed: str, key: str) -> int:
    """A number in [0, `BUCKETS`) that a key keeps for as long as the seed stays.

    The first eight bytes of SHA-256 of ``seed``, a colon and ``key`` in UTF-8, as an unsigned number with the highest
    byte first, modulo 10,000. A key goes to the target where this is below the target's share in hundredths of a per
    cent, so that a key that has moved stays moved while the share grows.
    """
    digest = hashlib.sha256(f"{seed}:{key}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def is_moved(seed: str, key: str | None, share: int) -> bool:
    """Whether the request of a key is the target's, of which ``share`` is in hundredths of a per cent.

    Requests without a key cannot be told from each other, and would all move at once: they move when all others have.
    """
    return share >= BUCKETS if key is None or key == "" else bucket(seed, key) < share
