"""Numbers as models write them, compared exactly.

The English reading comes first: ``1,234.50`` is over a thousand and ``1.234`` is a little more than one. A comma or dot
that English cannot have is read as on the Continent: ``1.234,50``, ``3,14``. Digits are grouped by commas, apostrophes,
no-break or thin spaces; an ordinary space parts two numbers. Currency and per cent signs are ignored: ``64%`` is 64.
``3/4`` and ``1 3/4`` are fractions, ``1/2/2024`` is none.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.family import Family, TextFamily
from brainswap.core.scoring.quoting import quote
from brainswap.core.scoring.references import UnusableReferenceError
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import NumberSpec

_LONGEST = 400  # characters; whatever is longer is no number that anybody meant
_LONGEST_EXPONENT = 3  # digits
_CURRENCIES = [chr(code) for code in range(0x80, 0x2100) if unicodedata.category(chr(code)) == "Sc"]
_PLAIN_SIGNS = str.maketrans(
    {
        **dict.fromkeys(_CURRENCIES, "$"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u2019\u202f", "'"),
        "\u2044": "/",
    }
)
_NUMBER = re.compile(
    r"""
    (?: (?<! [\w)\]%] ) [-+] (?= \$? [\d.] ) )?  \$?
    (?:
        (?P<english> (?!0) \d{1,3} (?: (?:,\d{3}){1,20} | (?:'\d{3}){1,20} ) (?!\d) (?: \.\d+ )?
                   | (?!0) \d{1,2} (?:,\d\d){1,20} ,\d{3} (?!\d) (?: \.\d+ )? )
      | (?P<continental> (?!0) \d{1,3} (?:\.\d{3}){1,20} ,\d+ (?![.,]?\d)
                       | (?!0) \d{1,3} (?:\.\d{3}){2,20} (?![.,]?\d)
                       | \d+ ,\d+ (?![.,]?\d) )
      | (?: \d+ (?: \.\d+ )? | (?<![\w.]) \.\d+ ) (?: [eE] [-+]? (?P<exponent> \d+ ) (?!\w) )?
    )
    """,
    re.VERBOSE,
)
_DIGIT = re.compile(r"\d")
_TO_LAST_DIGIT = re.compile(r".*\d", re.DOTALL)
_OVER = re.compile(r"/(\d{1,9})(?![/.,]?\d)")
_MIXED = re.compile(r" (\d{1,9})/(\d{1,9})(?![/.,]?\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number in a text; ``written`` is how the text has it, such as ``$1,234.50``."""

    value: Fraction
    written: str


def first_number(text: str) -> Number | None:
    """None where the text holds no number, or where its first one is out of range or divided by zero."""
    plain = _plain(text)
    found = _search(plain)
    return None if found is None else _number(text, plain, found)


def last_number(text: str) -> str | None:
    """The last number as it is written; no number holds a blank, so that it lies where the last digit does."""
    plain = _plain(text)
    digits = _TO_LAST_DIGIT.match(plain)
    if digits is None:
        return None
    word = 1 + max(plain.rfind(" ", 0, digits.end()), plain.rfind("\n", 0, digits.end()))
    last = deque(_numbers(plain, word), maxlen=1)
    return text[last[0].start() : last[0].end()] if last else None


def expected_number(reference: Any) -> Number:
    """A reference as a number: a number, or text that holds exactly one.

    Raises:
        UnusableReferenceError: it is neither.
    """
    if isinstance(reference, bool) or not isinstance(reference, int | float | str):
        raise UnusableReferenceError("the reference is not a number")
    written = as_text(reference)
    number = first_number(written)
    if number is None:
        raise UnusableReferenceError(f"the reference {quote(written)} is not a number")
    _, _, rest = written.partition(number.written)
    if _search(_plain(rest)):
        raise UnusableReferenceError(f"the reference {quote(written)} holds more than one number")
    return number


def within(value: Fraction, expected: Fraction, tolerance: float, *, relative: bool = False) -> bool:
    """Whether two numbers are equal; ``tolerance`` counts as the decimal fraction that it is written as."""
    if not tolerance:
        return value == expected
    allowed = Fraction(repr(tolerance))
    return abs(value - expected) <= (allowed * abs(expected) if relative else allowed)


def number_problem(spec: NumberSpec) -> str | None:
    return None if isfinite(spec.tolerance) else "tolerance must be a finite number"


def number_expected(_spec: NumberSpec, reference: Any) -> Number:
    return expected_number(reference)


def compile_number(spec: NumberSpec) -> Callable[[str, Number], Score]:
    allowance = f" within {spec.tolerance:g}{' of it' if spec.relative else ''}" if spec.tolerance else ""

    def compare(text: str, expected: Number) -> Score:
        number = first_number(text)
        if number is None:
            return Score(value=0.0, reason=f"no usable number in {quote(text)}")
        right = within(number.value, expected.value, spec.tolerance, relative=spec.relative)
        reason = f"{quote(number.written)} {'is' if right else 'is not'} {quote(expected.written)}{allowance}"
        return Score(value=float(right), reason=reason, extracted=number.written)

    return compare


def _plain(text: str) -> str:
    """The text with one ASCII sign for each currency, minus and space between digits; positions stay the same."""
    return text if text.isascii() else text.translate(_PLAIN_SIGNS)


def _search(plain: str) -> re.Match[str] | None:
    return next(_numbers(plain), None)


def _numbers(plain: str, position: int = 0) -> Iterator[re.Match[str]]:
    """All numbers in order; most of a long text is passed over without looking for signs and groups."""
    while digit := _DIGIT.search(plain, position):
        found = _NUMBER.search(plain, max(position, digit.start() - len("-$.")))
        if found is None:
            return
        yield found
        position = found.end()


def _number(text: str, plain: str, found: re.Match[str]) -> Number | None:
    start, end = found.span()
    if end - start > _LONGEST or len(found["exponent"] or "") > _LONGEST_EXPONENT:
        return None
    digits = found[0].replace("$", "")
    if found["continental"]:
        digits = digits.replace(".", "").replace(",", ".")
    elif found["english"]:
        digits = digits.replace(",", "").replace("'", "")
    if not digits.lstrip("+-").isdecimal():
        return Number(value=_decimal(digits), written=text[start:end])
    whole = int(digits)
    if (mixed := _MIXED.match(plain, end)) and int(mixed[1]) < int(mixed[2]):
        part = Fraction(int(mixed[1]), int(mixed[2]))
        value = whole - part if digits.startswith("-") else whole + part
        return Number(value=value, written=text[start : mixed.end()])
    if (over := _OVER.match(plain, end)) is None:
        return Number(value=Fraction(whole), written=text[start:end])
    if int(over[1]) == 0:
        return None
    return Number(value=Fraction(whole, int(over[1])), written=text[start : over.end()])


def _decimal(digits: str) -> Fraction:
    """What `Fraction` makes of it, several times as fast where there is no exponent."""
    if "e" in digits or "E" in digits:
        return Fraction(digits)
    whole, _, decimals = digits.partition(".")
    return Fraction(int(whole + decimals), 10 ** len(decimals))


FAMILIES: Mapping[str, Family] = {
    "number": TextFamily(problem=number_problem, expected=number_expected, compile=compile_number),
}
