"""Scorers that look at the wording: ``exact``, ``contains`` and its kin, ``starts_with``, ``regex``.

The pattern of ``regex`` comes from the workload's owner, who is trusted not to write one that takes exponential time;
the answer is untrusted, so that the pattern sees its first 200,000 characters only, and the reason says so.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from brainswap.core.scoring.extraction import SEARCHED, pattern_problem
from brainswap.core.scoring.family import Family, TextFamily
from brainswap.core.scoring.quoting import quote
from brainswap.core.scoring.references import UnusableReferenceError, texts
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import (
    ContainsAllSpec,
    ContainsAnySpec,
    ContainsSpec,
    ExactSpec,
    RegexSpec,
    StartsWithSpec,
)

Texts = tuple[str, ...]

_NAMED = 5  # missing texts that a reason lists


def exact_problem(_spec: ExactSpec) -> str | None:
    return None


def exact_expected(_spec: ExactSpec, reference: Any) -> Texts:
    return texts(reference)


def compile_exact(spec: ExactSpec) -> Callable[[str, Texts], Score]:
    def compare(text: str, expected: Texts) -> Score:
        said = text.strip()
        if said in expected or (spec.ignore_case and said.casefold() in {each.casefold() for each in expected}):
            return Score(value=1.0, reason=f"{quote(said)} is the reference")
        return Score(value=0.0, reason=f"{quote(said)} is not {_any_of(expected)}")

    return compare


def value_problem(spec: ContainsSpec | StartsWithSpec) -> str | None:
    if spec.value is not None and not spec.value.strip():
        return f"value is blank, and every answer {_DOES[spec.type]} that"
    return None


def value_expected(spec: ContainsSpec | StartsWithSpec, reference: Any) -> Texts:
    if spec.value is not None:
        return (spec.value,)
    return _not_blank(texts(reference), _DOES[spec.type])


def compile_contains(spec: ContainsSpec | ContainsAnySpec) -> Callable[[str, Texts], Score]:
    folded = _folding(ignore_case=spec.ignore_case)

    def compare(text: str, expected: Texts) -> Score:
        searched = folded(text)
        for each in expected:
            if folded(each) in searched:
                return Score(value=1.0, reason=f"the answer contains {quote(each)}")
        return Score(value=0.0, reason=f"the answer does not contain {_any_of(expected)}")

    return compare


def values_problem(spec: ContainsAnySpec | ContainsAllSpec) -> str | None:
    if spec.values is not None and not all(value.strip() for value in spec.values):
        return "values holds a blank one, and every answer contains that"
    return None


def values_expected(spec: ContainsAnySpec | ContainsAllSpec, reference: Any) -> Texts:
    if spec.values is not None:
        return spec.values
    return _not_blank(texts(reference), "contains")


def compile_contains_all(spec: ContainsAllSpec) -> Callable[[str, Texts], Score]:
    folded = _folding(ignore_case=spec.ignore_case)

    def compare(text: str, expected: Texts) -> Score:
        searched = folded(text)
        wanted = {folded(each): each for each in expected}
        missing = [each for key, each in wanted.items() if key not in searched]
        if not missing:
            return Score(value=1.0, reason=f"the answer contains all of {len(wanted)}")
        held = len(wanted) - len(missing)
        named = ", ".join(map(quote, missing[:_NAMED]))
        others = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        return Score(
            value=held / len(wanted) if spec.partial else 0.0,
            reason=f"the answer contains {held} of {len(wanted)}; missing: {named}{others}",
        )

    return compare


def compile_starts_with(spec: StartsWithSpec) -> Callable[[str, Texts], Score]:
    folded = _folding(ignore_case=spec.ignore_case)

    def compare(text: str, expected: Texts) -> Score:
        said = text.lstrip()
        searched = folded(said)
        for each in expected:
            if searched.startswith(folded(each.lstrip())):
                return Score(value=1.0, reason=f"the answer starts with {quote(each)}")
        return Score(value=0.0, reason=f"{quote(said)} does not start with {_any_of(expected)}")

    return compare


def regex_problem(spec: RegexSpec) -> str | None:
    problem = pattern_problem(spec.pattern)
    return None if problem is None else f"pattern {problem}"


def regex_expected(_spec: RegexSpec, _reference: Any) -> None:
    """Nothing: the pattern alone decides."""


def compile_regex(spec: RegexSpec) -> Callable[[str, None], Score]:
    pattern = re.compile(spec.pattern)

    def compare(text: str, _expected: None) -> Score:
        where = "the answer" if len(text) <= SEARCHED else f"the answer's first {SEARCHED:,} characters"
        found = pattern.search(text, 0, SEARCHED)
        if found is None:
            return Score(value=0.0, reason=f"no match of {quote(spec.pattern)} in {where}")
        return Score(value=1.0, reason=f"{quote(found[0])} in {where} matches {quote(spec.pattern)}")

    return compare


_DOES = {"contains": "contains", "starts_with": "starts with"}


def _not_blank(expected: Texts, does: str) -> Texts:
    if not all(expected):
        raise UnusableReferenceError(f"the reference is blank, and every answer {does} that")
    return expected


def _folding(*, ignore_case: bool) -> Callable[[str], str]:
    return str.casefold if ignore_case else str


def _any_of(expected: Texts) -> str:
    if len(expected) == 1:
        return quote(expected[0])
    return f"any of {len(expected)} references, such as {quote(expected[0])}"


FAMILIES: Mapping[str, Family] = {
    "exact": TextFamily(problem=exact_problem, expected=exact_expected, compile=compile_exact),
    "contains": TextFamily(problem=value_problem, expected=value_expected, compile=compile_contains),
    "contains_any": TextFamily(problem=values_problem, expected=values_expected, compile=compile_contains),
    "contains_all": TextFamily(problem=values_problem, expected=values_expected, compile=compile_contains_all),
    "starts_with": TextFamily(problem=value_problem, expected=value_expected, compile=compile_starts_with),
    "regex": TextFamily(problem=regex_problem, expected=regex_expected, compile=compile_regex),
}
