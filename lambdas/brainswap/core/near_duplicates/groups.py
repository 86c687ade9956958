"""Which cases belong together: each level joins more of them, and a group that grows too large falls back a level."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise

from brainswap.core.near_duplicates.sketches import SAMPLE_BYTES, SAMPLES
from brainswap.core.near_duplicates.unions import Unions

LIKE = 0.75  # of the samples are shared: by 98% of the pairs that share 0.9 of their runs, 80% at 0.8, 4% at 0.5
BAND = 4  # samples that are looked up together: 98.6% of the pairs meet at 0.9, 88% at 0.8

_BANDS = SAMPLES // BAND
_NEIGHBOURS = 4
_ENOUGH = round(LIKE * SAMPLES)


def likenesses(same: Sequence[int], alike: Sequence[int], samples: bytearray) -> tuple[Unions, ...]:
    """Join the cases of the same words; then those of the same but for numbers; then those of similar words.

    Args:
        same: by case, see `brainswap.core.near_duplicates.sketches.Sketch`; and so the others.
        alike: likewise.
        samples: of all cases in a row.
    """
    words = Unions(len(same))
    _join_equals(words, same)
    but_for_numbers = words.copy()
    distinct = _join_equals(but_for_numbers, alike)
    similar = but_for_numbers.copy()
    _join_similar(similar, distinct, samples)
    return words, but_for_numbers, similar


def with_units(joined: Sequence[Unions], units: Sequence[int]) -> tuple[Unions, ...]:
    """Levels in which the cases of a unit are together as well; the first of them holds nothing but units.

    Args:
        joined: by level.
        units: by case, the hash of its cluster, or of its words where it has none.
    """
    unit = Unions(len(units))
    _join_equals(unit, units)
    return unit, *(_united(level, unit, len(units)) for level in joined)


def _united(level: Unions, unit: Unions, count: int) -> Unions:
    both = level.copy()
    for number in range(count):
        both.join(number, unit.find(number))
    return both


def bounded(joined: Sequence[Unions], most: int, count: int) -> "array[int]":
    """By case, the number that stands for its group at the last level at which that is small enough, or at the first.

    Args:
        joined: by level, each of which joins more than the one before.
        most: cases in a group; that of the first level may be larger.
        count: of the cases.
    """
    last = joined[-1]
    if max(last.sizes(), default=0) <= most:
        return array("I", map(last.find, range(count)))
    found = array("I", bytes(4 * count))
    sizes = [level.sizes() for level in joined]
    for number in range(count):
        for level, known in zip(reversed(joined), reversed(sizes), strict=True):
            root = level.find(number)
            if known[root] <= most:
                break
        found[number] = root
    return found


def _join_equals(unions: Unions, values: Sequence[int]) -> "array[int]":
    """Join those of equal value; return one number of each value."""
    distinct = array("I")
    previous = None
    for packed in sorted([value << 32 | number for number, value in enumerate(values)]):
        value, number = packed >> 32, packed & 0xFFFFFFFF
        if value == previous:
            unions.join(distinct[-1], number)
        else:
            distinct.append(number)
        previous = value
    return distinct


def _join_similar(unions: Unions, distinct: Sequence[int], samples: bytearray) -> None:
    """Join those that share enough samples, of all who meet in a band."""
    for band in range(_BANDS):
        for met in _meeting(distinct, samples, band):
            ordered = sorted(met, key=lambda number: _of(number, samples))
            for place, number in enumerate(ordered):
                for other in ordered[place + 1 : place + 1 + _NEIGHBOURS]:
                    if unions.find(number) != unions.find(other) and _shared(number, other, samples) >= _ENOUGH:
                        unions.join(number, other)


def _meeting(distinct: Sequence[int], samples: bytearray, band: int) -> Iterator[list[int]]:
    """Each two or more whose samples are the same in a band; zeros are of texts that have none."""
    of_band = memoryview(samples).cast("Q")[band::_BANDS]  # four samples of two bytes each
    keys = sorted([key << 32 | number for number in distinct if (key := of_band[number])])
    if not keys:
        return
    met = [keys[0]]
    for before, packed in pairwise(keys):
        if (before ^ packed) >> 32:
            if len(met) > 1:
                yield [each & 0xFFFFFFFF for each in met]
            met = [packed]
        else:
            met.append(packed)
    if len(met) > 1:
        yield [each & 0xFFFFFFFF for each in met]


def _of(number: int, samples: bytearray) -> bytearray:
    return samples[number * SAMPLE_BYTES : (number + 1) * SAMPLE_BYTES]


def _shared(one: int, other: int, samples: bytearray) -> int:
    pairs = zip(memoryview(_of(one, samples)).cast("H"), memoryview(_of(other, samples)).cast("H"), strict=True)
    return sum(mine == yours for mine, yours in pairs)
