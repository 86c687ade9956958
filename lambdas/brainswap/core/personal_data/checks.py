"""What tells a number from a mere sequence of characters: check digits, registered lengths, reserved ranges.

Each check takes what a pattern found, in ASCII digits, and returns how many of its first characters are the real thing;
0 where it is none. Patterns reach too far where a text goes on with more groups of digits.
"""

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network

_NO_DIGITS = re.compile(r"[^0-9]+")
_LAST_GROUP = re.compile(r"[^0-9]+[0-9]+$")
_GROUPS_TOO_MANY = 3

_DOUBLED = str.maketrans("0123456789", "0246813579")  # the digit sum of twice a digit

# IIN ranges with the lengths that their networks issue (ISO/IEC 7812-1; the networks' published ranges, 2026).
_ISSUED = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"  # Visa
    r"|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}"  # Mastercard
    r"|3[47][0-9]{13}"  # American Express
    r"|3(?:0[0-5]|[689][0-9])[0-9]{11,16}"  # Diners Club
    r"|35(?:2[89]|[3-8][0-9])[0-9]{12,15}"  # JCB
    r"|6(?:011|4[4-9][0-9]|5[0-9]{2}|2[0-9]{2})[0-9]{12,15}"  # Discover, UnionPay
    r"|(?:50(?:18|20|38)|5893|6304|6759|676[1-3])[0-9]{9,15}"  # Maestro
)

# Characters of an account number by country (ISO 13616, SWIFT's registry).
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}
_LEAST_DIGITS = 8  # of an account number; words in capitals have none

# Country codes of two digits, and the tens in which all codes have three (ITU-T E.164, list of assigned codes).
_TWO_DIGITS = frozenset(
    f"{tens}{ones}"
    for tens, last in {
        "2": "07",
        "3": "0123469",
        "4": "013456789",
        "5": "12345678",
        "6": "0123456",
        "8": "1246",
        "9": "0123458",
    }.items()
    for ones in last
)
_THREE_DIGITS = frozenset(
    f"{tens}{ones}"
    for tens, last in {"2": "1234569", "3": "578", "4": "2", "5": "09", "6": "789", "8": "58", "9": "679"}.items()
    for ones in last
)
# Digits after the country code, where the numbering plan says so; the others by the length of the code.
_NATIONAL_DIGITS = {
    "1": (10, 10),
    "7": (10, 10),
    "31": (9, 9),
    "32": (8, 9),
    "33": (9, 9),
    "34": (9, 9),
    "39": (6, 11),
    "41": (9, 9),
    "44": (9, 10),
    "45": (8, 8),
    "47": (8, 8),
    "48": (9, 9),
    "49": (7, 12),
    "52": (10, 10),
    "55": (10, 11),
    "61": (9, 9),
    "81": (9, 10),
    "86": (10, 11),
    "90": (10, 10),
    "91": (10, 10),
}
_LEAST_PHONE, _MOST_PHONE = 8, 15
_DECIMAL = re.compile(r"\+[0-9]+\.[0-9]+")
_TRUNK = re.compile(r"\(0\)")
_NANP = re.compile(r"1[2-9][0-9]{2}[2-9][0-9]{6}")
_NANP_FICTION = re.compile(r"1[0-9]{3}55501[0-9]{2}")  # 555-0100 to 555-0199, kept for fiction

_DOCUMENTATION = IPv6Network("3fff::/20")  # RFC 9637
_SMALL_OCTET, _LARGE_OCTETS = 9, 2  # of a version or a section: 3.1.2.4

_NEVER_A_NINO = frozenset({"BG", "GB", "NK", "KN", "NT", "TN", "ZZ"})  # HMRC, NIM39110
_SSN_ADVERTISED = frozenset({"078051120", "219099999"})

_SOMEBODY = re.compile(
    r"@(?:[\w-]+\.)*example(?:\.(?:com|org|net))?$|\.(?:example|test|invalid|localhost)$"  # RFC 2606, RFC 6761
    r"|\.(?:png|jpe?g|gif|svg|webp|css|js|py|md)$"  # icon@2x.png
    r"|^(?:git|no-?reply|do-?not-?reply)@",
    re.IGNORECASE,
)


def always(text: str) -> int:
    return len(text)


def email(text: str) -> int:
    """Not an address where nobody reads: a reserved name, a file's name, a machine's account."""
    return 0 if _SOMEBODY.search(text) else len(text)


def card(text: str) -> int:
    """An issuer's range and length, and the check digit of ISO/IEC 7812-1, annex B; a security code may follow."""
    return _shortened(text, _is_card)


