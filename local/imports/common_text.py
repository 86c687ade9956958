"""What texts have in common at their beginnings and ends, cut between words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The constant parts of a text around the one that varies; ``varies`` is false where there is none."""

    prefix: str
    suffix: str
    varies: bool

    def inner(self, text: str) -> str:
        """What a text of the group has between the constant parts."""
        return text[len(self.prefix) : len(text) - len(self.suffix)]


class CommonText:
    """Beginning and end that all texts so far have in common; texts themselves are not kept but for the first."""

    def __init__(self) -> None:
        self.count = 0
        self._first = ""
        self._prefix = ""
        self._suffix = ""
        self._shortest = 0
        self._varies = False

    def add(self, text: str) -> None:
        self.count += 1
        if self.count == 1:
            self._first = self._prefix = self._suffix = text
            self._shortest = len(text)
            return
        if text == self._first:
            return
        self._varies = True
        self._shortest = min(self._shortest, len(text))
        self._prefix = self._prefix[: _common(self._prefix, text)]
        reversed_suffix = self._suffix[::-1]
        length = _common(reversed_suffix, text[::-1][: len(reversed_suffix) + 1])
        self._suffix = self._suffix[len(self._suffix) - length :]

    def frame(self, *, fewest: int) -> Frame:
        """The parts, none of which overlap in any text.

        Args:
            fewest: texts that have to agree; below that, what they share says nothing.
        """
        if not self._varies:
            return Frame(prefix=self._first, suffix="", varies=False)
        if self.count < fewest:
            return whole_frame()
        room = self._shortest - len(self._prefix)
        suffix = self._suffix
        if len(suffix) > room:
            suffix = suffix[len(suffix) - max(room, 0) :]
            suffix = suffix[_word_left(self._suffix, suffix) :]
        return Frame(prefix=self._prefix, suffix=suffix, varies=True)


def whole_frame() -> Frame:
    """Of texts that have nothing in common, or too few of them to say so."""
    return Frame(prefix="", suffix="", varies=True)


def _common(known: str, text: str) -> int:
    """The length of the longest beginning of ``known`` that ``text`` has too, ending between words in both."""
    if text.startswith(known):
        length = len(known)
    else:
        low, length = 0, min(len(known), len(text))
        while low < length:
            middle = (low + length + 1) // 2
            if text.startswith(known[:middle]):
                low = middle
            else:
                length = middle - 1
    while length and _in_word(known, length, text):
        length -= 1
    return length


def _in_word(known: str, length: int, text: str) -> bool:
    return _is_of_word(known[length - 1]) and (
        _is_of_word(known[length : length + 1]) or _is_of_word(text[length : length + 1])
    )


def _word_left(whole: str, cut: str) -> int:
    """How many characters at the beginning of a cut end of a text are the rest of a word."""
    before = whole[len(whole) - len(cut) - 1 : len(whole) - len(cut)]
    if not (before and _is_of_word(before)):
        return 0
    return next((place for place, sign in enumerate(cut) if not _is_of_word(sign)), len(cut))


def _is_of_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"
