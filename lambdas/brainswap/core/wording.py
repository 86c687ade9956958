"""Words of messages about what somebody wrote: untrusted values made fit to print, and guesses at what was meant."""

import difflib
import json
from collections.abc import Collection, Iterable
from typing import Any

_SHOWN = 60
_COMPARED = 200
_LIKENESS = 0.7


def printable(text: str, limit: int = _SHOWN) -> str:
    """One line of at most ``limit`` characters, free of anything that steers a terminal."""
    cut = text[:limit]
    safe = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in cut)
    return f"{safe}…" if len(text) > limit else safe


def shown(value: Any) -> str:
    """A value from outside: text in double quotes, everything else as JSON."""
    if isinstance(value, str):
        return f'"{printable(value)}"'
    return printable(json.dumps(value, ensure_ascii=False, default=str))


def listed(words: Iterable[str], limit: int = 30) -> str:
    """Names in backticks, the first ``limit`` of them."""
    names = list(words)
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(f"`{printable(name)}`" for name in names[:limit]) + more


def closest(word: str, known: Collection[str]) -> str | None:
    """The known word that was probably meant, whatever its case."""
    by_folded = {name.casefold(): name for name in sorted(known)}
    matches = difflib.get_close_matches(word[:_COMPARED].casefold(), by_folded, n=1, cutoff=_LIKENESS)
    return by_folded[matches[0]] if matches else None


def guess(word: str, known: Collection[str]) -> str:
    """The question whether a known word was meant, with a blank after it; empty where none is near."""
    meant = closest(word, known)
    return "" if meant is None else f"Did you mean `{printable(meant)}`? "


def suggestion(word: str, known: Collection[str], available: str) -> str:
    """A remedy for an unknown word: the one that was probably meant, or all, introduced by ``available``."""
    return guess(word, known).rstrip() or f"{available}: {listed(sorted(known)) or 'none'}."
