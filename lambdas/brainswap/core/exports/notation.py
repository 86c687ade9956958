"""Placeholders in the notations of others, so that what is rendered there is the very text that is rendered here."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from brainswap.core.prompts.template import PLACEHOLDER

_LONGEST = 96  # of the 100 of a name, the rest being for a number
_OPENED = re.compile(r"\{{2,}|\{(?=[%#]|\Z)")  # a brace at the end may stand before a placeholder


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Of a template: a text, or the name of a placeholder."""

    text: str
    is_name: bool


def pieces(template: str) -> Iterator[Piece]:
    """A template cut at its placeholders; empty texts are left out."""
    end = 0
    for match in PLACEHOLDER.finditer(template):
        if match.start() > end:
            yield Piece(text=template[end : match.start()], is_name=False)
        yield Piece(text=match.group(1), is_name=True)
        end = match.end()
    if end < len(template):
        yield Piece(text=template[end:], is_name=False)


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """Each name by one that programming languages take: letters, digits and underscores, no two alike."""
    return _renamed(names, lambda name: re.sub(r"[^A-Za-z0-9_]", "_", name))


def single_underscores(names: Iterable[str]) -> dict[str, str]:
    """Each name by one that Prompt Management takes: letters and digits, with single hyphens or underscores."""
    return _renamed(names, _with_single_underscores)


def _with_single_underscores(name: str) -> str:
    return re.sub(r"[_-]{2,}", "_", re.sub(r"[^A-Za-z0-9_-]", "_", name))[:_LONGEST]


def _renamed(names: Iterable[str], fitting: Callable[[str], str]) -> dict[str, str]:
    wanted = sorted(set(names))
    kept = {name: name for name in wanted if fitting(name) == name}
    taken = set(kept)
    for name in wanted:
        if name not in kept:
            plain = free = fitting(name)
            number = 2
            while free in taken:
                free, number = f"{plain}_{number}", number + 1
            taken.add(free)
            kept[name] = free
    return kept


def double_braces(template: str, names: Mapping[str, str]) -> str:
    """As here, with other names."""
    return "".join(f"{{{{{names[each.text]}}}}}" if each.is_name else each.text for each in pieces(template))


def python_format(template: str, names: Mapping[str, str]) -> str:
    """For ``str.format`` and LangChain's f-strings, where a brace is written twice."""
    return "".join(
        f"{{{names[each.text]}}}" if each.is_name else each.text.replace("{", "{{").replace("}", "}}")
        for each in pieces(template)
    )


def nunjucks(template: str, names: Mapping[str, str]) -> str:
    """For Nunjucks and Jinja, where braces that could open something are written as a text of their own."""
    return "".join(
        f"{{{{{names[each.text]}}}}}" if each.is_name else nunjucks_text(each.text) for each in pieces(template)
    )


def nunjucks_text(text: str) -> str:
    """A text that Nunjucks renders as itself."""
    return _OPENED.sub(lambda match: f'{{{{ "{match.group()}" }}}}', text)