def _is_card(text: str) -> bool:
    number = digits(text)
    return bool(_ISSUED.fullmatch(number)) and luhn(number)


def luhn(number: str) -> bool:
    doubled = number[-2::-2].translate(_DOUBLED)
    return sum(map(int, number[-1::-2] + doubled)) % 10 == 0


def iban(text: str) -> int:
    """The country's length, and the rearranged number leaves 1 by 97 (ISO 13616-1)."""
    length = _IBAN_LENGTHS.get(text[:2].upper())
    places = [place for place, character in enumerate(text) if character != " "]
    if length is None or len(places) < length:
        return 0
    end = places[length - 1] + 1
    compact = text[:end].replace(" ", "").upper()
    if (end < len(text) and text[end] != " ") or len(digits(compact)) < _LEAST_DIGITS:
        return 0
    number = "".join(str(int(character, 36)) for character in compact[4:] + compact[:4])
    return end if int(number) % 97 == 1 else 0


def us_ssn(text: str) -> int:
    """No area, group or serial of zeros, none of the areas that are not given out, and not one from advertisements."""
    number = digits(text)
    area, group, serial = number[:3], number[3:5], number[5:]
    given = area not in {"000", "666"} and area[0] != "9" and group != "00" and serial != "0000"
    return len(text) if given and number not in _SSN_ADVERTISED else 0


def phone(text: str) -> int:
    """An assigned country code and as many digits as numbers of that country have."""
    if _DECIMAL.fullmatch(text):
        return 0
    return _shortened(text, _is_phone)


def phone_digits(text: str) -> str:
    """Without the zero in brackets that is dialled within the country only."""
    return digits(_TRUNK.sub("", text))


def _is_phone(text: str) -> bool:
    number = phone_digits(text)
    code = _country_code(number)
    if code is None or not _LEAST_PHONE <= len(number) <= _MOST_PHONE:
        return False
    least, most = _NATIONAL_DIGITS.get(code, (6, 10) if len(code) == 3 else (7, 12))  # noqa: PLR2004 - digits of a code
    if not least <= len(number) - len(code) <= most:
        return False
    return code != "1" or bool(_NANP.fullmatch(number) and not _NANP_FICTION.fullmatch(number))


def _country_code(number: str) -> str | None:
    if number[:1] in {"1", "7"}:
        return number[:1]
    if number[:2] in _TWO_DIGITS:
        return number[:2]
    return number[:3] if number[:2] in _THREE_DIGITS else None


def ipv4(text: str) -> int:
    """An address of the public internet; a version or a section's number has one-digit parts."""
    try:
        address = IPv4Address(text)
    except ValueError:
        return 0
    large = sum(octet > _SMALL_OCTET for octet in address.packed)
    public = address.is_global and not (address.is_multicast or address.is_reserved)
    return len(text) if public and large >= _LARGE_OCTETS else 0


def ipv6(text: str) -> int:
    """A global unicast address that is not kept for documentation."""
    written = text.removesuffix(":") if not text.endswith("::") else text
    try:
        address = IPv6Address(written)
    except ValueError:
        return 0
    public = address.is_global and address not in _DOCUMENTATION
    return len(written) if public and written.count(":") >= 3 else 0  # noqa: PLR2004 - fewer are times and ratios


def uk_nino(text: str) -> int:
    return 0 if text[:2].upper() in _NEVER_A_NINO else len(text)


def german_tax_id(text: str) -> int:
    """Of the first ten digits exactly one comes more than once, twice or thrice; the last checks them.

    ISO 7064, MOD 11,10, as the Bundeszentralamt für Steuern describes it for § 139b AO.
    """
    number = digits(text)
    repeated = [count for count in map(number[:10].count, set(number[:10])) if count > 1]
    if len(repeated) != 1 or repeated[0] > 3:  # noqa: PLR2004 - thrice
        return 0
    product = 10
    for digit in number[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return len(text) if (11 - product) % 10 == int(number[10]) else 0


def aws_key(text: str) -> int:
    """Those of Amazon's documentation end in EXAMPLE."""
    return 0 if text.endswith("EXAMPLE") else len(text)


def digits(text: str) -> str:
    return _NO_DIGITS.sub("", text)


def _shortened(text: str, is_real: Callable[[str], bool]) -> int:
    """The length of the text, or of the text without its last groups of digits, that is real."""
    for _ in range(_GROUPS_TOO_MANY + 1):
        if is_real(text):
            return len(text)
        last = _LAST_GROUP.search(text)
        if last is None:
            return 0
        text = text[: last.start()]
    return 0
