"""What a search is told, in the form in which it is kept."""

from dataclasses import dataclass
from decimal import Decimal

from brainswap.core.answers import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one case with one prompt.

    Attributes:
        quality: in [0, 1]; None where nobody could tell, and then the case counts for no prompt.
        feedback: what was wrong, in words for whoever rewrites the prompt; empty where nothing was.
        answer: as it came, for the same reader.
        latency_ms: None where nothing was measured.
        usd: None where the price is unknown.
    """

    case_id: str
    quality: float | None
    feedback: str = ""
    answer: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    latency_ms: float | None = None
    usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the reflecting model said; None where it did not answer."""

    text: str | None
    usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What answers took.

    Attributes:
        calls: that this run made.
        cached: answers that an earlier run asked for.
        usd: None where a price is unknown.
    """

    calls: int = 0
    cached: int = 0
    usd: Decimal | None = Decimal(0)
    origins: tuple[Origin, ...] = ()

    def __add__(self, other: "Paid") -> "Paid":
        return Paid(
            calls=self.calls + other.calls,
            cached=self.cached + other.cached,
            usd=None if self.usd is None or other.usd is None else self.usd + other.usd,
            origins=tuple(sorted({*self.origins, *other.origins})),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a step; the list that belongs to its kind is filled.

    Attributes:
        remarks: what there is to say of it beside.
    """

    outcomes: tuple[tuple[Outcome, ...], ...] = ()
    replies: tuple[Reply, ...] = ()
    refused: tuple[tuple[str, ...], ...] = ()
    remarks: tuple[str, ...] = ()
    paid: Paid = Paid()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStep:
    """What became of a step; ``step`` is the fingerprint of what was asked for."""

    step: str
    result: Result
