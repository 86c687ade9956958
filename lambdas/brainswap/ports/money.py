"""The money of runs, and who says what models cost."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from brainswap.core.money.price_lines import CandidatePrice


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The money of a run, in US dollars.

    Attributes:
        spent: what answers cost, by purpose (``source``, ``targets``, ``judge``, ``improving``).
        reserved: set aside for calls under way, and for calls of workers that ended without a word.
        uncertain: of calls that broke off and may have to be paid.
        calls: that were answered, by purpose.
    """

    spent: Mapping[str, Decimal]
    reserved: Decimal
    uncertain: Decimal
    calls: Mapping[str, int]

    @property
    def committed(self) -> Decimal:
        """What a cap is held against."""
        return sum(self.spent.values(), Decimal(0)) + self.reserved + self.uncertain


class Purse(Protocol):
    """The money of runs, shared by all their workers; every change is atomic and exact."""

    def reserve(self, run_id: str, amount: Decimal, cap: Decimal) -> bool:
        """Set ``amount`` aside; False, and nothing changes, when the run would then be committed beyond ``cap``."""
        ...

    def settle(
        self, run_id: str, purpose: str, *, reserved: Decimal, spent: Decimal, uncertain: Decimal, calls: int
    ) -> None:
        """Give back what was ``reserved`` and count what it turned into."""
        ...

    def balance(self, run_id: str) -> Balance: ...


class PriceSource(Protocol):
    """Who says what models cost, besides the workload and the project's own table."""

    def prices(self, model_ids: Collection[str], region: str) -> "Mapping[str, Sequence[CandidatePrice]]":
        """What is said of each model, by its id as given; who does not answer is a note, never an error."""
        ...
