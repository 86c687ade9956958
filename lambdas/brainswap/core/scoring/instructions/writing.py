"""Instructions about the language of an answer, its case and its commas."""

import re

from brainswap.core.scoring.instructions.finding import Finding, Relation, counted
from brainswap.core.scoring.instructions.languages import LANGUAGES, language_of
from brainswap.core.scoring.quoting import quote

# What parts words in the tokens of the Penn Treebank, by which IFEval counts the words in capitals.
_BETWEEN_WORDS = re.compile(
    r"""[\s"\u201c\u201d\u2018\u2019\u201e«»`;@#$%&?!()\[\]{}<>]+|--+|\.\.\.|[:,](?!\d)|'(?=\s|$)"""
)
# I'M and DON'T are two words each, and some that people run together are, too.
_CONTRACTION = re.compile(
    r"(?<=[^'])(?='(?:S|M|D|LL|RE|VE)$)|(?<=.)(?=N'T$)|(?<=^CAN)(?=NOT$)|(?<=^GON)(?=NA$)|(?<=^GOT)(?=TA$)"
    r"|(?<=^LEM)(?=ME$)|(?<=^GIM)(?=ME$)|(?<=^WAN)(?=NA$)"
)


def response_language(text: str, *, language: str) -> Finding:
    """A text of which nobody could tell the language counts as following, as in IFEval."""
    return _in_language(text, language)


def _in_language(text: str, language: str) -> Finding:
    spoken = language_of(text)
    if spoken is None:
        return Finding(followed=True, found="no words of which the language could be told")
    return Finding(
        followed=spoken == language, found=f"in {LANGUAGES[spoken]} where {LANGUAGES[language]} is asked for"
    )


def capital_word_frequency(text: str, *, capital_frequency: int, capital_relation: Relation) -> Finding:
    words = (word for word in _BETWEEN_WORDS.split(text) if word and word.isupper())
    number = sum(len(_CONTRACTION.split(word)) for word in words)
    return counted(number, "words in capitals", capital_relation, capital_frequency)


def english_capital(text: str) -> Finding:
    if not text.isupper():
        return _wrong_case(next(filter(str.islower, text), None))
    return _in_language(text, "en")


def english_lowercase(text: str) -> Finding:
    if not text.islower():
        return _wrong_case(next(filter(str.isupper, text), None))
    return _in_language(text, "en")


def no_comma(text: str) -> Finding:
    number = text.count(",")
    return Finding(followed=number == 0, found=f"{number:,} comma{'' if number == 1 else 's'}")


def _wrong_case(first: str | None) -> Finding:
    return Finding(followed=False, found="no letters" if first is None else f"the letter {quote(first)}")
