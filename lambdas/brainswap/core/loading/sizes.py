"""How long texts are, counted one by one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """Of some texts, in characters; 0 where there are none."""

    mean: float
    longest: int


class Sizes:
    """Lengths while they are being counted."""

    def __init__(self) -> None:
        self.count = 0
        self._total = 0
        self._longest = 0

    def add(self, characters: int) -> None:
        self.count += 1
        self._total += characters
        self._longest = max(self._longest, characters)

    @property
    def lengths(self) -> Lengths:
        return Lengths(mean=self._total / self.count if self.count else 0.0, longest=self._longest)
