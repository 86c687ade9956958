"""How long the texts of cases may be on the page, so that all of it stays small enough to send and to open."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from brainswap.report.untrusted import LONGEST
from brainswap.report.views import CaseView

ROOM_BYTES: Final = 760_000  # for as many texts as FEW, and in proportion for more
FEW: Final = 2_500  # inputs and answers: 500 cases of four contenders
SHORTEST: Final = 200  # characters, below which nothing is worth reading


def longest_that_fits(cases: Sequence[CaseView], room_bytes: int | None = None) -> int:
    """The most characters of one text with which the texts of all cases fit, from `SHORTEST` to `LONGEST`."""
    number = sum(1 + len(case.answers) for case in cases)
    room = ROOM_BYTES * max(number, FEW) // FEW if room_bytes is None else room_bytes
    texts = [text for case in cases for text in _texts(case)]
    if _bytes(texts, LONGEST) <= room:
        return LONGEST
    fits, too_long = SHORTEST, LONGEST
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        fits, too_long = (middle, too_long) if _bytes(texts, middle) <= room else (fits, middle)
    return fits


def _texts(case: CaseView) -> Iterator[str]:
    yield case.input
    yield case.reference or ""
    for answer in case.answers:
        yield answer.text
        yield from (step.text for step in answer.before)
        yield from answer.reasons.values()


def _bytes(texts: Iterable[str], limit: int) -> int:
    return sum(len(text[:limit].encode("utf-8", "replace")) for text in texts)
