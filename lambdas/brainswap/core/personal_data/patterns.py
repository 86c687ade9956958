r"""How each kind of personal data looks.

Every pattern is bounded, and groups of digits are parted by what is no digit, so that no text makes one take more
than linear time. A pattern begins with a class of characters and looks behind it afterwards, because `re` then skips
whatever cannot begin a match. Letters are those of Latin, Greek and Cyrillic script: in scripts without spaces a number
or an address follows its word directly.

What stands in JSON inside a text may follow the end of an escape: in ``\njane@…`` the n is not Jane's.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from brainswap.core.personal_data import checks
from brainswap.core.personal_data.dates import normal_date
from brainswap.core.personal_data.kinds import Kind

_L = "A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff"
_W = f"0-9_{_L}"

_ESCAPED = r"(?<=\\[nrt].)|(?<=\\u[0-9a-fA-F]{4}.)"
_NO_ESCAPE = r"(?<!\\[nrt])(?!(?<=\\u)[0-9a-fA-F]{4})"
# After the first character of a match: what precedes it is no part of a word.
_BEGUN = rf"(?:(?<![{_W}].){_NO_ESCAPE}|{_ESCAPED})"
# Nor of a number, a version or a path such as Chrome/120.0.6099.109.
_APART = rf"(?<![{_W}][.+/-].)"
_ENDED = rf"(?![{_W}])(?![.-][0-9])"

# Not inside a token, whose letters may spell anything.
_KEYWORD = r"(?<![A-Za-z\[-])"
_GAP = r"[^0-9\n]{0,25}?"
_BEFORE = rf"(?<![{_W}.+/-])"

_NINO = r"[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-Da-d]"
_SSN = r"[0-9]{3}(?:-[0-9]{2}-| [0-9]{2} |[0-9]{2})[0-9]{4}"
_PASSPORT = r"(?:[A-Za-z][0-9]{8}|[0-9]{9})"
_YEAR = r"(?:1[89]|20)[0-9]{2}"
_NAME = rf"[{_L}]{{3,10}}"
_DATE = (
    rf"(?:{_YEAR}(?:-[0-9]{{1,2}}-|/[0-9]{{1,2}}/|\.[0-9]{{1,2}}\.)[0-9]{{1,2}}"
    rf"|[0-9]{{1,2}}(?:-[0-9]{{1,2}}-|/[0-9]{{1,2}}/|\. ?[0-9]{{1,2}}\. ?)(?:{_YEAR}|[0-9]{{2}})"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th|\.)? (?:(?:of|de) )?{_NAME}[.,]? (?:de )?{_YEAR}"
    rf"|{_NAME}\.? [0-9]{{1,2}}(?:st|nd|rd|th)?,? {_YEAR})"
)

_SSN_WORDS = ("ssn", "social security", "social_security", "socialsecurity")
_NINO_WORDS = ("national insurance", "national_insurance", "nationalinsurance", "nino", "ni number", "ni no")
_PASSPORT_WORDS = ("passport", "reisepass", "passeport", "pasaporte")
_BIRTH_WORDS = (
    "birth",
    "born",
    "dob",
    "d.o.b",
    "geboren",
    "geburtsdatum",
    "naissance",
    "née",
    "né le",
    "nacid",
    "nacim",
)
_BIRTH = (
    r"(?:date[ _-]?of[ _-]?birth|birth[ _]?da(?:te|y)|born|dob|d\.o\.b\.?|geboren|geburtsdatum"
    r"|date de naissance|née?(?= le)|nacid[oa]|fecha de nacimiento)"
)
_BIRTH_GAP = r"[\s\"'\u201c\u201e:=(,*_\\-]{0,8}(?:(?:is|was|on|the|am|le|el)\s{1,3}){0,2}\"?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One way in which a kind is written.

    Attributes:
        regex: its group ``value`` is what may be the real thing.
        real: see `brainswap.core.personal_data.checks`.
        normal: the same for all spellings of one value.
        needs: in lower case; a text with none of these has no match. Empty where there is no such word.
    """

    kind: Kind
    regex: re.Pattern[str]
    real: Callable[[str], int]
    normal: Callable[[str], str]
    needs: tuple[str, ...] = ()


