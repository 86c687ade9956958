"""The scorer of answers that are lists.

A list is what stands in JSON (an array, or an object with one array), else what stands in lines with bullets or
numbers, else what is parted by line breaks, commas or semicolons. Where the last way leaves a choice (lines or commas;
whether the words before a colon announce the list; whether "and" parts its last two items), the reading that agrees
best counts. Time and memory are proportional to the answer's length.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.documents import documents, fenced_blocks, tolerant_json
from brainswap.core.scoring.family import Family, TextFamily
from brainswap.core.scoring.quoting import kept, quote
from brainswap.core.scoring.references import UnusableReferenceError
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import ListSpec

_NAMED = 5  # items that a reason lists
_AROUND = " \u00a0\"'`“”\u2018\u2019«»*_"
_MARK = r"(?:(?P<bullet>[-*+•‣◦·–])|\d{1,4}[.)]|\(\d{1,4}\))"  # noqa: RUF001 - an en dash is a bullet as well
_MARKED = re.compile(rf"^(?P<indent>[ \t]{{0,40}}){_MARK}[ \t]{{1,40}}(?P<item>\S.*)$", re.MULTILINE)
_CHECKBOX = re.compile(r"\A\[[ xX]\][ \t]{1,9}")
_ANNOUNCEMENT = re.compile(r":\s")
_LINE_BREAK, _ANY_BREAK = re.compile(r"\n"), re.compile(r"[\n,;]")
_AND = re.compile(r"\s(?:and|or|&)\s", re.IGNORECASE)
_LEADING_AND = re.compile(r"\s{0,40}(?:and|or|&)\s", re.IGNORECASE)
_NOTHING = frozenset({"none", "nothing", "n/a", "-"})

Items = Sequence[str]


def list_problem(_spec: ListSpec) -> str | None:
    return None


def list_expected(spec: ListSpec, reference: Any) -> Items:
    """The items of a list, or of a text that holds one, as they are compared; none where the list is empty."""
    if reference is None or (isinstance(reference, str) and not reference.strip()):
        raise UnusableReferenceError("the reference is missing")
    if isinstance(reference, Mapping):
        raise UnusableReferenceError("the reference is structured; name the list in it with 'reference'")
    members = reference if isinstance(reference, list | tuple) else next(readings(as_text(reference)))
    if any(member is None or isinstance(member, Mapping | list | tuple) for member in members):
        raise UnusableReferenceError("the reference holds an item that is not text")
    return _keys(map(as_text, members), spec)


def compile_list(spec: ListSpec) -> Callable[[str, Items], Score]:
    compare_items = _positions if spec.ordered else _sets

    def compare(text: str, expected: Items) -> Score:
        try:
            said = [_keys(items, spec) for items in readings(text)]
        except RecursionError:
            return Score(value=0.0, reason="the list is nested too deeply to be compared")
        found = max((compare_items(each, expected) for each in said), key=lambda one: one.of(spec.measure))
        value = found.of(spec.measure)
        return Score(value=value, reason=kept(f"{spec.measure} {value:.4f}: {found.reason}"))

    return compare


def readings(text: str) -> Iterator[Items]:
    """The lists that a text may be meant as, at least one.

    Raises:
        RecursionError: an item is nested too deeply to be written as text.
    """
    items = _in_json(text)
    blocks = fenced_blocks(text)
    body = blocks[0].content if items is None and len(blocks) == 1 else text
    if items is None:
        items = _in_marked_lines(body)
    if items is None:
        items = _in_prose(body)
    if items is not None:
        yield items
    else:
        yield from _parted(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Agreement:
    """How well one reading of an answer agrees; ``shared`` counts items, or positions where the order counts."""

    said: int
    expected: int
    shared: int
    reason: str

    def of(self, measure: str) -> float:
        """1 where nothing is said and nothing is expected; 0 where that is so of one of them alone."""
        if not self.said or not self.expected:
            return float(self.said == self.expected)
        if measure == "f1":
            return 2 * self.shared / (self.said + self.expected)
        return self.shared / (self.said if measure == "precision" else self.expected)


def _sets(said: Items, expected: Items) -> _Agreement:
    there, wanted = dict.fromkeys(said), dict.fromkeys(expected)
    missing = [item for item in wanted if item not in there]
    wrong = [item for item in there if item not in wanted]
    shared = len(wanted) - len(missing)
    reasons = [f"{shared} of {len(wanted)} found"]
    if missing:
        reasons.append(f"missing: {_named(missing)}")
    if wrong:
        reasons.append(f"not in the reference: {_named(wrong)}")
    return _Agreement(said=len(there), expected=len(wanted), shared=shared, reason="; ".join(reasons))


def _positions(said: Items, expected: Items) -> _Agreement:
    different = [
        (position, one, other)
        for position, (one, other) in enumerate(zip(said, expected, strict=False), start=1)
        if one != other
    ]
    shared = min(len(said), len(expected)) - len(different)
    reason = f"{shared} of {len(expected)} at their place"
    if different:
        position, one, other = different[0]
        reason += f"; item {position} is {quote(one)} instead of {quote(other)}"
    if len(said) != len(expected):
        reason += f"; {len(said)} items instead of {len(expected)}"
    return _Agreement(said=len(said), expected=len(expected), shared=shared, reason=reason)


def _named(items: Items) -> str:
    others = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return f"{', '.join(map(quote, items[:_NAMED]))}{others}"


def _keys(items: Iterable[str], spec: ListSpec) -> Items:
    """Items as they are compared: without the markup, quotes and final marks around them, white space as one space."""
    keys = []
    for item in items:
        whole = " ".join(item.split())
        key = whole.rstrip(".,;:").strip(_AROUND).rstrip(".,;:") or whole
        if key:
            keys.append(key.casefold() if spec.ignore_case else key)
    return keys


def _in_json(text: str) -> Items | None:
    """The array that the whole text is, or one of its fenced blocks."""
    for content in (text, *(block.content for block in fenced_blocks(text))):
        array = _array(tolerant_json(content).value)
        if array is not None:
            return [as_text(member) for member in array]
    return None


def _in_prose(text: str) -> Items | None:
    """The longest array between words; one number in brackets is a footnote's sign."""
    arrays = [array for document in documents(text) if (array := _array(document)) is not None]
    longest = max(arrays, key=len, default=[])
    if not longest or (len(longest) == 1 and isinstance(longest[0], int)):
        return None
    return [as_text(member) for member in longest]


