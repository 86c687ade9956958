"""Tables that a phone can scroll inside their own box, with a caption and headers that a screen reader can follow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from brainswap.report.markup import Attributes, Child, Element, el

Cell = Child | tuple[Child, ...]
Kind = Literal["figures", "words", "gates", "runs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """A cell that a reader may sort by; without a value, it stays below all that have one."""

    cell: Cell
    value: float | None


Row = Sequence[Cell | Sorted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A row with attributes that a filter goes by."""

    attributes: Attributes
    cells: Row


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Row | Marked],
    *,
    kind: Kind = "figures",
    sortable: bool = False,
) -> Element:
    """A table whose first column names the rows.

    Args:
        caption: what the table shows; also the name of the box that scrolls.
        columns: the first is the heading of the row names.
        rows: as many cells as columns.
        sortable: the page's script makes buttons of the headings.
        kind: ``figures`` stand right and do not wrap; the columns of ``gates`` are as wide in every table.
    """
    return el(
        "div",
        {"class": "scroll", "role": "region", "aria-label": caption, "tabindex": 0},
        el(
            "table",
            {"class": f"{kind} sortable" if sortable else kind},
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


def _row(row: Row | Marked) -> Element:
    cells, attributes = (row.cells, row.attributes) if isinstance(row, Marked) else (row, None)
    name, *others = cells
    return el("tr", attributes, _cell("th", {"scope": "row"}, name), *(_cell("td", {}, cell) for cell in others))


def _cell(tag: Literal["th", "td"], attributes: Attributes, cell: Cell | Sorted) -> Element:
    if isinstance(cell, Sorted):
        value = "" if cell.value is None else repr(cell.value)
        return el(tag, {**attributes, "data-sort": value}, *_flat(cell.cell))
    return el(tag, attributes or None, *_flat(cell))


def _flat(cell: Cell) -> tuple[Child, ...]:
    return cell if isinstance(cell, tuple) else (cell,)
