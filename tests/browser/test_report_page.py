from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from brainswap.report.html import to_html
from brainswap.report.index.entry import entry_of
from brainswap.report.index.history import FILES, Holding, Index, Listed, in_order
from brainswap.report.index.page import to_page
from brainswap.report.model import Report
from brainswap.report.views import CaseView
from tests.browser.opening import CHROMIUM, open_page
from tests.fakes.calibrated_reports import calibrated
from tests.fakes.cut_short_reports import cut_short
from tests.fakes.hostile_reports import HOSTILE, hostile
from tests.fakes.indexes import index_of, run
from tests.fakes.reports import hold, large, lost_cases, refused, report, unknowns

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the path")

WIDTHS = (390, 800, 1280, 1600)
PHONE = WIDTHS[0]
PAGES: dict[str, tuple[Report, Sequence[CaseView]]] = {
    "migrate": (report(), lost_cases(3, report().contenders)),
    "hold": (hold(), lost_cases(1, hold().contenders)),
    "refused": (refused(), []),
    "unknowns": (unknowns(), []),
    "large": (large(), lost_cases(4, large().contenders)),
    "cut-short": (cut_short(), []),
    "calibrated": (calibrated(), []),
}

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def holding(run_id: str, *stale: str) -> Holding:
    return Holding(run_id=run_id, stale=list(stale), seen_at=NOON, too_old_at=NOON + timedelta(days=180))


INDEXES: dict[str, Index] = {
    "index": index_of([run(number) for number in range(1, 6)]),
    "index-of-breaks": index_of(
        [
            run(1),
            run(2, origin="simulated", models="simulated"),
            run(3, facts={"cases_sha256": "c" * 64}),
            refused(),
            unknowns(),
        ]
    ),
    "index-of-one": index_of([run(1)]),
    "index-of-stale": index_of([run(1), run(2)]).model_copy(
        update={"verdicts": [holding("run-0002", "the cases changed", "the price of a.model changed")]}
    ),
    "index-hostile": Index(
        runs=in_order([Listed(entry=entry_of(hostile(text)), place=text, files=[*FILES]) for text in HOSTILE]),
        unreadable=[*HOSTILE],
        verdicts=[holding(hostile(text).run_id, text) for text in HOSTILE],
        verdicts_unknown=HOSTILE[0],
    ),
}
EVERY = (*PAGES, *INDEXES)

# The lowest contrast of any text to what lies behind it, with the text: WCAG 2.2, 1.4.3.
LOWEST_CONTRAST = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  let lowest = [21, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const ink = luminance(parse(element instanceof SVGElement ? style.fill : style.color));
    const paper = luminance(behind(element));
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (contrast < lowest[0]) lowest = [contrast, walker.currentNode.data];
  }
  return lowest;
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    for name, (found, cases) in PAGES.items():
        (made / f"{name}.html").write_text(to_html(found, cases), "utf-8")
    for name, index in INDEXES.items():
        (made / f"{name}.html").write_text(to_page(index, "support-triage"), "utf-8")
    return made


@pytest.mark.parametrize("name", EVERY)
def test_a_page_asks_for_nothing_but_itself_and_says_nothing(browser: "Browser", folder: Path, name: str) -> None:
    file = folder / f"{name}.html"

    opened = open_page(browser, file)
    opened.unfold()
    opened.page.wait_for_timeout(50)

    assert opened.heard == [f"request: {file.as_uri()}"]
    opened.page.close()


@pytest.mark.parametrize("name", EVERY)
def test_a_page_is_never_wider_than_its_window(browser: "Browser", folder: Path, name: str) -> None:
    opened = open_page(browser, folder / f"{name}.html")

    folded = [opened.overflow(width) for width in WIDTHS]
    opened.unfold()
    unfolded = [opened.overflow(width) for width in WIDTHS]

    assert folded == unfolded == [0] * len(WIDTHS)
    opened.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["migrate", "hold", "unknowns", "large", "cut-short", "index-of-breaks"])
def test_all_text_stands_out_from_what_lies_behind_it(
    browser: "Browser", folder: Path, name: str, scheme: Literal["light", "dark"]
) -> None:
    opened = open_page(browser, folder / f"{name}.html", scheme=scheme)
    opened.unfold()

    contrast, text = opened.page.evaluate(LOWEST_CONTRAST)

    assert contrast >= 4.5, text
    opened.page.close()


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        *(("migrate", "light"), ("migrate", "dark"), ("refused", "light"), ("calibrated", "dark")),
        *(("index-of-stale", "light"), ("index-of-breaks", "dark")),
    ],
)
def test_axe_finds_nothing_that_would_keep_anybody_from_reading(
    browser: "Browser", folder: Path, name: str, scheme: Literal["light", "dark"]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    opened = open_page(browser, folder / f"{name}.html", PHONE, scheme)
    opened.unfold()

    found = axe.Axe().run(opened.page)

    assert [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []
    assert len(found.response["passes"]) > 20
    opened.page.close()


def test_the_stylesheet_applies_under_the_policy(browser: "Browser", folder: Path) -> None:
    opened = open_page(browser, folder / "migrate.html")

    margin = opened.page.evaluate("getComputedStyle(document.body).marginTop")

    assert margin == "0px"
    opened.page.close()


def test_the_keyboard_reaches_the_verdict_first(browser: "Browser", folder: Path) -> None:
    opened = open_page(browser, folder / "migrate.html")

    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Enter")

    assert opened.page.url.endswith("#verdict")
    opened.page.close()


def test_a_fold_opens_without_a_script(browser: "Browser", folder: Path) -> None:
    opened = open_page(browser, folder / "migrate.html", PHONE, scripts=False)
    case = opened.page.locator("details.case").first

    case.locator("summary").click()

    assert case.locator("article").first.is_visible()
    opened.page.close()


@pytest.mark.parametrize("scripts", [False, True])
def test_a_filter_leaves_the_cases_that_it_names_in_view(browser: "Browser", folder: Path, *, scripts: bool) -> None:
    opened = open_page(browser, folder / "migrate.html", scripts=scripts)
    cases = opened.page.locator("details.case")
    assert [case.is_visible() for case in cases.all()] == [True, True, True]

    opened.page.get_by_role("link", name="Critical and lost").click()

    cases.nth(1).wait_for(state="hidden")  # the page hears of a new place a moment after the key
    assert [case.is_visible() for case in cases.all()] == [True, False, False]
    opened.page.get_by_role("link", name="All 3").press("Enter")
    cases.nth(2).wait_for(state="visible")
    assert [case.is_visible() for case in cases.all()] == [True, True, True]
    opened.page.close()


def test_all_cases_are_printed_whatever_is_filtered(browser: "Browser", folder: Path) -> None:
    opened = open_page(browser, folder / "migrate.html")
    opened.page.get_by_role("link", name="Critical and lost").click()

    opened.page.emulate_media(media="print")

    assert all(case.is_visible() for case in opened.page.locator("details.case").all())
    opened.page.close()
