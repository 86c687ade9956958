"""How long Chromium takes to show a report's page, to be ready for a reader, and to answer a search.

First paint is the ``first-contentful-paint`` of PerformanceObserver, from the start of the navigation. Ready is the end
of the page's script, after which every control answers, and of the frame that shows it. A search is from the input to
the end of the frame that shows what was found; it is measured with the first letter typed, which gathers the texts of
all cases, and with every further one. All are milliseconds of the clock, the median of the repeats: what else the
machine does is in them.
"""

import shutil
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAINTED = """() => new Promise((told) => {
  new PerformanceObserver((list, observer) => {
    const paint = list.getEntriesByName("first-contentful-paint")[0];
    if (!paint) return;
    observer.disconnect();
    told(paint.startTime);
  }).observe({ type: "paint", buffered: true });
})"""
READY = """() => new Promise((told) => requestAnimationFrame(() => setTimeout(() => {
  const navigation = performance.getEntriesByType("navigation")[0];
  told(navigation.domContentLoadedEventEnd);
})))"""
SEARCHED = """async (words) => {
  const search = document.querySelector("#search-cases");
  if (!search) return [];
  const times = [];
  for (let length = 1; length <= words.length; length += 1) {
    const began = performance.now();
    search.value = words.slice(0, length);
    search.dispatchEvent(new Event("input"));
    await new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)));
    times.push(performance.now() - began);
  }
  return times;
}"""
WORDS = "returns letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Milliseconds; ``search_ms`` of the first letter, ``further_ms`` of the slowest of the others."""

    paint_ms: float
    ready_ms: float
    search_ms: float
    further_ms: float

    def told(self) -> Mapping[str, float]:
        return {
            "first paint": self.paint_ms,
            "ready": self.ready_ms,
            "search, first letter": self.search_ms,
            "search, further letters": self.further_ms,
        }


def opened(page_file: Path, repeats: int) -> Opening:
    """The medians of a page; the browser is started once, and each time the page is opened in a new window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        _once(browser, page_file)  # the browser's own first time
        found = [_once(browser, page_file) for _ in range(repeats)]
        browser.close()
    names = ("paint_ms", "ready_ms", "search_ms", "further_ms")
    return Opening(**{name: statistics.median(getattr(each, name) for each in found) for name in names})


def _once(browser: "Browser", page_file: Path) -> Opening:
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.goto(page_file.resolve().as_uri())
    paint_ms = page.evaluate(PAINTED)
    ready_ms = page.evaluate(READY)
    first, *further = page.evaluate(SEARCHED, WORDS) or [0.0, 0.0]
    page.close()
    return Opening(paint_ms=paint_ms, ready_ms=ready_ms, search_ms=first, further_ms=max(further))
