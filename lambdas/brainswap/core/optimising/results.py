"""What a search is told, in the form in which it is kept."""

from dataclasses import dataclass


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
class Result:
    """What became of a step; the list that belongs to its kind is filled."""

    outcomes: tuple[tuple[Outcome, ...], ...] = ()
    replies: tuple[Reply, ...] = ()
    refused: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStep:
    """What became of a step; ``step`` is the fingerprint of what was asked for."""

    step: str
    result: Result
