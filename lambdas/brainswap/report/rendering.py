"""Numbers as words: digits that say what is known, and no rounding that hides a difference."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal

Unit = Literal["percent", "points", "ratio", "count", "plain"]
Number = float | Decimal

UNKNOWN: Final = "unknown"
MINUS: Final = "\u2212"

_MOST_DIGITS = 6  # decimals beyond which a difference is put into words
_HUGE = Decimal(10) ** 15  # beyond it no digit means anything
_FINEST_DOLLARS = Decimal("1e-9")
_ZERO, _ONE, _TEN, _HUNDRED, _THOUSAND = Decimal(0), Decimal(1), Decimal(10), Decimal(100), Decimal(1000)
_DIGITS: Final[dict[Unit, int]] = {"percent": 1, "points": 1, "ratio": 2, "count": 0, "plain": 3}
_LANDMARKS: Final[dict[Unit, tuple[Decimal, ...]]] = {
    "percent": (_ZERO, _HUNDRED),
    "points": (_ZERO,),
    "ratio": (_ZERO, _ONE),
    "count": (_ZERO,),
    "plain": (_ZERO,),
}
_SECOND_MS, _TEN_SECONDS_MS, _TWO_MINUTES_MS, _MINUTE_S = _THOUSAND, Decimal(10_000), Decimal(120_000), 60


def unknown(reason: str | None) -> str:
    """What stands where a number would, with the reason where there is one."""
    return f"{UNKNOWN}: {reason}" if reason else UNKNOWN


def percentage(share: float | None) -> str:
    """A share in [0, 1], such as ``91.2 %``; never 0 or 100 where it is not exactly that."""
    return measured(share, "percent")


def percentage_interval(share: float | None, low: float | None, high: float | None) -> str:
    """A share with its interval, such as ``91.2 % (88.4 to 93.4)``; without bounds, the share alone."""
    return interval(share, low, high, "percent")


def level(confidence: float) -> str:
    """A level of confidence with the digits it was declared with, such as ``95 %`` or ``97.5 %``."""
    value = _exact(confidence)
    if value is None:
        return UNKNOWN
    text = _fixed(value * _HUNDRED, _MOST_DIGITS)
    return f"{text.rstrip('0').rstrip('.')} %"


def points(difference: float | None) -> str:
    """A difference of two shares in percentage points, such as ``+3.2 points``."""
    return measured(difference, "points")


def points_interval(
    difference: float | None, low: float | None, high: float | None, *, bound: float | None = None
) -> str:
    """A difference with its interval, such as ``+3.2 points (+0.4 to +6.0)``; no end of it rounds onto ``bound``."""
    return interval(difference, low, high, "points", bound=bound)


def ratio(value: float | None) -> str:
    """A quotient, such as ``0.84x``; never ``1.00x`` where it is not exactly that."""
    return measured(value, "ratio")


def ratio_interval(value: float | None, low: float | None, high: float | None, *, bound: float | None = None) -> str:
    """A quotient with its interval, such as ``0.84x (0.79 to 0.90)``; without one, the quotient alone."""
    return interval(value, low, high, "ratio", bound=bound)


def measured(value: float | None, unit: Unit) -> str:
    """A number with its unit; ``percent`` and ``points`` are given as a share."""
    text = _bare(value, unit, None)
    return UNKNOWN if text is None else _with_unit(text, unit)


def interval(
    middle: float | None, low: float | None, high: float | None, unit: Unit, *, bound: float | None = None
) -> str:
    """A number with its interval in one unit; without both ends, the number alone."""
    text, around = _bare(middle, unit, bound), ends(low, high, unit, bound=bound)
    return measured(middle, unit) if text is None or around is None else f"{_with_unit(text, unit)} ({around})"


def ends(low: float | None, high: float | None, unit: Unit, *, bound: float | None = None) -> str | None:
    """An interval without its middle and its unit, such as ``+0.4 to +6.0``; None without both ends."""
    texts = _bare(low, unit, bound), _bare(high, unit, bound)
    return None if texts[0] is None or texts[1] is None else f"{texts[0]} to {texts[1]}"


def against_bound(value: float | None, bound: float | None, unit: Unit) -> tuple[str, str]:
    """A value and the bound it is held against; they read the same only where they are the same number."""
    scaled, limit = _scaled(value, unit), _scaled(bound, unit)
    if scaled is None or limit is None:
        return measured(value, unit), measured(bound, unit)
    least = max(_DIGITS[unit], min(_MOST_DIGITS, _decimals(limit)))
    digits = _digits_apart(scaled, (limit, *_LANDMARKS[unit]), least)
    if digits is not None:
        return (
            _with_unit(_number(scaled, digits, unit), unit),
            _with_unit(_apart(limit, _LANDMARKS[unit], unit, digits), unit),
        )
    bound_text = _with_unit(_apart(limit, _LANDMARKS[unit], unit, least), unit)
    if scaled == limit:
        return bound_text, bound_text
    return f"a trace {'more' if scaled > limit else 'less'} than the bound", bound_text


def dollars(amount: Number | None) -> str:
    """US dollars: whole above a thousand, cents above one, three significant digits below: ``$0.00042``."""
    value = _exact(amount)
    if value is None:
        return UNKNOWN
    if value == 0:
        return "$0"
    if abs(value) < _FINEST_DOLLARS:
        return f"just {'over' if value > 0 else 'under'} $0"
    if abs(value) >= _HUGE:
        return f"over ${_HUGE:,.0f}" if value > 0 else f"under {MINUS}${_HUGE:,.0f}"
    return f"{MINUS if value < 0 else ''}${_dollar_digits(abs(value))}"


def duration(milliseconds: float | None) -> str:
    """A time as a person would say it: ``840 ms``, ``1.24 s``, ``2 min 5 s``."""
    value = _exact(milliseconds)
    if value is None:
        return UNKNOWN
    size = abs(value)
    if size >= _HUGE:
        return f"over {_HUGE:,.0f} ms" if value > 0 else f"under {MINUS}{_HUGE:,.0f} ms"
    if round(size) >= _TWO_MINUTES_MS:
        minutes, seconds = divmod(round(size / _SECOND_MS), _MINUTE_S)
        return f"{MINUS if value < 0 else ''}{minutes:,} min {seconds} s"
    if round(size, -1) >= _TEN_SECONDS_MS:
        return f"{_fixed(value / _SECOND_MS, 1)} s"
    if round(size) >= _SECOND_MS:
        return f"{_fixed(value / _SECOND_MS, 2)} s"
    return f"{_apart(value, (_ZERO,), 'plain', 0 if value == 0 or round(size, 1) >= _TEN else 1)} ms"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number of things, such as ``1 case`` and ``1,204 cases``."""
    return f"{whole(number)} {noun if number == 1 else plural or f'{noun}s'}"


