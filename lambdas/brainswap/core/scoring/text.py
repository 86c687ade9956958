"""Scorers that look at the wording: ``exact``, ``contains``, ``regex``.

The pattern of ``regex`` comes from the workload's owner, who is trusted not to write one that takes exponential time;
the answer is untrusted, so that the pattern sees its first 200,000 characters only, and the reason says so.
"""

import re
from collections.abc import Callable
from typing import Any

from brainswap.core.scoring.extraction import SEARCHED, pattern_problem
from brainswap.core.scoring.quoting import quote
from brainswap.core.scoring.references import UnusableReferenceError, texts
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import ContainsSpec, ExactSpec, RegexSpec

Texts = tuple[str, ...]


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


def contains_problem(spec: ContainsSpec) -> str | None:
    if spec.value is not None and not spec.value.strip():
        return "value is blank, and every answer contains that"
    return None


def contains_expected(spec: ContainsSpec, reference: Any) -> Texts:
    if spec.value is not None:
        return (spec.value,)
    expected = texts(reference)
    if not all(expected):
        raise UnusableReferenceError("the reference is blank, and every answer contains that")
    return expected


def compile_contains(spec: ContainsSpec) -> Callable[[str, Texts], Score]:
    def compare(text: str, expected: Texts) -> Score:
        searched = text.casefold() if spec.ignore_case else text
        for each in expected:
            if (each.casefold() if spec.ignore_case else each) in searched:
                return Score(value=1.0, reason=f"the answer contains {quote(each)}")
        return Score(value=0.0, reason=f"the answer does not contain {_any_of(expected)}")

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


def _any_of(expected: Texts) -> str:
    if len(expected) == 1:
        return quote(expected[0])
    return f"any of {len(expected)} references, such as {quote(expected[0])}"
