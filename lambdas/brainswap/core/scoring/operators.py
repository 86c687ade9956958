"""The operators of ``checks``: whether a condition holds of what it looks at."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.comparisons import order, same
from brainswap.core.scoring.extraction import SEARCHED
from brainswap.core.scoring.operands import View, place_of
from brainswap.core.scoring.specs import Condition

WITHOUT_VALUE = ("exists", "absent")
ORDERING = ("less", "at_most", "greater", "at_least", "between")
OF_BETWEEN = 2  # the lowest and the highest
PHRASES: Mapping[str, str] = {
    "equals": "has to be",
    "not_equals": "must not be",
    "less": "has to be less than",
    "at_most": "has to be at most",
    "greater": "has to be more than",
    "at_least": "has to be at least",
    "between": "has to be between",
    "in": "has to be one of",
    "not_in": "must be none of",
    "contains": "has to contain",
    "not_contains": "must not contain",
    "matches": "has to match",
    "exists": "has to be there",
    "absent": "must not be there",
}


def holds(condition: Condition, view: View) -> bool:
    """Whether a condition is fulfilled; one that has nothing to look at, or nothing fit to compare with, is not.

    Raises:
        RecursionError: what is compared is nested too deeply.
    """
    left = view.found(place_of(condition.path))
    if condition.op in WITHOUT_VALUE:
        return view.has(left) is (condition.op == "exists")
    right = view.value(condition.value)
    members = right if isinstance(right, list) else ()
    if not all(map(view.has, (left, right, *members))):
        return False
    return _OPERATORS[condition.op](left, right, condition) is True


Operator = Callable[[Any, Any, Condition], bool | None]
"""Compares what is at the path with the value; None where the two cannot be compared."""


def _ordered(*wanted: int) -> Operator:
    def compare(left: Any, right: Any, _condition: Condition) -> bool | None:
        return order(left, right) in wanted

    return compare


def _between(left: Any, right: Any, _condition: Condition) -> bool | None:
    if not isinstance(right, list | tuple) or len(right) != OF_BETWEEN:
        return None
    return order(left, right[0]) in (0, 1) and order(left, right[1]) in (-1, 0)


def _equals(left: Any, right: Any, condition: Condition) -> bool | None:
    return same(left, right, ignore_case=condition.ignore_case)


def _in(left: Any, right: Any, condition: Condition) -> bool | None:
    if not isinstance(right, list | tuple):
        return None
    return any(same(left, each, ignore_case=condition.ignore_case) for each in right)


def _contains(left: Any, right: Any, condition: Condition) -> bool | None:
    """A list contains its members, an object its keys, and everything else what its text contains."""
    if isinstance(left, list | tuple | Mapping):
        return any(same(each, right, ignore_case=condition.ignore_case) for each in left)
    if isinstance(right, list | tuple | Mapping):
        return None
    text, part = as_text(left), as_text(right)
    return part.casefold() in text.casefold() if condition.ignore_case else part in text


def _matches(left: Any, right: Any, condition: Condition) -> bool | None:
    pattern = _pattern(right, re.IGNORECASE if condition.ignore_case else re.NOFLAG)
    return pattern.search(as_text(left), 0, SEARCHED) is not None


@lru_cache(maxsize=1024)
def _pattern(pattern: str, flags: re.RegexFlag) -> re.Pattern[str]:
    return re.compile(pattern, flags)


def _not(operator: Operator) -> Operator:
    def compare(left: Any, right: Any, condition: Condition) -> bool | None:
        held = operator(left, right, condition)
        return None if held is None else not held

    return compare


_OPERATORS: Mapping[str, Operator] = {
    "equals": _equals,
    "not_equals": _not(_equals),
    "less": _ordered(-1),
    "at_most": _ordered(-1, 0),
    "greater": _ordered(1),
    "at_least": _ordered(0, 1),
    "between": _between,
    "in": _in,
    "not_in": _not(_in),
    "contains": _contains,
    "not_contains": _not(_contains),
    "matches": _matches,
}
