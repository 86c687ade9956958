"""Instructions about words and letters that an answer has to have, or must not have."""

from collections.abc import Sequence

from brainswap.core.scoring.instructions.finding import Finding, Relation, counted
from brainswap.core.scoring.quoting import quote

_NAMED = 5  # words that a reason lists


def existence(text: str, *, keywords: Sequence[str]) -> Finding:
    """Every keyword occurs, in any case, be it inside another word."""
    lowered = text.lower()
    missing = [keyword for keyword in keywords if keyword.lower() not in lowered]
    return Finding(followed=not missing, found=f"without {_listed(missing)}" if missing else "with every keyword")


def frequency(text: str, *, keyword: str, frequency: int, relation: Relation) -> Finding:
    """Occurrences inside other words count, as in `existence`."""
    number = text.lower().count(keyword.lower())
    return counted(number, f"occurrences of {quote(keyword)}", relation, frequency)


def forbidden_words(text: str, *, forbidden_words: Sequence[str]) -> Finding:
    """None occurs as a word of its own, in any case."""
    lowered = text.lower()
    present = [word for word in forbidden_words if _occurs_alone(word.lower(), lowered)]
    return Finding(followed=not present, found=f"with {_listed(present)}" if present else "with no forbidden word")


def letter_frequency(text: str, *, letter: str, let_frequency: int, let_relation: Relation) -> Finding:
    """In any case."""
    number = text.lower().count(letter.lower())
    return counted(number, f"occurrences of {quote(letter)}", let_relation, let_frequency)


def _occurs_alone(word: str, text: str) -> bool:
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        joined_before = start > 0 and _of_word(word[0]) and _of_word(text[start - 1])
        joined_after = end < len(text) and _of_word(word[-1]) and _of_word(text[end])
        if not joined_before and not joined_after:
            return True
        start = text.find(word, start + 1)
    return False


def _of_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return f"{', '.join(map(quote, words[:_NAMED]))}{more}"
