"""The sheet as a page: one file that needs no network, shows a pair at a time, and hands out the grades as a file."""

from collections.abc import Sequence
from pathlib import Path

from brainswap.core.blind.documents import BlindKey
from brainswap.core.wording import printable
from brainswap.report import appearance
from brainswap.report.markup import Element, el, page
from brainswap.report.rendering import count
from brainswap.report.untrusted import one_line, visible
from local.blind.pairs import Pair
from local.blind.sheet import row_key, sides
from local.labels.drawing import CannotLabelError
from local.labels.tables import LONGEST_CELL


def write_page(key: BlindKey, pairs: Sequence[Pair], path: Path) -> None:
    """Write a new file.

    Raises:
        CannotLabelError: the file exists, and may be another sheet, or cannot be written.
    """
    name = printable(str(path), 300)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(to_page(key, pairs))
    except FileExistsError:
        raise CannotLabelError(f"{name} exists: name another with --out, or remove it.") from None
    except OSError as error:
        raise CannotLabelError(f"{name} cannot be written: {error.strerror}.") from None


def to_page(key: BlindKey, pairs: Sequence[Pair]) -> str:
    """The page; like the sheet it names neither run, model, contender nor seed. Every text on it is shown as text.

    Args:
        key: of the sheet.
        pairs: in the order of its rows.
    """
    rows = [_row(key, number, pair) for number, pair in enumerate(pairs, start=1)]
    return page(
        title=f"Which answer is better? {one_line(key.workload)}",
        stylesheet=appearance.blind_stylesheet(),
        script=appearance.blind_script(),
        body=(
            el("a", {"class": "skip", "href": "#row-1"}, "Skip to the answers"),
            el(
                "header",
                {"class": "masthead"},
                el("p", {"class": "wordmark"}, "Brainswap ", el("span", None, "blind comparison")),
                el("h1", None, "Which answer is better?"),
                el("p", {"class": "lede"}, _instructions(key)),
                el("p", {"class": "unscripted"}, "This page takes grades by its script, which does not run here."),
            ),
            el(
                "main",
                {"id": "sheet", "data-sheet": key.sheet, "data-file": f"grades-{one_line(key.workload)}.csv"},
                *rows,
            ),
        ),
    )


def _instructions(key: BlindKey) -> str:
    return (
        f"{count(len(key.rows), 'case')} of {one_line(key.workload)}, each with two answers in an order that was "
        "drawn. Grade from the top as far as you come, and say the same where you cannot tell. "
        "At the end, or whenever you stop, download the grades and hand the file to whoever gave you this page."
    )


def _row(key: BlindKey, number: int, pair: Pair) -> Element:
    heading, (first, second) = f"row-{number}", sides(key.rows[number - 1], pair)
    return el(
        "section",
        {"class": "pair", "id": heading, "data-key": row_key(key, number), "aria-labelledby": f"{heading}-heading"},
        el("h2", {"id": f"{heading}-heading", "tabindex": "-1"}, f"Case {number} of {len(key.rows)}"),
        _text("What was asked", pair.request),
        _text("What is expected", pair.reference) if pair.reference else None,
        el("div", {"class": "sides"}, _text("Answer A", first), _text("Answer B", second)),
        el("p", {"class": "grade"}),
    )


def _text(name: str, text: str) -> Element:
    shown = visible(text, LONGEST_CELL) if text.strip() else "(empty)"
    kind = "text" if text.strip() else "text nothing"
    return el("div", {"class": "told"}, el("h3", None, name), el("div", {"class": kind}, shown))
