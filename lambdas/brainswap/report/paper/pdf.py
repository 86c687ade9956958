"""``report.pdf``: two pages for who decides, and an appendix; tagged for screen readers (PDF/UA-1), fonts embedded.

The texts reach the template as data, in one JSON value that nothing evaluates: typst has no way from a text to markup
but ``eval``, which the template does not use.
"""

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from brainswap.report.model import Report
from brainswap.report.paper.legible import all_legible
from brainswap.report.paper.sheet import paper

if TYPE_CHECKING:
    from typst import Fonts


def to_pdf(report: Report) -> bytes:
    """The same bytes for the same report; the moment in it is that of the run."""
    import typst

    return typst.compile(
        _template(),
        font_paths=_fonts(),
        sys_inputs={"paper": json.dumps(all_legible(paper(report)), ensure_ascii=False)},
        format="pdf",
        pdf_standards="ua-1",
        timestamp=int(report.created_at.timestamp()),
    )


@cache
def _template() -> bytes:
    return files("brainswap.report").joinpath("templates/report.typ").read_bytes()


@cache
def _fonts() -> "Fonts":
    """Those that the library carries and no others: a report looks the same wherever it is made."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
