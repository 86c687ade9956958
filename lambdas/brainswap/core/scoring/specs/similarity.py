"""Scorers of how much an answer is like a reference, by characters or by words."""

from typing import Literal

from pydantic import Field

from brainswap.core.scoring.specs.base import BaseSpec


class SimilaritySpec(BaseSpec):
    """What the scorers of similarity share.

    Attributes:
        threshold: from this similarity on the score is 1 and below it is 0; the similarity itself where it is left out.
    """

    threshold: float | None = Field(default=None, gt=0, le=1)


class LevenshteinSpec(SimilaritySpec):
    """The share of the longer text that need not be inserted, deleted or replaced to make one out of the other."""

    type: Literal["levenshtein"]
    ignore_case: bool = False


class RougeSpec(SimilaritySpec):
    """ROUGE, by words of a-z and 0-9: how many words, pairs of words, or words in sequence answer and reference share.

    Attributes:
        variant: shared words (``rouge1``), pairs of neighbours (``rouge2``), longest common subsequence (``rougeL``).
        measure: of what is shared, the share in the answer (``precision``), in the reference (``recall``), or the
            harmonic mean of both (``f1``).
        stemming: compare English words by their stems.
    """

    type: Literal["rouge"]
    variant: Literal["rouge1", "rouge2", "rougeL"] = "rougeL"
    measure: Literal["f1", "precision", "recall"] = "f1"
    stemming: bool = False


class BleuSpec(SimilaritySpec):
    """BLEU of a sentence: how many sequences of up to four words of the answer are in the reference, from 0 to 1."""

    type: Literal["bleu"]
