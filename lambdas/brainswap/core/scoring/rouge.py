"""ROUGE-1, ROUGE-2 and ROUGE-L, in agreement with the package rouge-score (google-research), with and without stems.

Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries". Words are runs of a-z and 0-9 in the lower-cased
text, so that text in other scripts has none. ROUGE-L is that of the whole text as one sequence, not that of sentences.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rapidfuzz.distance import LCSseq

from brainswap.core.scoring.porter import stem

LONGEST_SEQUENCE = 20_000
"""Words of a text in which ROUGE-L looks for a common subsequence; whatever comes after them is shared with nothing.

The time grows with the product of both lengths, divided by 64 (Hyyrö 2004); the memory with their sum.
"""

Variant = Literal["rouge1", "rouge2", "rougeL"]
Measure = Literal["f1", "precision", "recall"]
Words = tuple[str, ...]

_WORD = re.compile(r"[a-z0-9]+")
_SHORTEST_STEMMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What two texts have in common: ``shared`` out of what the answer has and out of what the reference has."""

    shared: int
    said: int
    expected: int

    def of(self, measure: Measure) -> float:
        """0 where nothing is shared, also because one of them has nothing."""
        if not self.shared:
            return 0.0
        if measure == "precision":
            return self.shared / self.said
        if measure == "recall":
            return self.shared / self.expected
        return 2 * self.shared / (self.said + self.expected)


def words(text: str, *, stemming: bool) -> Words:
    found = _WORD.findall(text.lower())
    if not stemming:
        return tuple(found)
    stems = (stem(word) if len(word) >= _SHORTEST_STEMMED else word for word in found)
    return tuple(word for word in stems if word)


def rouge(variant: Variant, said: Words, expected: Words) -> Overlap:
    if variant == "rouge1":
        return Overlap(shared=_shared(said, expected), said=len(said), expected=len(expected))
    if variant == "rouge2":
        shared = _shared(pairwise(said), pairwise(expected))
        return Overlap(shared=shared, said=max(len(said) - 1, 0), expected=max(len(expected) - 1, 0))
    shared = longest_common_subsequence(said[:LONGEST_SEQUENCE], expected[:LONGEST_SEQUENCE])
    return Overlap(shared=shared, said=len(said), expected=len(expected))


def longest_common_subsequence(said: Sequence[str], expected: Sequence[str]) -> int:
    """Its length. Words are numbered first, because the library compares what is no character by its hash alone."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys(expected))}
    known = [numbers[word] for word in said if word in numbers]
    return LCSseq.similarity(known, [numbers[word] for word in expected])


def _shared(said: Iterable[Hashable], expected: Iterable[Hashable]) -> int:
    """How many the two have in common, each as often as the one that has it less often."""
    wanted = Counter(expected)
    found = Counter(each for each in said if each in wanted)
    return sum(min(count, wanted[each]) for each, count in found.items())
