"""Scorers of how much an answer is like a reference: ``levenshtein``, ``rouge`` and ``bleu``.

Where there are several references, the one that the answer is most like counts. Of a very long text, a part is
compared and the rest counts as different, so that the similarity can only be higher than what is said; the reason says
which part.
"""

from collections.abc import Callable, Mapping, Sized
from typing import Any

from rapidfuzz.distance import Levenshtein

from brainswap.core.scoring.bleu import Sentence, bleu, sentence
from brainswap.core.scoring.family import Family, TextFamily
from brainswap.core.scoring.references import UnusableReferenceError, texts
from brainswap.core.scoring.rouge import LONGEST_SEQUENCE, Words, rouge, words
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import BleuSpec, LevenshteinSpec, RougeSpec, SimilaritySpec

COMPARED = 20_000
"""Characters of a text that ``levenshtein`` looks at, because its time grows with the product of both lengths."""


def similarity_problem(_spec: SimilaritySpec) -> str | None:
    return None


def levenshtein_expected(spec: LevenshteinSpec, reference: Any) -> tuple[str, ...]:
    expected = texts(reference)
    if not all(expected):
        raise UnusableReferenceError("the reference is blank, and nothing is like that")
    return tuple(map(str.casefold, expected)) if spec.ignore_case else expected


def compile_levenshtein(spec: LevenshteinSpec) -> Callable[[str, tuple[str, ...]], Score]:
    def compare(text: str, expected: tuple[str, ...]) -> Score:
        said = text.strip()
        if spec.ignore_case:
            said = said.casefold()
        best = max(levenshtein(said, each) for each in expected)
        cut = max(len(said), *map(len, expected)) > COMPARED
        part = f", by the first {COMPARED:,} characters" if cut else ""
        return _judged(spec, best, f"by characters {_against(expected)}{part}")

    return compare


def levenshtein(said: str, expected: str) -> float:
    """1 - distance / length of the longer one, for two texts of which one at least is not empty; see the module."""
    if said == expected:
        return 1.0
    start, other = said[:COMPARED], expected[:COMPARED]
    alike = max(len(start), len(other)) - Levenshtein.distance(start, other)
    return alike / max(len(said), len(expected))


def rouge_expected(spec: RougeSpec, reference: Any) -> tuple[Words, ...]:
    expected = tuple(words(each, stemming=spec.stemming) for each in texts(reference))
    if not all(expected):
        raise UnusableReferenceError("the reference has no words of a-z and 0-9, which are all that ROUGE knows")
    return expected


def compile_rouge(spec: RougeSpec) -> Callable[[str, tuple[Words, ...]], Score]:
    def compare(text: str, expected: tuple[Words, ...]) -> Score:
        said = words(text, stemming=spec.stemming)
        best = max((rouge(spec.variant, said, each) for each in expected), key=lambda found: found.of(spec.measure))
        cut = spec.variant == "rougeL" and max(len(said), *map(len, expected)) > LONGEST_SEQUENCE
        part = f", by the first {LONGEST_SEQUENCE:,} words" if cut else ""
        return _judged(spec, best.of(spec.measure), f"{spec.measure} of {spec.variant} {_against(expected)}{part}")

    return compare


def bleu_expected(_spec: BleuSpec, reference: Any) -> tuple[Sentence, ...]:
    expected = tuple(map(sentence, texts(reference)))
    if not all(each.length for each in expected):
        raise UnusableReferenceError("the reference is blank, and nothing is like that")
    return expected


def compile_bleu(spec: BleuSpec) -> Callable[[str, tuple[Sentence, ...]], Score]:
    def compare(text: str, expected: tuple[Sentence, ...]) -> Score:
        return _judged(spec, max(bleu(text, each) for each in expected), f"BLEU {_against(expected)}")

    return compare


def _judged(spec: SimilaritySpec, similarity: float, reason: str) -> Score:
    said = f"{similarity:.4f} {reason}"
    if spec.threshold is None:
        return Score(value=similarity, reason=said)
    reached = similarity >= spec.threshold
    return Score(value=float(reached), reason=f"{said}; {'reaches' if reached else 'stays below'} {spec.threshold:g}")


def _against(expected: Sized) -> str:
    return "against the reference" if len(expected) == 1 else f"against the nearest of {len(expected)} references"


FAMILIES: Mapping[str, Family] = {
    "levenshtein": TextFamily(
        problem=similarity_problem,
        expected=levenshtein_expected,
        compile=compile_levenshtein,
    ),
    "rouge": TextFamily(problem=similarity_problem, expected=rouge_expected, compile=compile_rouge),
    "bleu": TextFamily(problem=similarity_problem, expected=bleu_expected, compile=compile_bleu),
}
