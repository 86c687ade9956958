"""Instructions about how long an answer is, in sentences, words and paragraphs."""

import re

from brainswap.core.scoring.instructions.finding import Finding, Relation, counted, exactly
from brainswap.core.scoring.instructions.sentences import count_sentences
from brainswap.core.scoring.quoting import quote

_WORD = re.compile(r"\w+")
_ENDS_A_FIRST_WORD = re.compile(r"[.,?!'\"]")


def number_sentences(text: str, *, num_sentences: int, relation: Relation) -> Finding:
    return counted(count_sentences(text), "sentences", relation, num_sentences)


def number_words(text: str, *, num_words: int, relation: Relation) -> Finding:
    """A word is a run of letters, digits and underscores: ``don't`` is two."""
    return counted(sum(1 for _ in _WORD.finditer(text)), "words", relation, num_words)


def number_paragraphs(text: str, *, num_paragraphs: int) -> Finding:
    """Paragraphs are parted by ``***``; an empty one may stand first and last, and nowhere else."""
    paragraphs = [paragraph.strip() for paragraph in text.split("***")]
    if not all(paragraphs[1:-1]):
        return Finding(followed=False, found="an empty paragraph between two dividers")
    return exactly(sum(map(bool, paragraphs)), "paragraphs parted by ***", num_paragraphs)


def nth_paragraph_first_word(text: str, *, num_paragraphs: int, nth_paragraph: int, first_word: str) -> Finding:
    """Paragraphs are parted by an empty line.

    Empty paragraphs are not counted, but they take up a position, as they do in IFEval.
    """
    paragraphs = [paragraph.strip() for paragraph in text.split("\n\n")]
    number = sum(map(bool, paragraphs))
    if number != num_paragraphs:
        return exactly(number, "paragraphs", num_paragraphs)
    paragraph = paragraphs[nth_paragraph - 1] if nth_paragraph <= number else ""
    if not paragraph:
        return Finding(followed=False, found=f"no paragraph {nth_paragraph}")
    word = _ENDS_A_FIRST_WORD.split(paragraph.split(maxsplit=1)[0].lstrip("'").lstrip('"'), maxsplit=1)[0]
    return Finding(
        followed=word.lower() == first_word.lower(),
        found=f"paragraph {nth_paragraph} starts with {quote(word)} where {quote(first_word)} is asked for",
    )
