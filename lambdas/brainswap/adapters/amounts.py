"""Money as whole numbers, so that sums of it are exact wherever they are made."""

from decimal import Context, Decimal, Inexact, InvalidOperation

DIGITS = 24  # behind the point; DynamoDB's 38 leave 10¹⁴ dollars, and a price its 18 per million tokens
_UNITS = Decimal(10**DIGITS)
_EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])


def units_of(amount: Decimal) -> int:
    """US dollars in units of 10⁻²⁴ dollars.

    Raises:
        ValueError: the amount is finer than that, or no number.
    """
    if not amount.is_finite():
        raise ValueError(f"{amount} is no amount")
    units = _EXACT.multiply(amount, _UNITS)
    if units != units.to_integral_value():
        raise ValueError(f"{amount} US dollars have more than {DIGITS} digits behind the point")
    return int(units)


def dollars_of(units: int) -> Decimal:
    """The opposite, without trailing zeros."""
    return _EXACT.divide(Decimal(units), _UNITS)
