"""Links to what a run left, for messages."""

from datetime import timedelta
from typing import Final

from brainswap.ports import Dependencies
from brainswap.publishing import index_page_key
from brainswap.report.message import Places
from brainswap.report.model import Report
from brainswap.run_files import RunFiles

LINKED: Final = ("report.html", "report.pdf", "report.xlsx", "report.json")
LINKS_S: Final = 3600  # a link ends with the session that signed it, and nobody tells how much of a function's is left


def places_of(report: Report, files: RunFiles, using: Dependencies) -> Places:
    """Where people find the files of a run, signed from now on."""
    return Places(
        lasting=using.links.lasting(files.key("report.html")),
        index=using.links.lasting(index_page_key(report.workload)),
        links={name: using.links.signed(files.key(name), name, LINKS_S) for name in LINKED if files.has(name)},
        until=using.clock.now() + timedelta(seconds=LINKS_S),
    )
