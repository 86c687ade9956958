"""Plausibly wrong answers: somebody else's label, a number that is off, an object with a wrong field."""

import re
from decimal import Decimal
from typing import Any

from local.bedrock.casebook import References
from local.bedrock.draws import pick, uniform

_NUMBER = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
# A field with no more different answers than this is a closed set: a wrong answer is one of the others.
_CLOSED_SET = 40
_NO_IDEA = "I am not sure."
_WRONG_AS_WELL = 0.3


def wrong(right: Any, references: References, *draw: object, field: str = "") -> Any:
    """An answer of the same form as the right one, never equal to it.

    Args:
        right: the reference of a case, or a part of it.
        references: what the other cases expect.
        draw: the parts of the seed.
        field: where in the reference ``right`` stands.
    """
    if isinstance(right, dict) and right:
        return _wrong_object(right, references, *draw, field=field)
    if isinstance(right, list) and right:
        return _wrong_list(right, references, *draw, field=field)
    if isinstance(right, bool):
        return not right
    others = references.others(field, right)
    number = _number(right)
    if others and (number is None or len(others) < _CLOSED_SET):
        return pick(others, *draw, field, "other")
    if number is None:
        return _NO_IDEA
    return _off(right, number, pick((-2, -1, 1, 2, 10), *draw, field, "off"))


def _wrong_object(right: dict[str, Any], references: References, *draw: object, field: str) -> dict[str, Any]:
    surely = pick(tuple(right), *draw, field, "field")
    return {
        name: wrong(value, references, *draw, field=f"{field}.{name}" if field else name)
        if name == surely or uniform(*draw, field, name, "wrong as well") < _WRONG_AS_WELL
        else value
        for name, value in right.items()
    }


def _wrong_list(right: list[Any], references: References, *draw: object, field: str) -> list[Any]:
    place = pick(range(len(right)), *draw, field, "place")
    if len(right) > 1 and uniform(*draw, field, "leave out") < 1 / 2:
        return right[:place] + right[place + 1 :]
    return [*right[:place], wrong(right[place], references, *draw, field=field), *right[place + 1 :]]


def _number(value: Any) -> Decimal | None:
    if isinstance(value, str):
        return Decimal(value.replace(",", "")) if _NUMBER.fullmatch(value) else None
    return Decimal(repr(value)) if isinstance(value, int | float) else None


def _off(right: Any, number: Decimal, by: int) -> Any:
    if isinstance(right, str):
        return f"{number + by:,f}" if "," in right else f"{number + by:f}"
    off = type(right)(number + by)
    return off if off != right else right * 2  # a float too large to feel so small a step
