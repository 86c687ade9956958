"""HTML as a tree of elements and plain text: only `render` writes, and it escapes, so text cannot become markup."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, Literal, get_args

from brainswap.report.untrusted import Shown, visible

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
    "data-sort", "data-role", "data-verdict", "data-segment", "data-shows", "data-client", "data-domain",
    "data-key", "data-sheet", "data-file",
    "colspan", "rowspan", "scope",
    "viewBox", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "dx", "d", "text-anchor",
]  # fmt: skip
Attributes = Mapping[Attribute, str | int | float]

_TAGS: Final[frozenset[str]] = frozenset(get_args(Tag))
_ATTRIBUTES: Final[frozenset[str]] = frozenset(get_args(Attribute))
_VOID: Final = frozenset({"br", "col", "link", "meta"})
_OWN_LINK: Final = re.compile(r"#[a-z][a-z0-9-]*|data:,|cases\.jsonl|report\.xlsx")  # the files lie beside the page
# To a file of a run below the page's folder, or beside it; a name with a colon or a slash of its own is quoted.
_RUN_LINK: Final = re.compile(
    r"(\.\./){0,2}(?:(?!(?:\.|%2[eE]){1,2}/)[A-Za-z0-9._~%-]+/){0,4}report\.(?:html|pdf|xlsx|json)"
)
_ENDS_SCRIPT: Final = re.compile(r"</|<!--|<script", re.IGNORECASE)


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


def page(
    *, title: str, stylesheet: str, body: Iterable[Child], script: str | None = None, connects: Sequence[str] = ()
) -> str:
    """A whole document that loads nothing, runs its own script alone and looks as the stylesheet says.

    Args:
        title: of the window.
        stylesheet: all of it.
        body: what stands on the page; the script finds it there, so no text of it ever is in a script.
        script: all of it; None for a page that runs nothing. It can make no markup of text (trusted types).
        connects: to whom the script may speak; to nobody where there is none.

    Raises:
        ValueError: the stylesheet holds a ``<``, or the script something that could end it.
    """
    if "<" in stylesheet:
        raise ValueError("a stylesheet holds no markup")
    if script is not None and _ENDS_SCRIPT.search(script):
        raise ValueError("a script holds nothing that could end it")
    head = (
        el("meta", {"charset": "utf-8"}),
        el("meta", {"http-equiv": "Content-Security-Policy", "content": policy_of(stylesheet, script, connects)}),
        el("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        el("meta", {"name": "color-scheme", "content": "light dark"}),
        el("meta", {"name": "referrer", "content": "no-referrer"}),
        el("link", {"rel": "icon", "href": "data:,"}),
        el("title", None, title),
    )
    written = render(el("body", None, *body))
    if script is not None:
        written = f"{written.removesuffix('</body>')}<script>{script}</script></body>"
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB">\n<head>{"".join(map(render, head))}'
        f"<style>{stylesheet}</style></head>\n{written}\n</html>\n"
    )


def policy_of(stylesheet: str, script: str | None, connects: Sequence[str] = ()) -> str:
    """The Content-Security-Policy of a page; see `page`."""
    speaks = f"connect-src {' '.join(connects)}; " if connects else ""
    runs = "" if script is None else f"script-src {_hashed(script)}; require-trusted-types-for 'script'; "
    looks = f"style-src {_hashed(stylesheet)}; "
    return f"default-src 'none'; {looks}{runs}{speaks}img-src data:; base-uri 'none'; form-action 'none'"


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def render(node: Child) -> str:
    """The one place where markup is written and everything else is escaped."""
    written: list[str] = []
    _write(node, written)
    return "".join(written)


def _write(node: Child, written: list[str]) -> None:
    if node is None:
        return
    if isinstance(node, str):
        written.append(escape(node if isinstance(node, Shown) else visible(node), quote=False))
        return
    attributes = "".join(f' {name}="{escape(visible(str(value)))}"' for name, value in node.attributes.items())
    written.append(f"<{node.tag}{attributes}>")
    if node.tag in _VOID:
        return
    for child in node.children:
        _write(child, written)
    written.append(f"</{node.tag}>")
