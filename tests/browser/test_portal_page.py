"""The portal in a browser, over runs of this machine."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from brainswap.report.document import to_json
from brainswap.report.html import to_html
from local.portal import address_of, portal_server
from tests.browser.opening import CHROMIUM, DESK, Opened
from tests.browser.test_report_page import LOWEST_CONTRAST, PHONE
from tests.fakes.hostile_reports import HOSTILE, hostile
from tests.fakes.indexes import run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the path")

TOKEN = "a-token_of-the-test"  # noqa: S105 - of no account
ATTACK = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A portal over three runs, one of which is hostile in every text but its id and its workload."""
    root: Path = tmp_path_factory.mktemp("out")
    evil = hostile(ATTACK).model_copy(
        update={"run_id": "evil", "workload": "support-triage", "created_at": run(9).created_at + timedelta(days=1)}
    )
    for number, each in enumerate([run(1), run(2, verdict="hold", models="simulated"), evil]):
        (root / f"{number}").mkdir()
        (root / f"{number}" / "report.json").write_text(to_json(each), "utf-8")
        (root / f"{number}" / "report.html").write_text(to_html(each, []), "utf-8")
    with portal_server(root, TOKEN) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield address_of(server)
        server.shutdown()


def visit(
    browser: "Browser", address: str, place: str = "", width: int = DESK, scheme: Literal["light", "dark"] = "light"
) -> Opened:
    opened = Opened(page=browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme))
    opened.page.on("console", lambda message: opened.heard.append(f"console: {message.text}"))
    opened.page.on("pageerror", lambda error: opened.heard.append(f"error: {error}"))
    opened.page.on("dialog", lambda dialog: opened.heard.append(f"dialog: {dialog.message}"))
    opened.page.goto(f"{address}/#token={TOKEN}")
    opened.page.get_by_role("heading", name="Workloads").wait_for()
    if place:
        opened.page.goto(f"{address}/{place}")
        opened.page.locator("h1:not(:text('Workloads'))").wait_for()
    return opened


def test_the_token_leaves_the_address_and_the_keyboard_leads_to_a_report(browser: "Browser", address: str) -> None:
    opened = visit(browser, address)
    page = opened.page
    assert page.url == f"{address}/"

    page.get_by_role("link", name="support-triage").press("Enter")
    page.get_by_role("link", name="run-0001").press("Enter")
    page.get_by_role("heading", name="run-0001").wait_for()
    with page.expect_popup() as popup:
        page.get_by_role("button", name="Open the report").press("Enter")

    report = popup.value
    report.wait_for_load_state()
    assert "support-triage" in report.title()
    assert report.evaluate("self.origin") == "null", "another origin than the portal's"
    assert opened.heard == []
    page.close()


def test_a_search_narrows_the_runs_and_says_how_many(browser: "Browser", address: str) -> None:
    opened = visit(browser, address, "#/w/support-triage")
    page = opened.page

    page.get_by_label("Find by id").fill("hold")
    page.get_by_text("1 of 3 runs").first.wait_for()

    assert page.locator("tbody tr").count() == 1
    assert page.get_by_text("SIMULATED answers").is_visible()
    assert opened.heard == []
    page.close()


def test_hostile_names_are_text(browser: "Browser", address: str) -> None:
    opened = visit(browser, address, "#/w/support-triage")
    page = opened.page

    page.get_by_text(ATTACK).first.wait_for()
    page.wait_for_timeout(50)

    assert page.locator("main img").count() == 0
    assert opened.heard == []
    page.close()


@pytest.mark.parametrize("place", [*(f"#/r/{text}" for text in HOSTILE[:6]), "#/w/../x", "#/r/%2e%2e"])
def test_a_hostile_address_shows_nothing_that_it_brought(browser: "Browser", address: str, place: str) -> None:
    opened = visit(browser, address)

    opened.page.evaluate("place => { location.hash = place }", place)
    opened.page.wait_for_timeout(100)

    assert opened.page.locator("main script, main img, main svg").count() == 0
    assert [heard for heard in opened.heard if not heard.startswith("console: Failed to load resource")] == []
    opened.page.close()


def test_without_the_token_the_page_says_what_to_do(browser: "Browser", address: str) -> None:
    page = browser.new_page()

    page.goto(address)

    page.get_by_role("alert").get_by_text("open the address that `brainswap portal` printed").wait_for()
    page.close()


@pytest.mark.parametrize(
    ("place", "width", "scheme"),
    [("", PHONE, "light"), ("#/w/support-triage", DESK, "dark"), ("#/r/run-0001", PHONE, "light")],
)
def test_axe_finds_nothing_and_all_text_stands_out(
    browser: "Browser", address: str, place: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    opened = visit(browser, address, place, width, scheme)

    found = axe.Axe().run(opened.page)
    contrast, text = opened.page.evaluate(LOWEST_CONTRAST)

    assert [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []
    assert contrast >= 4.5, text
    assert opened.overflow(width) == 0
    opened.page.close()
