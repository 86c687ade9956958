"""Instructions about the marks by which a program recognises parts of an answer."""

import re

from brainswap.core.scoring.documents import whole_json
from brainswap.core.scoring.instructions.finding import Finding, counted, exactly
from brainswap.core.scoring.quoting import quote

_OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_HIGHLIGHT = re.compile(r"\*([^\n*]*)\*")
_DOUBLE_HIGHLIGHT = re.compile(r"\*\*([^\n*]*)\*\*")
_POSTSCRIPTS = {"P.S.": re.compile(r"p\.\s?s\."), "P.P.S": re.compile(r"p\.\s?p\.\s?s")}
_OPENING_FENCES = ("```json", "```Json", "```JSON", "```")


def number_placeholders(text: str, *, num_placeholders: int) -> Finding:
    """Such as ``[address]``, each within one line."""
    number = sum(map(_placeholders, text.split("\n")))
    return counted(number, "placeholders in square brackets", "at least", num_placeholders)


def _placeholders(line: str) -> int:
    number, opening = 0, line.find("[")
    while opening >= 0 and (closing := line.find("]", opening)) >= 0:
        number, opening = number + 1, line.find("[", closing)
    return number


def postscript(text: str, *, postscript_marker: str) -> Finding:
    """The marker occurs in any case; in IFEval's two, ``P.S.`` and ``P.P.S``, spaces may part the letters."""
    lowered = text.lower()
    pattern = _POSTSCRIPTS.get(postscript_marker)
    present = postscript_marker.lower() in lowered if pattern is None else pattern.search(lowered) is not None
    return Finding(followed=present, found=f"{'a' if present else 'no'} postscript {quote(postscript_marker)}")


def number_bullet_lists(text: str, *, num_bullets: int) -> Finding:
    """Lines that start with ``-``, or with a single ``*`` that something follows, be it the next line."""
    lines = [line.lstrip() for line in text.split("\n")]
    number = sum(line.startswith("-") or (line.startswith("*") and line[1:2] != "*") for line in lines)
    if lines[-1] == "*":
        number -= 1
    return exactly(number, "bullet points", num_bullets)


def constrained_response(text: str) -> Finding:
    """One of IFEval's three answers occurs."""
    given = [option for option in _OPTIONS if option in text]
    found = f"the answer {quote(given[0])}" if given else f"none of {', '.join(map(quote, _OPTIONS))}"
    return Finding(followed=bool(given), found=found)


def number_highlighted_sections(text: str, *, num_highlights: int) -> Finding:
    """Such as ``*this*``; one in three asterisks counts twice, as IFEval has it."""
    matches = (*_HIGHLIGHT.finditer(text), *_DOUBLE_HIGHLIGHT.finditer(text))
    number = sum(bool(match[1].strip()) for match in matches)
    return counted(number, "highlighted sections", "at least", num_highlights)


def multiple_sections(text: str, *, section_spliter: str, num_sections: int) -> Finding:
    """Sections start with the word and a number, such as ``SECTION 1``; the argument's name is IFEval's spelling."""
    heading = re.compile(rf"{re.escape(section_spliter)}\s?\d+")
    number = sum(1 for _ in heading.finditer(text))
    return counted(number, f"sections headed {quote(section_spliter)} and a number", "at least", num_sections)


def json_format(text: str) -> Finding:
    """The whole answer is JSON, with or without a fence around it."""
    body = text.strip()
    for fence in _OPENING_FENCES:
        body = body.removeprefix(fence)
    document = whole_json(body.removesuffix("```").strip())
    return Finding(followed=document.problem is None, found=document.problem or "valid JSON")


def title(text: str) -> Finding:
    """Such as ``<<poem of joy>>``, within one line."""
    titled = any(map(_titled, text.split("\n")))
    return Finding(followed=titled, found=f"{'a' if titled else 'no'} title in double angular brackets")


def _titled(line: str) -> bool:
    start, end = line.find("<<"), line.rfind(">>")
    return 0 <= start < end - len("<<") and bool(line[start:end].lstrip("<").rstrip(">").strip())
