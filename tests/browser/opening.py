"""Opens pages in a real browser and keeps everything that they say or ask for."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
DESK = 1600


@dataclass(kw_only=True, slots=True)
class Opened:
    """A page in the browser with everything that it said or asked for."""

    page: "Page"
    heard: list[str] = field(default_factory=list)

    def unfold(self) -> None:
        """Open every fold."""
        self.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")

    def overflow(self, width: int) -> int:
        """By how many pixels the page is wider than a window of that width."""
        self.page.set_viewport_size({"width": width, "height": 900})
        found = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert isinstance(found, int)
        return found


def open_page(
    browser: "Browser",
    file: Path,
    width: int = DESK,
    scheme: Literal["light", "dark"] = "light",
    *,
    place: str = "",
    scripts: bool = True,
) -> Opened:
    """A page in a window of its own.

    Args:
        browser: that shows it.
        file: of the page.
        width: of the window, in pixels.
        scheme: that the reader prefers.
        place: of the page, such as ``#cases``.
        scripts: whether the browser runs any.
    """
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts)
    opened = Opened(page=page)
    heard = opened.heard

    def dismiss(dialog: "Dialog") -> None:
        heard.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("console", lambda message: heard.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("dialog", dismiss)
    page.on("request", lambda request: heard.append(f"request: {request.url}"))
    page.on("popup", lambda popup: heard.append(f"popup: {popup.url}"))
    page.goto(f"{file.as_uri()}{place}")
    return opened
