"""Reports as pages that are read back."""

import re

import pytest

from brainswap.report import appearance
from brainswap.report.html import to_html
from brainswap.report.model import Report
from brainswap.report.views import CaseView
from tests.fakes.calibrated_reports import calibrated
from tests.fakes.cut_short_reports import cut_short
from tests.fakes.pages import Page, read
from tests.fakes.reports import (
    hold,
    inconclusive,
    large,
    lost_cases,
    refused,
    report,
    unknowns,
)

REPORTS = [report(), hold(), inconclusive(), refused(), unknowns(), large(), cut_short(), calibrated()]
EVERY = pytest.mark.parametrize(
    "found", REPORTS, ids=["migrate", "hold", "inconclusive", "refused", "unknowns", "large", "cut short", "calibrated"]
)
ALLOWED_URLS = {"data:,", "cases.jsonl", "report.xlsx"}


def shown(found: Report, cases: list[CaseView] | None = None) -> Page:
    return read(to_html(found, lost_cases(2, found.contenders) if cases is None else cases))


def assert_harmless(page: Page) -> None:
    assert page.scripts == [appearance.script()]
    assert [start.tag for start in page.starts].count("script") == 1
    assert page.tags().isdisjoint({"iframe", "object", "embed", "img", "form", "base", "input", "math"})
    for start in page.starts:
        assert not [name for name in start.attributes if name.startswith("on") or name in ("style", "src", "srcdoc")]
    links = page.attributes("href")
    assert {link for link in links if not link.startswith("#")} <= ALLOWED_URLS
    assert {link[1:] for link in links if link.startswith("#")} <= set(page.attributes("id"))
    assert not re.search(r"url\(|@import|https?:", "".join(page.styles))
