"""What charts as inline SVG have in common: their frame, with words for who does not see it, and a scale across it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from brainswap.report.markup import Child, Element, el
from brainswap.report.tradeoff import Scale

AXIS_PX: Final = 28
"""Below a drawing, for the names of the ticks."""

LABEL_LENGTH: Final = 44
"""Characters of a row's name that fit a phone."""

_NAME_PX: Final = 18  # below the axis


def drawing(place: str, *, title: str, description: str, height: int, marks: Iterable[Child]) -> Element:
    """An SVG as wide as there is room.

    Args:
        place: its own id in the page, of small letters, digits and hyphens.
        title: what is drawn.
        description: everything that it shows, in words.
        height: in pixels.
        marks: what is drawn.
    """
    return el(
        "svg",
        {
            "class": "chart",
            "role": "img",
            "width": "100%",
            "height": height,
            "aria-labelledby": f"{place}-title {place}-desc",
        },
        el("title", {"id": f"{place}-title"}, title),
        el("desc", {"id": f"{place}-desc"}, description),
        *marks,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """A scale from left to right.

    Attributes:
        left: where it begins, as a share of the drawing.
        width: of it, likewise.
    """

    scale: Scale
    left: float
    width: float = 0.94

    def x(self, value: float) -> float:
        """Where a value is drawn, in per cent of the drawing."""
        return round(100 * (self.left + self.width * self.scale.at(value)), 2)

    def at(self, value: float) -> str:
        return f"{self.x(value):.2f}%"

    def ticks(self, top: int, bottom: int, name: Callable[[float], str]) -> Iterator[Child]:
        """The ticks as lines, with their names below; a scale that begins at zero has that name within the drawing."""
        for tick in self.scale.ticks():
            x = self.at(tick)
            yield el("line", {"class": "tick", "x1": x, "x2": x, "y1": top, "y2": bottom})
            anchor = "start" if tick == self.scale.low == 0 else "middle"
            yield el("text", {"class": "tick-name", "x": x, "y": bottom + _NAME_PX, "text-anchor": anchor}, name(tick))
