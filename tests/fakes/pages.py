"""A reader of HTML that keeps what a browser would act on, and complains of tags that do not nest."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "col", "link", "meta"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A start tag with its attributes."""

    tag: str
    attributes: dict[str, str]


@dataclass(slots=True)
class Page:
    """What was found: the start tags in order, all text that a reader sees, the stylesheets and the scripts."""

    starts: list[Start] = field(default_factory=list)
    text: str = ""
    styles: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)

    def attributes(self, name: str) -> list[str]:
        return [start.attributes[name] for start in self.starts if name in start.attributes]

    def tags(self) -> set[str]:
        return {start.tag for start in self.starts}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.starts.append(Start(tag=tag, attributes={name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.within, f"</{tag}> ends nothing"
        assert self.within.pop() == tag, f"</{tag}> does not nest"

    def handle_data(self, data: str) -> None:
        if self.within[-1:] == ["style"]:
            self.page.styles.append(data)
        elif self.within[-1:] == ["script"]:
            self.page.scripts.append(data)
        else:
            self.page.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"a processing instruction: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")


def read(markup: str) -> Page:
    """Read a whole document or a part of one.

    Raises:
        AssertionError: tags do not nest, or there is a comment, a declaration or a processing instruction.
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    assert not reader.within, f"never ended: {reader.within}"
    return reader.page
