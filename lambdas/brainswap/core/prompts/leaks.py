"""Whether a prompt holds words out of a case: overlap of n-grams, in one pass over any number of cases."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from brainswap.core.cases import Case

LONG = 8  # words in a row that are nobody's coincidence
_SHORT = 2  # words of a text that is looked for as a whole
_FEWEST_CHARACTERS = 8
_TELLING_NUMBER = re.compile(r"(?=.*\d)\S{4,}")
_WORD = re.compile(r"[^\W_]+(?:['\u2019.,_-][^\W_]+)*|[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")  # CJK: by character
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")


class Leaks:
    """Looks for cases in a prompt's new words."""

    def __init__(self, candidate: str, original: str, known: Collection[str] = ()) -> None:
        """Keep what is in the candidate and not in the original; known texts, such as labels, are nobody's."""
        self._known = frozenset(known)
        new, old = words_of(candidate), _all_grams(original)
        self._new = {size: set(grams(new, size)) - old[size] for size in range(1, LONG + 1)}
        self._instructions = self._new[LONG - 3]

    def of(self, case: Case) -> Iterator[str]:
        """What of a case the candidate repeats, each in a few words."""
        if _TELLING_NUMBER.fullmatch(case.id) and not self._new[1].isdisjoint(grams(words_of(case.id), 1)):
            yield "its id"
        for name, text in texts_of_case(case):
            found = self._found(text)
            if found:
                yield f"{name}: “{found}”"

    def repeats_order(self, sentence: str) -> bool:
        """Whether five words in a row of a sentence that gives orders are new in the candidate."""
        return any(gram in self._instructions for gram in grams(words_of(sentence), LONG - 3))

    def _found(self, text: str) -> str | None:
        if text in self._known:
            return None
        words = words_of(text)
        size = min(len(words), LONG)
        if len(words) == 1:
            told = _TELLING_NUMBER.fullmatch(text.strip()) is not None
            return words[0] if told and (words[0],) in self._new[1] else None
        if size < _SHORT or (size < LONG and len(text.strip()) < _FEWEST_CHARACTERS):
            return None
        found = next((gram for gram in grams(words, size) if gram in self._new[size]), None)
        return None if found is None else " ".join(found)


def words_of(text: str) -> list[str]:
    """In small letters; East Asian text by character."""
    return [match.group().lower() for match in _WORD.finditer(text)]


def grams(words: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[place : place + size]) for place in range(len(words) - size + 1))


@lru_cache(maxsize=4)  # one original has many candidates
def _all_grams(text: str) -> Mapping[int, frozenset[tuple[str, ...]]]:
    words = words_of(text)
    return {size: frozenset(grams(words, size)) for size in range(1, LONG + 1)}


def texts_of_case(case: Case) -> Iterator[tuple[str, str]]:
    """Every text of a case's input and reference, with where it stands."""
    yield from _texts("input", case.input)
    yield from _texts("reference", case.reference)


def _texts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(f"{name}.{key}", inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(name, inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, str(value)
