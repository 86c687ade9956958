"""HTML as a tree of elements and plain text: only `render` writes, and it escapes, so text cannot become markup."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final, Literal, get_args

from brainswap.report.untrusted import visible

Tag = Literal[
    "html", "head", "meta", "link", "title", "body",
    "a", "article", "aside", "b", "br", "code", "dd", "del", "details", "div", "dl", "dt", "figcaption", "figure",
    "footer", "h1", "h2", "h3", "h4", "header", "ins", "li", "main", "nav", "ol", "p", "section", "small", "span",
    "strong", "summary", "time", "ul",
    "table", "caption", "colgroup", "col", "thead", "tbody", "tr", "th", "td",
    "svg", "g", "line", "rect", "circle", "path", "text", "desc",
]  # fmt: skip
Attribute = Literal[
    "lang", "dir", "class", "id", "role", "title", "tabindex", "datetime", "open", "href", "rel",
    "charset", "name", "content", "http-equiv",
    "aria-label", "aria-labelledby", "aria-hidden",
    "colspan", "rowspan", "scope",
    "viewBox", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "dx", "d", "text-anchor",
]  # fmt: skip
Attributes = Mapping[Attribute, str | int | float]

_TAGS: Final[frozenset[str]] = frozenset(get_args(Tag))
_ATTRIBUTES: Final[frozenset[str]] = frozenset(get_args(Attribute))
_VOID: Final = frozenset({"br", "col", "link", "meta"})
_OWN_LINK: Final = re.compile(r"#[a-z][a-z0-9-]*|data:,")
# To a file of a run below the page's folder, or beside it; a name with a colon or a slash of its own is quoted.
_RUN_LINK: Final = re.compile(
    r"(\.\./){0,2}(?:(?!(?:\.|%2[eE]){1,2}/)[A-Za-z0-9._~%-]+/){0,4}report\.(?:html|pdf|xlsx|json)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A tag with its attributes and children; made by `el` alone."""

    tag: Tag
    attributes: Attributes
    children: "tuple[Child, ...]"


Child = Element | str | None


def leads_to_a_run(link: str) -> bool:
    """Whether a link leads to the report of a run in a folder nearby; the page has no other that leaves it."""
    return _RUN_LINK.fullmatch(link) is not None


def el(tag: Tag, attributes: Attributes | None = None, /, *children: Child) -> Element:
    """An element; text among the children is data, whatever it looks like, and None is left out.

    Raises:
        ValueError: a tag or an attribute that the page has no use for, or a link that leaves the page.
    """
    attributes = attributes or {}
    if tag not in _TAGS or not _ATTRIBUTES.issuperset(attributes):
        raise ValueError(f"not in the page's vocabulary: {tag} {', '.join(attributes)}")
    link = str(attributes.get("href", "#place"))
    if not (_OWN_LINK.fullmatch(link) or leads_to_a_run(link)):
        raise ValueError("a link leads to a place in the page itself, or to the report of a run")
    return Element(tag=tag, attributes=attributes, children=children)


def page(*, title: str, stylesheet: str, body: Iterable[Child]) -> str:
    """A whole document that loads nothing, runs nothing and looks as the stylesheet says.

    Raises:
        ValueError: the stylesheet holds a ``<``, which could end it.
    """
    if "<" in stylesheet:
        raise ValueError("a stylesheet holds no markup")
    digest = base64.b64encode(hashlib.sha256(stylesheet.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    head = (
        el("meta", {"charset": "utf-8"}),
        el("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        el("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        el("meta", {"name": "color-scheme", "content": "light dark"}),
        el("meta", {"name": "referrer", "content": "no-referrer"}),
        el("link", {"rel": "icon", "href": "data:,"}),
        el("title", None, title),
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB">\n<head>{"".join(map(render, head))}'
        f"<style>{stylesheet}</style></head>\n{render(el('body', None, *body))}\n</html>\n"
    )


def render(node: Child) -> str:
    """The one place where markup is written and everything else is escaped."""
    written: list[str] = []
    _write(node, written)
    return "".join(written)


def _write(node: Child, written: list[str]) -> None:
    if node is None:
        return
    if isinstance(node, str):
        written.append(escape(visible(node)))
        return
    attributes = "".join(f' {name}="{escape(visible(str(value)))}"' for name, value in node.attributes.items())
    written.append(f"<{node.tag}{attributes}>")
    if node.tag in _VOID:
        return
    for child in node.children:
        _write(child, written)
    written.append(f"</{node.tag}>")
