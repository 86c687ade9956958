"""Personal data in cases: a conservative set of patterns, each with a check where its kind has one."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from brainswap.core.cases import Case

_TEXT_LIMIT = 200_000  # characters of one value that are looked at

_EXAMPLE_DOMAINS = re.compile(
    r"@(?:[\w-]+\.)*example(?:\.(?:com|org|net))?$|\.(?:example|test|invalid)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    pattern: re.Pattern[str]
    real: Callable[[str], bool]


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _luhn(text: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(_digits(text))):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the digit sum of 10 to 18
    return total % 10 == 0 and bool(text)


def _iban(text: str) -> bool:
    """ISO 13616-1: the rearranged number leaves 1 by 97."""
    compact = text.replace(" ", "").upper()
    number = "".join(str(int(character, 36)) for character in compact[4:] + compact[:4])
    return int(number) % 97 == 1


def _not_an_example(text: str) -> bool:
    """RFC 2606 and RFC 6761 reserve names for documentation; nobody's mail arrives there."""
    return not _EXAMPLE_DOMAINS.search(text)


_KINDS: Mapping[str, _Kind] = {
    "e-mail address": _Kind(
        pattern=re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"),
        real=_not_an_example,
    ),
    "payment card": _Kind(pattern=re.compile(r"(?<![\d-])(?:\d[ -]?){13,18}\d(?![\d-])"), real=_luhn),
    "bank account (IBAN)": _Kind(
        pattern=re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), real=_iban
    ),
    "US social security number": _Kind(
        pattern=re.compile(r"\b(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b"), real=bool
    ),
}


def kinds_in(text: str) -> frozenset[str]:
    """The kinds of personal data that a text holds; names and postal addresses are beyond patterns."""
    head = text[:_TEXT_LIMIT]
    return frozenset(
        name for name, kind in _KINDS.items() if any(kind.real(match.group()) for match in kind.pattern.finditer(head))
    )


def kinds_in_case(case: Case) -> frozenset[str]:
    """The kinds in what a model would be sent: the input alone."""
    return frozenset().union(*(kinds_in(text) for text in _texts(case.input.values())))


def _texts(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from _texts(value.values())
        elif isinstance(value, list | tuple):
            yield from _texts(value)
        elif isinstance(value, int | float):
            yield str(value)
