"""Texts that a judge looks at and must not obey: set apart by a code that none of them holds."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SHOWN = 60_000  # characters of one text that a judge is shown; what is longer is cut, and the judge is told

_CODE_LENGTH = 20  # of hexadecimal digits, 80 bits: nobody guesses it


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One text for the judge.

    Attributes:
        name: of the element that it goes into.
        title: what it is, in the judge's own instructions.
        text: from outside, whatever it holds.
    """

    name: str
    title: str
    text: str


def set_apart(materials: Sequence[Material], salt: str) -> str:
    """The texts, each in an element whose name ends in a code that stands in the first line.

    The code depends on the texts and the salt alone, so that the same question is asked in the same words, and a cached
    judgement is found again. Whoever writes one of the texts would have to foresee a hash of all of them to end an
    element early; a text that holds the code all the same makes it another one.

    Args:
        materials: with names that differ.
        salt: of the run's cases.
    """
    texts = {material.name: sendable(material.text) for material in materials}
    code = code_for(texts, salt)
    parts = [f"The code of this request is {code}."]
    for material in materials:
        text = texts[material.name]
        rest = len(text) - SHOWN
        cut = f" (its first {SHOWN:,} characters; {rest:,} more are not shown)" if rest > 0 else ""
        parts.append(f"{material.title}{cut}:\n{_element(material.name, code, text[:SHOWN])}")
    return "\n\n".join(parts)


def sendable(text: str) -> str:
    """Without the lone surrogates that no request can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def code_for(texts: Mapping[str, str], salt: str) -> str:
    """A code that no text holds, however it is spelt."""
    content = json.dumps([salt, sorted(texts.items())], ensure_ascii=False)
    levelled = [_levelled(text) for text in texts.values()]
    attempt = 0
    while True:
        code = _derived(content, attempt)
        if not any(code in text for text in levelled):
            return code
        attempt += 1


def _derived(content: str, attempt: int) -> str:
    return hashlib.sha256(f"{attempt}\n{content}".encode()).hexdigest()[:_CODE_LENGTH]


def _levelled(text: str) -> str:
    """Letters and digits alone, in one spelling for all that look alike to a lenient reader."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(filter(str.isalnum, folded))


def _element(name: str, code: str, text: str) -> str:
    return f"<{name}-{code}>\n{text}\n</{name}-{code}>"
