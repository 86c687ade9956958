"""How much personal data the cases of a run hold, by kind."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from brainswap.core.personal_data.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCount:
    """Of one kind.

    Attributes:
        cases: whose input holds it.
        found: values in inputs, each time that they come.
        redacted: values that a token stands for now, in inputs and everywhere else in the cases.
    """

    cases: int
    found: int
    redacted: int


class PersonalDataCounts:
    """Counters while the cases go by."""

    def __init__(self) -> None:
        self._cases: Counter[Kind] = Counter()
        self._found: Counter[Kind] = Counter()
        self._redacted: Counter[Kind] = Counter()

    def take(self, found: Mapping[Kind, int], redacted: Mapping[Kind, int]) -> None:
        self._cases.update(found.keys())
        self._found.update(found)
        self._redacted.update(redacted)

    @property
    def by_kind(self) -> dict[Kind, KindCount]:
        """In the order of the kinds; without those of which there is nothing."""
        return {
            kind: KindCount(cases=self._cases[kind], found=self._found[kind], redacted=self._redacted[kind])
            for kind in Kind
            if self._found[kind] or self._redacted[kind]
        }
