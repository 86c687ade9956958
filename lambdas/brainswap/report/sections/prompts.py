"""What each target's prompt says otherwise than the original, line by line, with the reason of every change."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Final

from brainswap.report import wording
from brainswap.report.markup import Child, Element, el
from brainswap.report.model import Report
from brainswap.report.rendering import count, whole
from brainswap.report.sections.tables import section
from brainswap.report.untrusted import one_line
from brainswap.report.views import PromptView

MOST_LINES: Final = 400  # of one difference; the whole of it is in the folder prompts


def prompts(report: Report, shown: Sequence[PromptView]) -> Element | None:
    """One fold for each prompt that differs; None where all targets were asked with the original."""
    names = wording.labels(report)
    changed = [each for each in shown if each.text != each.original]
    if not changed:
        return None
    return section(
        "prompts",
        "Prompts",
        "What was added to the original is underlined, what was taken out is struck through. The whole prompts are in "
        "the folder prompts.",
        *(_prompt(each, names.get(each.contender, each.contender)) for each in changed),
    )


def _prompt(shown: PromptView, name: str) -> Element:
    lines = list(
        difflib.unified_diff(shown.original.splitlines(), shown.text.splitlines(), "original", name, lineterm="", n=2)
    )[2:]
    added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    left_out = len(lines) - MOST_LINES
    return el(
        "details",
        None,
        el(
            "summary",
            None,
            el("b", None, one_line(name)),
            el("span", {"class": "quiet"}, f"{count(added, 'line')} added, {whole(removed)} taken out"),
        ),
        el("ul", None, *(el("li", None, reason) for reason in shown.reasons)) if shown.reasons else None,
        el("div", {"class": "text difference"}, *_lines(lines[:MOST_LINES])),
        el("p", {"class": "quiet"}, f"{count(left_out, 'more line')} in prompts.") if left_out > 0 else None,
    )


def _lines(lines: Sequence[str]) -> Iterator[Child]:
    for line in lines:
        if line.startswith("@@"):
            yield el("div", {"class": "quiet"}, "…")
        elif line.startswith("+"):
            yield el("div", None, "+ ", el("ins", None, line[1:]))
        elif line.startswith("-"):
            yield el("div", None, "\u2212 ", el("del", None, line[1:]))
        else:
            yield el("div", None, f"  {line[1:]}")