def whole(number: int) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,}".replace("-", MINUS)


def mean(value: float | None) -> str:
    """A mean of counts, such as tokens: whole from a hundred on, one decimal below."""
    exact = _exact(value)
    if exact is None:
        return UNKNOWN
    return _apart(exact, (_ZERO,), "plain", 0 if abs(exact) >= _HUNDRED else 1)


def variance(value: float) -> str:
    """A variance of scores, with the four digits that 0.25, the largest of shares, and a hundredth of it need."""
    return f"{value:.4f}"


def moment(time: datetime) -> str:
    """A point in time, such as ``5 November 2026, 16:03 UTC``; one without a zone is taken as UTC."""
    utc = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return f"{utc.day} {utc:%B} {utc.year}, {utc:%H:%M} UTC"


def _exact(value: Number | None) -> Decimal | None:
    """The shortest decimal that is this float, so that 0.02 is two hundredths; None for what is no finite number."""
    if value is None:
        return None
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return exact if exact.is_finite() else None


def _dollar_digits(size: Decimal) -> str:
    if round(size, 2) >= _ONE:
        return f"{size:,.{0 if round(size, 2) >= _THOUSAND else 2}f}"
    dollars_part, _, cents = f"{size:.{2 - size.adjusted()}f}".rstrip("0").partition(".")
    return f"{dollars_part}.{cents:0<2}"


def _scaled(value: float | None, unit: Unit) -> Decimal | None:
    exact = _exact(value)
    return exact * _HUNDRED if exact is not None and unit in ("percent", "points") else exact


def _bare(value: float | None, unit: Unit, bound: float | None) -> str | None:
    """The number without its unit, told from the bound and from the landmarks of its unit."""
    scaled, limit = _scaled(value, unit), _scaled(bound, unit)
    if scaled is None:
        return None
    return _apart(scaled, _LANDMARKS[unit] if limit is None else (limit, *_LANDMARKS[unit]), unit)


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _with_unit(text: str, unit: Unit) -> str:
    return text + {"percent": " %", "points": " points", "ratio": "x", "count": "", "plain": ""}[unit]


def _apart(value: Decimal, landmarks: tuple[Decimal, ...], unit: Unit, digits: int | None = None) -> str:
    """The number with as many decimals as tell it from each landmark, or its side of the landmark in words."""
    least = _DIGITS[unit] if digits is None else digits
    needed = _digits_apart(value, landmarks, least)
    if needed is not None:
        return _number(value, needed, unit)
    landmark = min(landmarks, key=lambda mark: abs(value - mark))
    return f"just {'over' if value > landmark else 'under'} {landmark:f}"


def _digits_apart(value: Decimal, landmarks: tuple[Decimal, ...], least: int) -> int | None:
    for digits in range(least, max(least, _MOST_DIGITS) + 1):
        text = _fixed(value, digits)
        if all(value == landmark or text != _fixed(landmark, digits) for landmark in landmarks):
            return digits
    return None


def _number(value: Decimal, digits: int, unit: Unit) -> str:
    if abs(value) >= _HUGE:
        return f"over {_HUGE:,.0f}" if value > 0 else f"under {MINUS}{_HUGE:,.0f}"
    text = _fixed(value, digits)
    return f"+{text}" if unit == "points" and value > 0 else text


def _fixed(value: Decimal, digits: int) -> str:
    """Fixed point with a true minus sign and without a negative zero."""
    text = f"{value:,.{digits}f}"
    if not any(digit in "123456789" for digit in text):
        return text.removeprefix("-")
    return text.replace("-", MINUS)
