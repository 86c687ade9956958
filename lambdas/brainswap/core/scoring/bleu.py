"""BLEU of one sentence, in agreement with sacrebleu's ``sentence_bleu`` as it comes, divided by 100.

Papineni et al. 2002 with the brevity penalty, up to four words, the tokenisation of mteval-v13a, smoothing method 3 of
Chen and Cherry 2014 ("exp"), and only as many orders as the answer has words. With several references sacrebleu pools
their sequences; here each is compared by itself.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

ORDERS = (1, 2, 3, 4)

_UNESCAPED = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
_BY_ITSELF = str.maketrans({mark: f" {mark} " for mark in '!"#$%&()*+/:;<=>?@[\\]^_`{|}~'})
_POINT_AFTER_OTHER = re.compile(r"([^0-9])([.,])")
_POINT_BEFORE_OTHER = re.compile(r"([.,])([^0-9])")
_DASH_AFTER_DIGIT = re.compile(r"([0-9])(-)")

Sequences = Mapping[tuple[str, ...], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A reference: its number of tokens, and how often it has each sequence of one to four of them, by length."""

    length: int
    sequences: tuple[Sequences, ...]


def sentence(text: str) -> Sentence:
    found = tokens(text)
    return Sentence(length=len(found), sequences=tuple(Counter(_sequences(found, order)) for order in ORDERS))


def tokens(text: str) -> Sequence[str]:
    """A text as mteval-v13a cuts it up: marks by themselves, but for points and commas between digits."""
    line = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    if "&" in line:
        for escaped, plain in _UNESCAPED:
            line = line.replace(escaped, plain)
    line = _POINT_AFTER_OTHER.sub(r"\1 \2 ", f" {line} ".translate(_BY_ITSELF))
    line = _POINT_BEFORE_OTHER.sub(r" \1 \2", line)
    return _DASH_AFTER_DIGIT.sub(r"\1 \2 ", line).split()


def bleu(text: str, expected: Sentence) -> float:
    """From 0 to 1; in time and memory proportional to the text's length."""
    said = tokens(text)
    correct = [_shared(said, order, expected.sequences[order - 1]) for order in ORDERS]
    if not any(correct):
        return 0.0
    total = 0.0
    doubled = 1
    orders = ORDERS[: len(said)]
    for order, shared in zip(orders, correct, strict=False):
        if shared == 0:
            doubled *= 2
        there = len(said) - order + 1
        total += log(shared / there if shared else 1 / (doubled * there))
    brevity = min(0.0, 1 - expected.length / len(said))
    return min(exp(brevity + total / len(orders)), 1.0)


def _shared(said: Sequence[str], order: int, expected: Sequences) -> int:
    """How many sequences of the answer the reference has, each as often at most as there."""
    found = Counter(each for each in _sequences(said, order) if each in expected)
    return sum(min(count, expected[each]) for each, count in found.items())


def _sequences(found: Sequence[str], order: int) -> Iterator[tuple[str, ...]]:
    return zip(*(found[start:] for start in range(order)), strict=False)
