"""Parse a prompt: turns by messages and by the markup in them, parts by elements, headings, labels and paragraphs."""

import re
from collections.abc import Iterator

from brainswap.core.prompts.structure.kinds import is_input, kind_of_title, kind_of_words
from brainswap.core.prompts.structure.markup import stretches
from brainswap.core.prompts.structure.parts import Part, Structure, Turn
from brainswap.core.prompts.structure.spans import Element, elements, inside, protected_spans, solid_spans
from brainswap.core.prompts.template import Message, Prompt, Role

HEADING = re.compile(r"^[ \t]{0,3}(#{1,6})[ \t]*([^#\n][^\n]*?)[ \t]*#*[ \t]*(?:\n|\Z)", re.MULTILINE)
LABEL = re.compile(r"[ \t]*(?:\*\*)?([^\W\d_][^\n:#<>{}\"`]{0,60}?)(?:\*\*)?[ \t]*[:\uff1a](?:\*\*)?[ \t]*\n(?=[^\n])")
_BLANK = re.compile(r"\n[ \t]*\n\s*|\n[ \t]*\Z")
_ONLY_SPACE = re.compile(r"[ \t]*")
_BLANK_LINE = re.compile(r"[ \t]*\n")
_REST_OF_LINE = re.compile(r"[ \t]*(?:\n|\Z)")


def parse(prompt: Prompt) -> Structure:
    """Parse a prompt of messages; `render` gives it back."""
    turns: list[Turn] = []
    if prompt.system is not None:
        turns += _turns("system", None, prompt.system)
    for place, message in enumerate(prompt.messages):
        turns += _turns(message.role, place, message.content)
    roles: tuple[Role, ...] = tuple(message.role for message in prompt.messages)
    return Structure(turns=tuple(turns), roles=roles, tools=prompt.tools, output=prompt.output)


def parse_text(text: str) -> Structure:
    """Parse a prompt of one text, which the user says unless markup in it tells otherwise."""
    return parse(Prompt(system=None, messages=(Message(role="user", content=text),)))


def parts_of(text: str) -> tuple[Part, ...]:
    """The parts of what one role says; put together they are the text."""
    return tuple(_parts(text))


def _turns(role: Role, place: int | None, text: str) -> Iterator[Turn]:
    found = stretches(text) if role in {"system", "user"} else ()
    if not found:
        yield Turn(role=role, place=place, parts=parts_of(text))
    for stretch in found:
        yield Turn(
            role=stretch.role,
            place=place,
            opening=stretch.opening,
            parts=parts_of(stretch.content),
            closing=stretch.closing,
        )


def _parts(text: str) -> Iterator[Part]:
    """Protected regions and elements that have their lines to themselves, and what is between them."""
    at = 0
    for start, end, part in _blocks(text):
        yield from _sections(text[at:start])
        yield part
        at = end
    yield from _sections(text[at:])


def _blocks(text: str) -> Iterator[tuple[int, int, Part]]:
    protected = protected_spans(text)
    found = [*((start, end, None) for start, end in protected), *((one.start, one.end, one) for one in elements(text))]
    at = 0
    for start, end, element in sorted(found, key=lambda block: block[:2]):
        line = text.rfind("\n", 0, start) + 1
        after = _REST_OF_LINE.match(text, end)
        if line < at or after is None or not _ONLY_SPACE.fullmatch(text, line, start):
            continue
        until = _with_blank_lines(text, after.end())
        if element is None:
            part = Part(
                kind="protected", form="protected", opening=text[line:start], body=text[start:end],
                closing=text[end:until],
            )  # fmt: skip
        else:
            part = _element(text, line, element, until)
        yield line, until, part
        at = until


def _element(text: str, line: int, element: Element, until: int) -> Part:
    inner = text[element.inner_start : element.inner_end]
    body = inner.strip()
    start = element.inner_start + (len(inner) - len(inner.lstrip()) if body else len(inner))
    kind = "input" if is_input(body) else kind_of_title(element.name.replace("_", " ").replace("-", " "))
    return Part(
        kind=kind,
        form="tag",
        title=element.name,
        opening=text[line:start],
        body=body,
        closing=text[start + len(body) : until],
    )


def _sections(text: str) -> Iterator[Part]:
    """Headings with what stands beneath them, and the paragraphs before the first."""
    solid = solid_spans(text)
    headings = [
        match for match in HEADING.finditer(text) if not any(start <= match.start() < end for start, end in solid)
    ]
    first = headings[0].start() if headings else len(text)
    yield from _paragraphs(text[:first])
    ends = [*(following.start() for following in headings[1:]), len(text)]
    for match, end in zip(headings, ends, strict=False):
        yield from _section(match, text[match.end() : end])


def _section(heading: re.Match[str], below: str) -> Iterator[Part]:
    """A heading with its paragraphs; inputs at the end of them are parts of their own."""
    paragraphs = list(_paragraphs(below))
    last = len(paragraphs)
    while last > 1 and paragraphs[last - 1].kind == "input" and paragraphs[last - 1].form == "prose":
        last -= 1
    kept = "".join(part.text for part in paragraphs[:last])
    body = kept.rstrip()
    kind = "input" if is_input(body) else kind_of_title(heading.group(2))
    yield Part(
        kind=kind,
        form="heading",
        title=heading.group(2),
        opening=heading.group(),
        body=body,
        closing=kept[len(body) :],
    )
    yield from paragraphs[last:]


def _paragraphs(text: str) -> Iterator[Part]:
    solid = solid_spans(text)
    at = 0
    for gap in _BLANK.finditer(text):
        if gap.start() < at or inside(gap.start(), solid):
            continue
        yield _paragraph(text[at : gap.start()], gap.group())
        at = gap.end()
    if at < len(text):
        yield _paragraph(text[at:], "")


def _paragraph(text: str, gap: str) -> Part:
    body = text.strip()
    start = len(text) - len(text.lstrip()) if body else len(text)
    before, after = text[:start], text[start + len(body) :] + gap
    label = LABEL.match(body)
    if label and not is_input(body):
        return Part(
            kind=kind_of_title(label.group(1)),
            form="label",
            title=label.group(1),
            opening=before + label.group(),
            body=body[label.end() :],
            closing=after,
        )
    return Part(kind=kind_of_words(body), form="prose", opening=before, body=body, closing=after)


def _with_blank_lines(text: str, at: int) -> int:
    """The end of the blank lines that follow."""
    while match := re.compile(r"[ \t]*\n").match(text, at):
        at = match.end()
    return at
