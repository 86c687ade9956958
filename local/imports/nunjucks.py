"""Nunjucks, as far as it is plain substitution: everything else is found and told, and nothing is evaluated."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from brainswap.core.prompts.template import as_text

_NAME = r"[A-Za-z][A-Za-z0-9_.]*"
_PLAIN = re.compile(rf"\{{\{{-?\s*({_NAME})\s*(?:\|\s*safe\s*)?-?\}}\}}")
_OURS = re.compile(rf"\{{\{{\s*{_NAME}\s*\}}\}}")
_DUMPED = re.compile(rf"\{{\{{-?\s*({_NAME})\s*\|\s*dump\s*(?:\|\s*safe\s*)?-?\}}\}}")
_OPENED = re.compile(r"\{\{[^{}\n]{0,200}(?:\}\}|)|\{%[^{}\n]{0,200}(?:%\}|)|\{#[^{}\n]{0,200}(?:#\}|)")


_LONGEST = 1_000_000  # characters of a text that is put together


class NotPlainError(ValueError):
    """A text holds more of Nunjucks than substitution; the message is the first such piece."""


def plain(text: str) -> str:
    """The text with every substitution in the form ``{{name}}``; what is more than that stays as it is.

    White space around a placeholder is kept even where ``{{-`` would remove it, and ``safe`` does nothing, because
    promptfoo escapes nothing.
    """
    return _PLAIN.sub(lambda match: f"{{{{{match.group(1)}}}}}", text)


def quoted(text: str) -> str:
    """For JSON: a value that is written by the filter ``dump`` is a text in quotation marks with a placeholder."""
    return _DUMPED.sub(lambda match: f'"{{{{{match.group(1)}}}}}"', text)


def others(text: str) -> Iterator[str]:
    """Each piece of a text that is Nunjucks and no plain substitution."""
    for match in _OPENED.finditer(text):
        if not _OURS.fullmatch(match.group()):
            yield match.group()


def names(text: str) -> Iterator[str]:
    """The names that a text substitutes; they may lead into a value with dots."""
    for match in _PLAIN.finditer(text):
        yield match.group(1)


def value_of(name: str, variables: Mapping[str, Any]) -> Any:
    """The value that a name stands for, by its parts where it has dots; None where there is none."""
    if name in variables:
        return variables[name]
    value: Any = variables
    for part in name.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and len(part) < len("1000000") and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def filled(text: str, variables: Mapping[str, Any]) -> str:
    """The text with the values of its names, as promptfoo renders them: nothing for what is not there.

    Raises:
        NotPlainError: it holds more than substitution.
    """
    found = next(others(plain(text)), None) if "{" in text else None
    if found is not None:
        raise NotPlainError(found)
    length = 0

    def shown(match: re.Match[str]) -> str:
        nonlocal length
        value = value_of(match.group(1), variables)
        said = "" if value is None else as_text(value)
        length += len(said)
        if length > _LONGEST:
            raise NotPlainError("a text that becomes too long once its names are replaced")
        return said

    return _PLAIN.sub(shown, text)


def filled_within(value: Any, variables: Mapping[str, Any]) -> Any:
    """`filled` for every text inside a value of JSON's types."""
    if isinstance(value, str):
        return filled(value, variables)
    if isinstance(value, Mapping):
        return {key: filled_within(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [filled_within(each, variables) for each in value]
    return value
