"""Few-shot examples that are pairs of two labelled texts."""

import re
from dataclasses import dataclass

_LABELLED = re.compile(r"([^\W\d_][^\n:#<>{}\"]{0,39}?)[ \t]*[:\uff1a][ \t]*(.*)")
_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An example.

    Attributes:
        asks: the label of what goes in.
        answers: the label of what comes out.
        text: both with their labels, letter for letter.
    """

    asks: str
    given: str
    answers: str
    said: str
    text: str


def pairs_in(text: str) -> list[Pair]:
    """The pairs that make up the whole of a text, two at least; none where anything else stands in it."""
    lines = text.strip().splitlines()
    first = _LABELLED.fullmatch(lines[0]) if lines else None
    if first is None:
        return []
    asks = first.group(1)
    answers = next(
        (found.group(1) for line in lines[1:] if (found := _LABELLED.fullmatch(line)) and found.group(1) != asks), None
    )
    if answers is None:
        return []
    return _pairs(lines, asks, answers)


def _pairs(lines: list[str], asks: str, answers: str) -> list[Pair]:
    records: list[tuple[str, list[str], list[str]]] = []  # label, value's lines, lines as they stand
    for line in lines:
        found = _LABELLED.fullmatch(line)
        if found and found.group(1) in (asks, answers):
            records.append((found.group(1), [found.group(2)], [line]))
        else:
            records[-1][1].append(line)
            records[-1][2].append(line)
    labels = [label for label, _, _ in records]
    if labels != [asks, answers] * (len(labels) // 2) or len(labels) < 2 * _FEWEST:
        return []
    pairs = []
    for given, said in zip(records[::2], records[1::2], strict=True):
        pair = Pair(
            asks=asks,
            given="\n".join(given[1]).strip(),
            answers=answers,
            said="\n".join(said[1]).strip(),
            text="\n".join([*given[2], *said[2]]).strip(),
        )
        if not pair.given or not pair.said:
            return []
        pairs.append(pair)
    return pairs