@cache
def patterns() -> tuple[Pattern, ...]:
    """What is personal data by its form, or by the words before it; compiled when a text is first looked at."""
    return (
        Pattern(
            kind=Kind.EMAIL,
            regex=_value(
                rf"[{_W}](?:(?<![{_W}].)(?<![{_W}][.%+-].){_NO_ESCAPE}|{_ESCAPED})[{_W}.%+'-]{{0,63}}"
                rf"@(?:[0-9{_L}][0-9{_L}-]{{0,62}}\.){{1,8}}(?:xn--[a-z0-9-]{{2,40}}|[{_L}]{{2,24}})"
            ),
            real=checks.email,
            normal=str.casefold,
            needs=("@",),
        ),
        Pattern(
            kind=Kind.IBAN,
            regex=_value(rf"[A-Za-z]{_BEGUN}[A-Za-z][0-9]{{2}}(?: ?[A-Za-z0-9]{{4}}){{2,7}}(?: ?[A-Za-z0-9]{{1,3}})?"),
            real=checks.iban,
            normal=_compact,
        ),
        Pattern(
            kind=Kind.CARD,
            regex=_value(
                rf"[0-9]{_BEGUN}{_APART}(?:[0-9]{{12,18}}|[0-9]{{3}}"
                r"(?: [0-9]{4} [0-9]{4} [0-9]{4}(?: [0-9]{3})?"
                r"|-[0-9]{4}-[0-9]{4}-[0-9]{4}(?:-[0-9]{3})?| [0-9]{6} [0-9]{5}|-[0-9]{6}-[0-9]{5}))",
                rf"(?![{_W}])",
            ),
            real=checks.card,
            normal=checks.digits,
        ),
        Pattern(
            kind=Kind.US_SSN,
            regex=_value(rf"[0-9]{_BEGUN}{_APART}[0-9]{{2}}-[0-9]{{2}}-[0-9]{{4}}", _ENDED),
            real=checks.us_ssn,
            normal=checks.digits,
            needs=("-",),
        ),
        Pattern(
            kind=Kind.US_SSN,
            regex=_after(r"(?:ssn|social[ _]?security)", _GAP, _SSN),
            real=checks.us_ssn,
            normal=checks.digits,
            needs=_SSN_WORDS,
        ),
        Pattern(
            kind=Kind.UK_NINO,
            regex=_value(
                rf"[A-CEGHJ-PR-TW-Z]{_BEGUN}[A-CEGHJ-NPR-TW-Z] [0-9]{{2}} [0-9]{{2}} [0-9]{{2}} [A-D]", _ENDED
            ),
            real=checks.uk_nino,
            normal=_compact,
        ),
        Pattern(
            kind=Kind.UK_NINO,
            regex=_after(r"(?:national[ _]?insurance|nino|ni (?:no|number))", _GAP, _NINO),
            real=checks.uk_nino,
            normal=_compact,
            needs=_NINO_WORDS,
        ),
        Pattern(
            kind=Kind.GERMAN_TAX_ID,
            regex=_value(rf"[1-9]{_BEGUN}{_APART}[0-9](?:[0-9]{{9}}| [0-9]{{3}} [0-9]{{3}} [0-9]{{3}})", _ENDED),
            real=checks.german_tax_id,
            normal=checks.digits,
        ),
        Pattern(
            kind=Kind.PHONE,
            regex=_value(
                rf"\+(?:(?<![{_W}+].){_NO_ESCAPE}|{_ESCAPED})[0-9]{{1,15}}"
                r"(?:(?:[ ./-]| ?\(|\)[ ./-]?)[0-9]{1,12}){0,8}",
                rf"(?![{_W}])",
            ),
            real=checks.phone,
            normal=lambda text: f"+{checks.phone_digits(text)}",
            needs=("+",),
        ),
        Pattern(
            kind=Kind.IP_ADDRESS,
            regex=_value(
                rf"[0-9]{_BEGUN}{_APART}(?<!ersion .)(?<!ersion: .)(?<!elease .)[0-9]{{0,2}}(?:\.[0-9]{{1,3}}){{3}}",
                _ENDED,
            ),
            real=checks.ipv4,
            normal=str,
            needs=(".",),
        ),
        Pattern(
            kind=Kind.IP_ADDRESS,
            regex=_value(rf"[23]{_BEGUN}(?<![:.].)[0-9A-Fa-f]{{3}}(?::[0-9A-Fa-f]{{0,4}}){{2,7}}", rf"(?![{_W}:])"),
            real=checks.ipv6,
            normal=str.casefold,
            needs=(":",),
        ),
        Pattern(
            kind=Kind.PASSPORT,
            regex=_after(r"(?:passport|reisepass|passeport|pasaporte)", _GAP, _PASSPORT),
            real=checks.always,
            normal=_compact,
            needs=_PASSPORT_WORDS,
        ),
        Pattern(
            kind=Kind.AWS_KEY,
            regex=_value(rf"A{_BEGUN}(?:KIA|SIA)[A-Z2-7]{{16}}", rf"(?![{_W}])"),
            real=checks.aws_key,
            normal=str,
            needs=("akia", "asia"),
        ),
        Pattern(
            kind=Kind.BIRTH_DATE,
            regex=_after(_BIRTH, _BIRTH_GAP, _DATE),
            real=_real_date,
            normal=_date,
            needs=_BIRTH_WORDS,
        ),
    )


@cache
def shapes() -> tuple[Pattern, ...]:
    """The forms of kinds that are told by words before them, for values that are known from elsewhere."""
    return (
        Pattern(kind=Kind.US_SSN, regex=_bare(_SSN), real=checks.us_ssn, normal=checks.digits),
        Pattern(kind=Kind.UK_NINO, regex=_bare(_NINO), real=checks.uk_nino, normal=_compact),
        Pattern(kind=Kind.PASSPORT, regex=_bare(_PASSPORT), real=checks.always, normal=_compact),
        Pattern(kind=Kind.BIRTH_DATE, regex=_bare(_DATE), real=_real_date, normal=_date),
    )


@cache
def _keywords() -> re.Pattern[str]:
    words = (*_SSN_WORDS, *_NINO_WORDS, *_PASSPORT_WORDS, *_BIRTH_WORDS)
    return re.compile("|".join(map(re.escape, words)), re.IGNORECASE)


def names_a_kind(field: str) -> bool:
    """Whether a field's name says what its value is, such as ``passport_number``."""
    return bool(_keywords().search(field[:200]))


def _value(pattern: str, ended: str = "") -> re.Pattern[str]:
    return re.compile(f"(?P<value>{pattern}){ended}", re.DOTALL)


def _after(keyword: str, gap: str, value: str) -> re.Pattern[str]:
    return re.compile(rf"{_KEYWORD}(?i:{keyword}){gap}{_BEFORE}(?P<value>{value}){_ENDED}")


def _bare(value: str) -> re.Pattern[str]:
    return re.compile(rf"{_BEFORE}(?P<value>{value}){_ENDED}")


def _compact(text: str) -> str:
    return text.replace(" ", "").upper()


def _real_date(text: str) -> int:
    return 0 if normal_date(text) is None else len(text)


def _date(text: str) -> str:
    return normal_date(text) or text
