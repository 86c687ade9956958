"""Every hostile text in a real browser: nothing of it runs, loads, speaks, becomes an element or breaks the layout."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from brainswap.report.html import to_html
from brainswap.report.places import place_of
from brainswap.report.untrusted import one_line
from tests.browser.opening import CHROMIUM, open_page
from tests.fakes.hostile_reports import hostile_case, hostile_crowd
from tests.fakes.hostile_texts import EVERY_HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the path")

TEXTS = [text for text in EVERY_HOSTILE if one_line(text)]
CROWD = 4  # targets of one page: its tables grow by the cube of them
CROWDS = [TEXTS[first : first + CROWD] for first in range(0, len(TEXTS), CROWD)]
PHONE = 390
AT_ONCE = 50  # folds in view

# What a page is made of besides text: an element or an attribute that a text brought in would be one more.
MADE_OF = """() => {
  const counts = {};
  for (const each of document.querySelectorAll("*")) {
    if (each.localName === "ins") continue;
    const name = [each.localName, ...each.getAttributeNames().filter((name) => name !== "open")].join(" ");
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}"""


def counted(page: "Page") -> object:
    return page.evaluate(MADE_OF)


def test_texts_in_every_place_stay_texts(browser: "Browser", tmp_path: Path) -> None:
    made: dict[int, object] = {}
    for size in {len(crowd) for crowd in CROWDS}:
        file = tmp_path / f"harmless-{size}.html"
        names = [f"harmless {number}" for number in range(size)]
        file.write_text(to_html(hostile_crowd(names), [hostile_case(name) for name in names]), "utf-8")
        opened = open_page(browser, file)
        made[size] = counted(opened.page)
        opened.page.close()
    opened = open_page(browser, file)
    for number, crowd in enumerate(CROWDS):
        file = tmp_path / f"{number}.html"
        file.write_text(to_html(hostile_crowd(crowd), [hostile_case(text) for text in crowd]), "utf-8")
        opened.heard.clear()

        opened.page.goto(file.as_uri())
        opened.unfold()
        overflow = opened.overflow(PHONE)

        assert opened.heard == [f"request: {file.as_uri()}"], crowd
        assert overflow == 0, crowd
        assert counted(opened.page) == made[len(crowd)], crowd
    opened.page.close()


@pytest.fixture(scope="module")
def explorer(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> "Page":
    """All of them as cases of one page."""
    file = tmp_path_factory.mktemp("hostile") / "report.html"
    file.write_text(to_html(hostile_crowd(TEXTS[:2]), [hostile_case(text) for text in TEXTS]), "utf-8")
    opened = open_page(browser, file)
    opened.page.get_by_role("link", name="All", exact=False).first.click()
    return opened.page


def test_the_search_finds_every_text_and_is_not_led_astray_by_any(explorer: "Page") -> None:
    ask = """(words) => {
      const search = document.querySelector("#search-cases");
      search.value = words;
      search.dispatchEvent(new Event("input"));
      const names = document.querySelectorAll("#cases .case:not([hidden]) > summary b:first-child");
      return [...names].map((each) => each.textContent);
    }"""
    for text in TEXTS:
        found = explorer.evaluate(ask, one_line(text)[:60])

        assert one_line(text) in found or len(found) == AT_ONCE, text[:60]
    assert explorer.evaluate(ask, "") != []


def test_a_case_has_an_address_that_opens_it(explorer: "Page") -> None:
    follow = """(place) => {
      location.hash = place;
      dispatchEvent(new HashChangeEvent("hashchange"));
      return document.activeElement.closest(".case")?.querySelector("summary b").textContent ?? "";
    }"""
    for text in TEXTS[::4]:
        assert explorer.evaluate(follow, quote(place_of(text))) == one_line(text)
