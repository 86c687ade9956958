"""What a case asks, small enough to be kept of each of a million cases: two hashes of its words, and samples of them.

Samples are bottom values of one hash in equal ranges, an empty range taking the next value (one permutation hashing
with rotation: Li, Owen and Zhang 2012; Shrivastava and Li 2014): two cases share each of them with a probability that
is the Jaccard similarity of their runs of words.
"""

import hashlib
import json
import re
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from itertools import repeat
from struct import Struct
from typing import NamedTuple
from zlib import crc32

from brainswap.core.cases import Case
from brainswap.core.prompts.rendering import values_of
from brainswap.core.prompts.template import as_text

RUN = 5  # words
FEWEST = 8  # words that are sampled; of fewer runs than four, samples would say little
SAMPLES = 16  # of two bytes each
SAMPLE_BYTES = 2 * SAMPLES
NO_SAMPLES = bytes(SAMPLE_BYTES)  # of a text with fewer words

_HASH_BYTES = 8
_WORD_BYTES = 4  # of a word's checksum
_BOUNDS = tuple(number * 2**32 // SAMPLES for number in range(SAMPLES))
_LOW = 0xFFFF
_PACKED = Struct(f"<{SAMPLES}H")

# Chinese and Japanese put no blanks between words: there a character is one.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_NUMBERS = re.compile(rb"[0-9](?:[0-9 ]*[0-9])?")  # one, or several in a row
_BLANKED = bytes(code if code >= 0x80 or chr(code).isalnum() else 0x20 for code in range(0x100))  # noqa: PLR2004 - ASCII


class Sketch(NamedTuple):
    """Of what one case asks.

    Attributes:
        same: a hash of its words, whatever their case, their punctuation and the blanks between them.
        alike: the same with all numbers taken for one.
        samples: of its runs of five words, numbers again taken for one; `NO_SAMPLES` of a short text.
    """

    same: int
    alike: int
    samples: bytes


def sketch(case: Case, placeholders: Collection[str]) -> Sketch:
    """Sketch what a model is asked: what the prompt shows of the input, earlier turns, files and results of tools.

    Two cases with different files, tools or results are never alike, whatever their words.

    Args:
        case: any.
        placeholders: of the prompt; inputs that it does not show do not tell cases apart.
    """
    beside = b"" if case.is_plain else _beside(case)
    words = _words("\n".join(_texts(case, placeholders)).casefold())
    masked = _NUMBERS.sub(b"0", words)
    same = hashed(beside + b"\n" + words)
    alike = same if masked == words else hashed(beside + b"\n" + masked)
    return Sketch(same=same, alike=alike, samples=_samples(masked, crc32(beside)))


def hashed(text: bytes) -> int:
    """64 bits of BLAKE2b."""
    return int.from_bytes(hashlib.blake2b(text, digest_size=_HASH_BYTES).digest())


def _words(text: str) -> bytes:
    """With one blank between them; of a text without any, all but its blanks."""
    if text.isascii():
        words = b" ".join(text.encode("ascii").translate(_BLANKED).split())
    else:
        words = " ".join(_WORD.findall(text)).encode("utf-8", "surrogatepass")
    return words or " ".join(text.split()).encode("utf-8", "surrogatepass")


def _texts(case: Case, placeholders: Collection[str]) -> Iterator[str]:
    values = values_of(case)
    for name in sorted(placeholders):
        if name in values:
            yield as_text(values[name])
    for turn in case.messages:
        yield as_text(turn.content)


def _beside(case: Case) -> bytes:
    """Everything of a case that is no words of the conversation."""
    shown = case.model_dump(mode="json", include={"messages", "tools", "tool_results", "attachments"})
    for turn in shown["messages"]:
        turn.pop("content", None)
    return json.dumps(shown, sort_keys=True).encode()


def _samples(words: bytes, beside: int) -> bytes:
    """Of runs of words that stand with blanks between them; the checksums begin with that of what is beside them."""
    sums = array("I", map(crc32, words.split(), repeat(beside)) if beside else map(crc32, words.split())).tobytes()
    width = RUN * _WORD_BYTES
    if len(sums) < FEWEST * _WORD_BYTES:
        return NO_SAMPLES
    values = sorted(map(crc32, [sums[start : start + width] for start in range(0, len(sums) - width + 1, _WORD_BYTES)]))
    values.append(values[0] + 2**32)  # behind the last comes the first again, with the same low bits
    return _PACKED.pack(*[values[bisect_left(values, bound)] & _LOW for bound in _BOUNDS])
