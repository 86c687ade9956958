"""Stretches of a text that nothing may cut or reword: protected regions, code, quotes, placeholders, elements."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

# Our own marks, and the tags of Bedrock's Advanced Prompt Optimization that keep a region from its optimiser.
PROTECTED = re.compile(
    r"<!--\s*keep\s*-->.*?<!--\s*/keep\s*-->|<advpo:exclude>.*?</advpo:exclude>", re.DOTALL | re.IGNORECASE
)
FENCE = re.compile(r"^[ \t]*(`{3,}+|~{3,}+)[^\n]*\n.*?(?:^[ \t]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
# {{name}}, and what other template languages write: {name}, {$NAME}, {% if %}, $name$, {expression()}.
SLOT = re.compile(r"\{\{[^{}\n]{1,80}\}\}|\{%.{1,200}?%\}|\{\$?[A-Za-z_][^{}\n]{0,80}\}|\$[A-Za-z_]\w{0,40}\$")
QUOTED = re.compile(r"`[^`\n]+`|\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|(?<!\w)'[^'\n]{1,60}'(?!\w)")
NAME = r"[A-Za-z_][\w.-]*(?: [A-Za-z_][\w.-]*){0,3}"
TAG = re.compile(rf"<(/?)({NAME})(?:\s+[\w-]+=\"[^\"<>\n]*\")*>")
_MOST_TAGS = 5_000  # a text with more holds data, not sections
_LONGEST = 1_000_000  # characters; a longer text is one part


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An XML element; ``start`` and ``end`` enclose its tags, ``inner_start`` and ``inner_end`` what is between."""

    name: str
    start: int
    inner_start: int
    inner_end: int
    end: int


def protected_spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in PROTECTED.finditer(text)]


def protected_texts(text: str) -> list[str]:
    """The protected regions with their marks, in order."""
    return [match.group() for match in PROTECTED.finditer(text)]


def solid_spans(text: str) -> list[tuple[int, int]]:
    """Protected regions and fenced code, which no part may cut through; apart from each other and in order."""
    return _apart([*protected_spans(text), *(match.span() for match in FENCE.finditer(text))])


def untouchable_spans(text: str) -> list[tuple[int, int]]:
    """Everything whose words are meant letter for letter: solid spans, quotes, inline code, slots and tags."""
    found = [*solid_spans(text)]
    for pattern in (QUOTED, SLOT, TAG):
        found += [match.span() for match in pattern.finditer(text)]
    return _apart(found)


def reworded(text: str, change: Callable[[str], str]) -> str:
    """Change what stands between untouchable stretches."""
    pieces, at = [], 0
    for start, end in untouchable_spans(text):
        pieces += [change(text[at:start]), text[start:end]]
        at = end
    pieces.append(change(text[at:]))
    return "".join(pieces)


def inside(position: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a position lies within one of the spans, which are apart and in order; a span's start does not."""
    place = bisect_right(spans, (position, -1)) - 1
    return place >= 0 and spans[place][0] < position < spans[place][1]


def elements(text: str) -> list[Element]:
    """The outermost elements whose tags are both there, in order; what is solid holds none."""
    if len(text) > _LONGEST:
        return []
    solid = solid_spans(text)
    if len(TAG.findall(text)) > _MOST_TAGS:
        return []
    tags = [tag for tag in TAG.finditer(text) if not any(start <= tag.start() < end for start, end in solid)]
    return list(_outermost(tags))


def tag_names(text: str) -> set[str]:
    """The names of all tags, of elements or alone."""
    return {match.group(2) for match in TAG.finditer(text)}


def _outermost(tags: Sequence[re.Match[str]]) -> Iterator[Element]:
    closings: dict[str, list[int]] = {}
    for place, tag in enumerate(tags):
        if tag.group(1):
            closings.setdefault(tag.group(2), []).append(place)
    place = 0
    while place < len(tags):
        tag = tags[place]
        end = None if tag.group(1) or tag.group(2) not in closings else _closing(tags, place)
        if end is None:
            place += 1
            continue
        yield Element(
            name=tag.group(2),
            start=tag.start(),
            inner_start=tag.end(),
            inner_end=tags[end].start(),
            end=tags[end].end(),
        )
        place = end + 1


def _closing(tags: Sequence[re.Match[str]], opening: int) -> int | None:
    depth, name = 0, tags[opening].group(2)
    for place in range(opening, len(tags)):
        if tags[place].group(2) == name:
            depth += -1 if tags[place].group(1) else 1
            if depth == 0:
                return place
    return None


def _apart(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order; what overlaps is one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged
