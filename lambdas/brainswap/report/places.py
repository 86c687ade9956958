"""Where on the page a case is: the address that leads to it."""

import hashlib
import re

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,80}")
_OTHER = re.compile(r"[^A-Za-z0-9._-]+")
_DIGITS = 12  # of the hash, which tells ids apart that read alike


def place_of(case_id: str) -> str:
    """``case-`` and the id; of an id with other signs than an address takes, what is left of it and a hash."""
    if _PLAIN.fullmatch(case_id):
        return f"case-{case_id}"
    digest = hashlib.sha256(case_id.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"case-{_OTHER.sub('-', case_id)[:40].strip('-')}-{digest}"
