"""Stems of English words: Porter 1980, "An algorithm for suffix stripping", with the departures of NLTK's stemmer.

ROUGE as everybody reports it rests on these departures: irregular words, ``-ies`` and ``-ied`` of four letters, ``-y``
after a consonant, ``-ally``, ``-fully``, ``-logy``. Terms are the paper's: the *measure* of a stem is how often a vowel
is followed by a consonant.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

_VOWELS = frozenset("aeiou")
_SHORTEST = 3  # letters of a word that has a stem
_REMEMBERED = 40  # letters of the longest word whose stem is remembered; the answers that are stemmed are untrusted
_FOUR = 4
_IRREGULAR = {
    "skies": "sky",
    "sky": "sky",
    "dying": "die",
    "lying": "lie",
    "tying": "tie",
    "news": "news",
    "innings": "inning",
    "inning": "inning",
    "outings": "outing",
    "outing": "outing",
    "cannings": "canning",
    "canning": "canning",
    "howe": "howe",
    "proceed": "proceed",
    "exceed": "exceed",
    "succeed": "succeed",
}

Rules = Sequence[tuple[str, str]]

_PLURALS: Rules = (("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", ""))
_DOUBLE_SUFFIXES: Rules = (
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
)
_ADJECTIVES: Rules = (
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
)
_SUFFIXES: Rules = tuple(
    (suffix, "")
    for suffix in (
        *("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion"),
        *("ou", "ism", "ate", "iti", "ous", "ive", "ize"),
    )
)


def stem(word: str) -> str:
    """The stem of a word of a-z and 0-9 in lower case, in time proportional to its length."""
    if len(word) > _REMEMBERED:
        return _stem(word)
    return _remembered(word)


@lru_cache(maxsize=2**16)
def _remembered(word: str) -> str:
    return _stem(word)


def _stem(word: str) -> str:
    if (irregular := _IRREGULAR.get(word)) is not None:
        return irregular
    if len(word) < _SHORTEST:
        return word
    word = _without_y(_without_ed_and_ing(_singular(word)))
    word = _with_a_single_suffix(word)
    word = _replaced(word, _ADJECTIVES, lambda rest: _measure(rest) > 0)
    word = _replaced(word, _SUFFIXES, lambda rest: _measure(rest) > 1, of_ion=True)
    return _tidy(word)


def _singular(word: str) -> str:
    """Step 1a."""
    if word.endswith("ies") and len(word) == _FOUR:
        return word[:-1]
    return _replaced(word, _PLURALS, lambda _rest: True)


def _without_ed_and_ing(word: str) -> str:
    """Step 1b."""
    if word.endswith("ied"):
        return word[:-1] if len(word) == _FOUR else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    rest = word.removesuffix("ed") if word.endswith("ed") else word.removesuffix("ing")
    if rest == word or "v" not in _shape(rest):
        return word
    if rest.endswith(("at", "bl", "iz")):
        return f"{rest}e"
    if _ends_in_a_double_consonant(rest):
        return rest if rest[-1] in "lsz" else rest[:-1]
    return f"{rest}e" if _measure(rest) == 1 and _ends_short(rest) else rest


def _without_y(word: str) -> str:
    """Step 1c."""
    rest = word.removesuffix("y")
    return f"{rest}i" if rest != word and len(rest) > 1 and _shape(rest)[-1] == "c" else word


def _with_a_single_suffix(word: str) -> str:
    """Step 2."""
    if word.endswith("alli") and _measure(word[:-4]) > 0:
        word = word[:-2]
    if word.endswith("logi"):  # no other rule ends so
        return word[:-1] if _measure(word[:-3]) > 0 else word
    return _replaced(word, _DOUBLE_SUFFIXES, lambda rest: _measure(rest) > 0)


def _tidy(word: str) -> str:
    """Steps 5a and 5b."""
    if word.endswith("e"):
        rest = word[:-1]
        measure = _measure(rest)
        if measure > 1 or (measure == 1 and not _ends_short(rest)):
            word = rest
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word


def _replaced(word: str, rules: Rules, applies: Callable[[str], bool], *, of_ion: bool = False) -> str:
    """The word by the first rule whose suffix it has; as it is where that rule does not apply to what remains."""
    for suffix, replacement in rules:
        if word.endswith(suffix):
            rest = word[: -len(suffix)]
            if applies(rest) and not (of_ion and suffix == "ion" and rest[-1] not in "st"):
                return rest + replacement
            return word
    return word


def _shape(word: str) -> str:
    """``c`` or ``v`` for each letter; y is a vowel after a consonant, and whatever is no letter is a consonant."""
    shape: list[str] = []
    for letter in word:
        vowel = letter in _VOWELS or (letter == "y" and shape[-1:] == ["c"])
        shape.append("v" if vowel else "c")
    return "".join(shape)


def _measure(rest: str) -> int:
    return _shape(rest).count("vc")


def _ends_in_a_double_consonant(word: str) -> bool:
    return word[-1:] == word[-2:-1] and _shape(word)[-1:] == "c"


def _ends_short(word: str) -> bool:
    """The paper's ``*o``; NLTK has it also of a vowel with a consonant and nothing before them."""
    shape = _shape(word)
    return (shape[-3:] == "cvc" and word[-1] not in "wxy") or shape == "vc"
