"""Place cases in splits so that those which ask nearly the same are in one."""

from array import array
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from operator import ne

from brainswap.core.cases import Case, Split
from brainswap.core.near_duplicates.counts import NearDuplicates
from brainswap.core.near_duplicates.groups import bounded, likenesses, with_units
from brainswap.core.near_duplicates.sketches import hashed, sketch
from brainswap.core.splitting import assign_split, drawn_by_hash
from brainswap.core.workload import Splits

LARGEST = 0.5  # of the smallest split: more than that is no slip but how the cases are made

_SPLITS = tuple(Split)
_CODES = {split: code for code, split in enumerate(_SPLITS)}
_PULLS = 4  # a flag beside the number of a split: the case is in no other, and others of its group follow
_NUMBER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The split of each case of a file, a byte for each, in the order of the file.

    Attributes:
        moved: cases that would be in another split if there were no others.
    """

    codes: bytes
    moved: int
    near_duplicates: NearDuplicates

    def split(self, number: int) -> Split:
        """Of the case with this number, counted from 0."""
        return _SPLITS[self.codes[number]]

    @property
    def splits(self) -> dict[Split, int]:
        counts = Counter(self.codes)
        return {split: counts[code] for code, split in enumerate(_SPLITS)}


def split_of(case: Case, number: int, placement: Placement | None, shares: Splits) -> Split:
    """Where a case was placed, or belongs if none were.

    Args:
        case: with this number.
        number: counted from 0.
        placement: of all cases; None where nobody had to look at them together.
        shares: of the splits.
    """
    return assign_split(case, shares) if placement is None else placement.split(number)


class Placer:
    """Sees the cases one by one and keeps 65 bytes of each; placing them takes about 120 more of each for a while."""

    def __init__(self, shares: Splits, placeholders: Collection[str]) -> None:
        self._shares = shares
        self._placeholders = placeholders
        self._keys = array("Q")
        self._units = array("Q")
        self._same = array("Q")
        self._alike = array("Q")
        self._samples = bytearray()
        self._codes = bytearray()
        self._clustered = False

    def take(self, case: Case) -> None:
        found = sketch(case, self._placeholders)
        drawn, key = drawn_by_hash(case, self._shares)
        decided = case.split or (Split.TEST if case.critical else None)
        unit = found.same
        if case.cluster is not None:
            unit = hashed(case.cluster.encode("utf-8", "surrogatepass"))
            self._clustered = True
        self._keys.append(key)
        self._units.append(unit)
        self._same.append(found.same)
        self._alike.append(found.alike)
        self._samples += found.samples
        self._codes.append(_CODES[drawn] if decided is None else _CODES[decided] | _PULLS)

    def place(self) -> Placement:
        """Place a group where the cases of it belong that name a split or are critical, if they agree; else by hash.

        The hash is that of one case of the group, so that a case without near-duplicates is where it would be without
        all others. A case that names a split is in it, and a critical one that names none is in test, whatever the
        others say. Without shares of train and validation, every case is where it says.

        A group may fill half of the smallest split. The cases of a larger one are kept together as far as they are the
        same but for numbers, or else as they are the same, or of one cluster.
        """
        count = len(self._codes)
        joined = likenesses(self._same, self._alike, self._samples)
        self._samples = bytearray()
        most = largest_kept(self._shares, count)
        kept = with_units(joined, self._units) if self._clustered else joined
        codes = self._placed(bounded(kept, most, count)) if self._shares.several else self._declared
        moved = sum(map(ne, codes, self._declared))
        return Placement(
            codes=codes, moved=moved, near_duplicates=_counted(bounded(joined[-1:], count, count), codes, most)
        )

    @property
    def _declared(self) -> bytes:
        return bytes(code & _NUMBER for code in self._codes)

    def _placed(self, groups: "array[int]") -> bytes:
        """The code of each case's split."""
        first = array("Q", self._keys)  # by the number that stands for a group, the smallest key in it
        drawn = bytearray(self._declared)
        pulls = bytearray(len(groups))
        for number, group in enumerate(groups):
            if self._keys[number] < first[group]:
                first[group], drawn[group] = self._keys[number], self._codes[number] & _NUMBER
            if self._codes[number] & _PULLS:
                pulls[group] |= 1 << (self._codes[number] & _NUMBER)
        pulled = {1 << code: code for code in range(len(_SPLITS))}
        placed = bytearray(len(groups))
        for number, group in enumerate(groups):
            code = self._codes[number]
            placed[number] = code & _NUMBER if code & _PULLS else pulled.get(pulls[group], drawn[group])
        return bytes(placed)


def near_duplicate_warnings(found: NearDuplicates, shares: Splits) -> Iterator[str]:
    """What remains apart, and why."""
    if not found.apart:
        return
    told = f"{found.apart:,} cases ask nearly the same as cases of another split"
    if found.largest > found.most and shares.several:
        yield (
            f"{told}: up to {found.largest:,} are alike, and more than {found.most:,} cannot be kept together without "
            "filling the smallest split; what is learned of such a template is known in the test as well. Give cases "
            "that belong together a `cluster`, or name their `split`"
        )
    else:
        yield f"{told}, because they, or others of their cluster, name a `split` or are critical; name one for all"


def largest_kept(shares: Splits, count: int) -> int:
    """How many near-duplicates are kept together: half of the smallest split, and two in any case."""
    smallest = min(share for share in (shares.train, shares.validation, shares.test) if share > 0)
    return max(2, int(LARGEST * smallest * count))


def _counted(groups: "array[int]", codes: bytes, most: int) -> NearDuplicates:
    sizes = array("I", bytes(4 * len(groups)))
    seen = bytearray(len(groups))
    for group, code in zip(groups, codes, strict=True):
        sizes[group] += 1
        seen[group] |= 1 << code
    torn = {1 << code for code in range(len(_SPLITS))}
    alike = [(size, splits) for size, splits in zip(sizes, seen, strict=True) if size > 1]
    return NearDuplicates(
        cases=sum(size for size, _ in alike),
        groups=len(alike),
        largest=max((size for size, _ in alike), default=0),
        apart=sum(size for size, splits in alike if splits not in torn),
        most=most,
    )