def _array(document: Any) -> Sequence[Any] | None:
    if isinstance(document, Mapping):
        arrays = [member for member in document.values() if isinstance(member, list)]
        return arrays[0] if len(arrays) == 1 else None
    return document if isinstance(document, list) else None


def _in_marked_lines(text: str) -> Items | None:
    """The lines that are marked and indented as the first one; a marked line that ends in a colon is a heading."""
    lines = [line for line in _MARKED.finditer(text) if not line["item"].rstrip(" \t*_").endswith(":")]
    if not lines:
        return None
    first = _manner(lines[0])
    return [_CHECKBOX.sub("", line["item"], count=1) for line in lines if _manner(line) == first]


def _manner(line: re.Match[str]) -> tuple[str, str | None]:
    return line["indent"], line["bullet"]


def _parted(text: str) -> Iterator[Items]:
    announcement = _ANNOUNCEMENT.search(text)
    for body in (text, text[announcement.end() :]) if announcement else (text,):
        for separator in (_ANY_BREAK, _LINE_BREAK):
            parts = [part for part in separator.split(body) if part.strip()]
            yield from _with_and(parts)


def _with_and(parts: list[str]) -> Iterator[Items]:
    """The items as they are parted, then with their last one parted by "and"; "none" by itself is also no item."""
    if not parts:
        yield ()
        return
    *others, last = parts
    last = _LEADING_AND.sub("", last, count=1) if others and _LEADING_AND.match(last) else last
    yield (*others, last)
    if _AND.search(last):
        yield (*others, *_AND.split(last, maxsplit=1))
    if not others and last.strip(f"{_AROUND}.").casefold() in _NOTHING:
        yield ()


FAMILIES: Mapping[str, Family] = {
    "list": TextFamily(problem=list_problem, expected=list_expected, compile=compile_list),
}
