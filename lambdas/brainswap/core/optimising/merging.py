"""Put together what several rewritings of one text changed."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

_PIECE = re.compile(r"\n+|[^\n.!?]*(?:[.!?](?!\s)[^\n.!?]*)*(?:[.!?]+[ \t]*|(?=\n)|$)")


def merged(base: Mapping[str, str], rewritings: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The components with the changes of all rewritings; where two change the same place, the first one counts.

    Args:
        base: the components that all rewritings were made from.
        rewritings: the most trusted first.
    """
    return {
        name: _merged(text, [rewriting[name] for rewriting in rewritings if rewriting.get(name, text) != text])
        for name, text in base.items()
    }


def _merged(base: str, others: Sequence[str]) -> str:
    """Sentences and lines that somebody replaced or took away go, and what anybody put in comes in its place.

    Blank lines are nobody's: who writes something in their place has put it in, and is in nobody's way.
    """
    pieces = pieces_of(base)
    changed: dict[int, list[str]] = {}  # by the first piece that is replaced: what comes instead
    gone: set[int] = set()
    put_in: dict[int, list[str]] = {}  # before a piece
    for other in others:
        theirs = pieces_of(other)
        for tag, begin, end, other_begin, other_end in SequenceMatcher(
            None, pieces, theirs, autojunk=False
        ).get_opcodes():
            new = theirs[other_begin:other_end]
            blank = tag == "replace" and not "".join(pieces[begin:end]).strip()
            if blank:
                gone.update(range(begin, end))
            if tag == "insert" or blank:
                known = put_in.setdefault(begin, [])
                there = {one.strip() for one in known} - {""}
                known += [piece for piece in new if piece.strip() not in there]
            elif tag != "equal" and gone.isdisjoint(range(begin, end)):
                gone.update(range(begin, end))
                changed[begin] = new
    written: list[str] = []
    for index in range(len(pieces) + 1):
        written += put_in.get(index, [])
        written += changed.get(index, [])
        if index < len(pieces) and index not in gone:
            written.append(pieces[index])
    return "".join(written)


def pieces_of(text: str) -> list[str]:
    """Sentences and ends of lines, which are the text again when put together."""
    return [match.group() for match in _PIECE.finditer(text) if match.group()]
