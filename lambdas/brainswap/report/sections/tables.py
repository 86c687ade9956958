"""Tables that a phone can scroll inside their own box, with a caption and headers that a screen reader can follow."""

from collections.abc import Iterable, Sequence
from typing import Literal

from brainswap.report.markup import Child, Element, el

Cell = Child | tuple[Child, ...]
Row = Sequence[Cell]
Kind = Literal["figures", "words", "gates", "runs"]


def table(caption: str, columns: Sequence[str], rows: Iterable[Row], *, kind: Kind = "figures") -> Element:
    """A table whose first column names the rows.

    Args:
        caption: what the table shows; also the name of the box that scrolls.
        columns: the first is the heading of the row names.
        rows: as many cells as columns.
        kind: ``figures`` stand right and do not wrap; the columns of ``gates`` are as wide in every table.
    """
    return el(
        "div",
        {"class": "scroll", "role": "region", "aria-label": caption, "tabindex": 0},
        el(
            "table",
            {"class": kind},
            el("caption", None, caption),
            el("thead", None, el("tr", None, *(el("th", {"scope": "col"}, name) for name in columns))),
            el("tbody", None, *(_row(cells) for cells in rows)),
        ),
    )


def definitions(pairs: Iterable[tuple[str, Cell]]) -> Element:
    """Names with what they stand for."""
    return el(
        "dl", None, *(part for name, value in pairs for part in (el("dt", None, name), el("dd", None, *_flat(value))))
    )


def section(place: str, heading: str, lede: str | None, *content: Child) -> Element:
    """A part of the page with its heading; ``place`` is what links within the page lead to."""
    return el(
        "section",
        {"id": place, "aria-labelledby": f"{place}-heading"},
        el(
            "header",
            None,
            el("h2", {"id": f"{place}-heading"}, heading),
            el("p", {"class": "lede"}, lede) if lede else None,
        ),
        *content,
    )


def _row(cells: Row) -> Element:
    name, *others = cells
    return el("tr", None, el("th", {"scope": "row"}, *_flat(name)), *(el("td", None, *_flat(cell)) for cell in others))


def _flat(cell: Cell) -> tuple[Child, ...]:
    return cell if isinstance(cell, tuple) else (cell,)
