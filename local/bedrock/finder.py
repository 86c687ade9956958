"""Which case a text was written for: an index from the values of the cases' inputs to the cases."""

import re
from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from local.bedrock.estimates import DENSE

GRAM = 16
STRIDE = 8
LONG = GRAM + STRIDE - 1
_WINDOWS = 8
# So many cases may share a long value before a short one that fewer share leads to them.
_SHARED_BY_FEW = 8
_LENGTH_BITS = 32
_LENGTH_MASK = (1 << _LENGTH_BITS) - 1

# A word, or a single character that stands alone: a sign, or a letter of a script without spaces.
_TOKEN = re.compile(f"[{DENSE}]|[^\\W{DENSE}]+|[^\\w\\s]")
_WORD_CHARACTER = re.compile(f"[^\\W{DENSE}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The case that a text was written for.

    Attributes:
        position: of the case in the order of adding.
        quoted: how many other cases the text quotes elsewhere, as worked examples do.
    """

    position: int
    quoted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    position: int
    named: bool
    length: int
    begin: int
    end: int

    @property
    def rank(self) -> tuple[bool, int, int, int]:
        return (self.named, self.length, self.begin, -self.position)


class CaseFinder:
    """Finds the case all of whose values occur in a text.

    A value of at least ``LONG`` characters may stand anywhere in the text; a shorter one only between the borders of
    words, so that ``5`` is not found in ``15``. White space around a value does not count. Of several cases the one
    that the caller names wins, then the one with the most text found, then the one found last in the text, because
    examples come before the question, then the first one added.

    A long value is found through the hashes of ``STRIDE`` consecutive grams of ``GRAM`` characters, taken where the
    fewest earlier values have theirs: whatever the value's place in the text, one of them begins at a multiple of
    ``STRIDE``. Of a long value only hashes are kept.
    """

    def __init__(self) -> None:
        self._size = 0
        self._ids = array("L")
        self._bounds = array("L", [0])
        self._lengths = array("L")
        self._cases_by_anchor: dict[int, list[int]] = {}
        self._long: dict[int, int] = {}
        self._grams: dict[int, int | tuple[int, ...]] = {}
        self._short: dict[str, int] = {}
        self._short_texts: dict[int, str] = {}
        self._short_anchors: dict[str, set[int]] = {}

    def __len__(self) -> int:
        return self._size

    def add(self, values: Iterable[str]) -> None:
        """Take in the next case, by the values of its input as a prompt shows them."""
        ids = [self._id_of(value) for value in dict.fromkeys(value.strip() for value in values) if value]
        if ids:
            anchor = min(ids, key=self._reluctance)
            self._cases_by_anchor.setdefault(anchor, []).append(self._size)
            self._look_for_short(anchor)
        self._ids.extend(ids)
        self._bounds.append(len(self._ids))
        self._size += 1

    def find(self, text: str, named: Collection[int] = ()) -> Match | None:
        """The case that the text was written for.

        Args:
            text: what the model is told, whole.
            named: positions of cases that the caller believes it to be.
        """
        found = self._long_values(text) | self._short_values(text)
        best: _Candidate | None = None
        complete: list[_Candidate] = []
        for position in self._suspects(found, named):
            candidate = self._examine(position, text, found, named=position in named)
            if candidate is not None:
                complete.append(candidate)
                best = candidate if best is None or candidate.rank > best.rank else best
        if best is None:
            return None
        quoted = sum(other.end <= best.begin or other.begin >= best.end for other in complete)
        return Match(position=best.position, quoted=quoted)

    def _id_of(self, value: str) -> int:
        known = self._long.get(hash(value)) if len(value) >= LONG else self._short.get(value)
        if known is not None:
            return known
        new = len(self._lengths)
        self._lengths.append(len(value))
        if len(value) >= LONG:
            self._long[hash(value)] = new
            self._take_grams(value)
        else:
            self._short[value] = new
            self._short_texts[new] = value
        return new

    def _reluctance(self, value_id: int) -> tuple[int, bool, int]:
        sharing = len(self._cases_by_anchor.get(value_id, ()))
        return (sharing // _SHARED_BY_FEW, value_id in self._short_texts, -self._lengths[value_id])

    def _look_for_short(self, value_id: int) -> None:
        text = self._short_texts.get(value_id)
        if text is not None:
            first = _TOKEN.match(text)
            self._short_anchors.setdefault(first.group() if first else text[0], set()).add(len(text))

    def _take_grams(self, value: str) -> None:
        room = len(value) - LONG
        windows = dict.fromkeys(room * step // (_WINDOWS - 1) for step in range(_WINDOWS))
        chosen = min(windows, key=lambda offset: self._crowd(value[offset : offset + GRAM]))
        for begin in range(chosen, chosen + STRIDE):
            key = hash(value[begin : begin + GRAM])
            packed = begin << _LENGTH_BITS | len(value)
            before = self._grams.get(key)
            if before is None:
                self._grams[key] = packed
            elif packed not in _all(before):
                self._grams[key] = (*_all(before), packed)

    def _crowd(self, gram: str) -> int:
        taken = self._grams.get(hash(gram))
        return 0 if taken is None else len(_all(taken))

    def _long_values(self, text: str) -> dict[int, int]:
        """Where each long value of the index stands last."""
        places: dict[int, int] = {}
        if not self._grams:
            return places
        grams = self._grams
        starts = range(0, len(text) - GRAM + 1, STRIDE)
        for start, key in [(start, key) for start in starts if (key := hash(text[start : start + GRAM])) in grams]:
            for each in _all(grams[key]):
                begin, length = start - (each >> _LENGTH_BITS), each & _LENGTH_MASK
                value_id = self._long.get(hash(text[begin : begin + length])) if begin >= 0 else None
                if value_id is not None:
                    places[value_id] = begin
        return places

    def _short_values(self, text: str) -> dict[int, int]:
        """Where each short value that is an anchor stands last."""
        places: dict[int, int] = {}
        if not self._short_anchors:
            return places
        if self._short_anchors.keys().isdisjoint(_TOKEN.findall(text)):
            return places
        for token in _TOKEN.finditer(text):
            begin = token.start()
            for length in self._short_anchors.get(token.group(), ()):
                value_id = self._short.get(text[begin : begin + length])
                if value_id is not None and _stands_alone(text, begin, begin + length):
                    places[value_id] = begin
        return places

    def _suspects(self, found: Collection[int], named: Collection[int]) -> Iterator[int]:
        """Each case at most once: it has one anchor, and a named one is not taken twice."""
        yield from named
        for value_id in tuple(found):
            for position in self._cases_by_anchor.get(value_id, ()):
                if position not in named:
                    yield position

    def _examine(self, position: int, text: str, places: dict[int, int], *, named: bool) -> _Candidate | None:
        """The case as a candidate where all its values occur; remembers the short ones it had to look for."""
        ids = self._ids[self._bounds[position] : self._bounds[position + 1]]
        for value_id in ids:
            if value_id not in places:
                begin = self._last_place(value_id, text)
                if begin is None:
                    return None
                places[value_id] = begin
        anchor = max(ids, key=lambda value_id: self._lengths[value_id], default=None)
        begin = 0 if anchor is None else places[anchor]
        return _Candidate(
            position=position,
            named=named,
            length=sum(self._lengths[value_id] for value_id in ids),
            begin=begin,
            end=begin if anchor is None else begin + self._lengths[anchor],
        )

    def _last_place(self, value_id: int, text: str) -> int | None:
        value = self._short_texts.get(value_id)
        if value is None:
            return None
        last = None
        for begin in _occurrences(value, text):
            last = begin if _stands_alone(text, begin, begin + len(value)) else last
        return last


def _all(packed: int | tuple[int, ...]) -> tuple[int, ...]:
    return (packed,) if isinstance(packed, int) else packed


def _occurrences(part: str, text: str) -> Iterator[int]:
    begin = text.find(part)
    while begin >= 0:
        yield begin
        begin = text.find(part, begin + 1)


def _stands_alone(text: str, begin: int, end: int) -> bool:
    """Whether neither end of ``text[begin:end]`` lies inside a word."""
    return not (_joined(text, begin) or _joined(text, end))


def _joined(text: str, place: int) -> bool:
    return 0 < place < len(text) and bool(_WORD_CHARACTER.match(text, place - 1) and _WORD_CHARACTER.match(text, place))
