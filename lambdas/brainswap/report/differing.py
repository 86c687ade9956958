"""Which words of a text another one does not have: what changed catches the eye in a pair of answers."""

import re
from collections.abc import Iterator

MOST_WORDS = 600  # of a text: beyond it nobody compares word by word
MOST_NEW = 0.6  # of the words: two texts that have less in common are not versions of each other

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


def new_words(text: str, before: str) -> list[tuple[str, bool]] | None:
    """The text in pieces, each with whether it is new against ``before``; None where no piece is worth a mark.

    The pieces are the whole text, in order. New are the words that are no part of a longest common subsequence.
    """
    words, known = _WORDS.findall(text), _WORDS.findall(before)
    if text == before or not known or not 0 < len(words) <= MOST_WORDS or len(known) > MOST_WORDS:
        return None
    from rapidfuzz.distance import Indel

    kept = [False] * len(words)
    for code in Indel.opcodes(known, words):
        if code.tag == "equal":
            kept[code.dest_start : code.dest_end] = [True] * (code.dest_end - code.dest_start)
    said = [place for place, word in enumerate(words) if not word.isspace()]
    new = sum(not kept[place] for place in said)
    if not said or not 0 < new <= MOST_NEW * len(said):
        return None
    return list(_pieces(words, kept))


def _pieces(words: list[str], kept: list[bool]) -> Iterator[tuple[str, bool]]:
    """Neighbours together; white space alone is never new."""
    gathered, is_new = "", False
    for place, word in enumerate(words):
        new = not kept[place] and not (word.isspace() and (not gathered or not is_new))
        if new != is_new and gathered:
            yield gathered, is_new
            gathered = ""
        gathered, is_new = gathered + word, new
    yield gathered, is_new
