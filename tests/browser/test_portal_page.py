"""The portal in a browser, over runs of this machine."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from brainswap.approving import wanted
from brainswap.contracts import ApproveRequest
from brainswap.handlers import approve
from brainswap.report.document import to_json
from brainswap.report.html import to_html
from local.portal import Laptop, LocalLinks, address_of, laptop, portal_server
from tests.browser.opening import CHROMIUM, DESK, Opened
from tests.browser.test_report_page import LOWEST_CONTRAST, PHONE
from tests.fakes.decided_runs import decided_run
from tests.fakes.hostile_reports import HOSTILE, hostile
from tests.fakes.indexes import run
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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
    with portal_server(laptop(root, TOKEN), TOKEN) as server:
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


@pytest.fixture
def waiting() -> Iterator[tuple[str, MemoryDependencies]]:
    """A portal over a run that waits for approval, for somebody who may give it."""
    with ThreadPoolExecutor() as elsewhere:  # this thread has the browser's event loop, and the states want their own
        using = elsewhere.submit(decided_run).result()
    approve.run(ApproveRequest(run_id=RUN, token="the-token", seconds=3600), using)  # noqa: S106 - of no task
    world = Laptop(
        artifacts=using.artifacts,
        links=LocalLinks(TOKEN),
        file=lambda _: None,
        deciding=using,
        rollout_records=using.rollout_records,
        person="anna@example.com",
    )
    with portal_server(world, TOKEN) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield address_of(server), using
        server.shutdown()


def test_a_verdict_is_approved_once_its_report_was_read(
    browser: "Browser", waiting: tuple[str, MemoryDependencies]
) -> None:
    address, using = waiting
    opened = visit(browser, address, f"#/r/{RUN}")
    page = opened.page
    assert page.get_by_role("button", name="Approve").is_disabled()

    page.get_by_label("I have read the report").check()
    page.get_by_label("Comment").fill("Read <b>it</b>.")
    page.get_by_role("button", name="Approve").press("Enter")
    page.get_by_role("heading", name="Approval: approved").wait_for()

    assert page.get_by_text("Approved by anna@example.com: Read <b>it</b>.").is_visible()
    assert page.get_by_role("button", name="Approve").count() == 0
    assert using.tasks.told == ["the-token"]
    assert opened.heard == []
    page.close()


def test_a_run_shows_how_its_traffic_moves_and_hostile_words_are_text(
    browser: "Browser", waiting: tuple[str, MemoryDependencies]
) -> None:
    address, using = waiting
    sides = {f"{side}_{what}": side for side in ("source", "target") for what in ("sha256", "prompt")}
    guard = {"measure": "errors", "finding": "doubtful", "margin": "0.02", "source": [900, 9], "target": [100, 4]}
    few = {**guard, "measure": "throttles", "finding": "few", "difference": None, "low": None, "high": None}
    guards = [
        {**guard, "difference": "0.03", "low": "-0.008", "high": "0.125", "detail": ATTACK},
        {**few, "detail": f"throttles: too few {ATTACK}"},
    ]
    using.rollout_records.claim(
        "yes-or-no",
        RUN,
        {
            **sides,
            "percent": 10,
            "source_model": ATTACK,
            "target_model": "amazon.nova-lite-v1:0",
            "back_version": 1,
            "plan": {"steps": [10, 100], "bakes": 2},
            "place": {"step": 0, "bake": 2, "ends_at": "2999-01-15T08:10:00+00:00"},
            "looked": {"at": "2027-01-15T08:05:00+00:00", "step": 0, "bake": 1, "decision": "hold", "guards": guards},
            "remarks": [ATTACK],
        },
    )
    opened = visit(browser, address, f"#/r/{RUN}", PHONE)
    page = opened.page

    page.get_by_role("heading", name="Roll-out: running").wait_for()

    assert page.get_by_text(f"90 % of the requests go to {ATTACK}, 10 % to amazon.nova-lite-v1:0.").is_visible()
    assert page.get_by_text("Waits for the end of bake 2 of 2 of step 1 at 2999-01-15 08:10 UTC.").is_visible()
    cells = page.locator("tr", has_text="errors").locator("th, td").all_inner_texts()
    assert cells == ["errors", "held", "4 of 100", "9 of 900", "+3.0 (\u22120.8 to +12.5)", "+2.0"]
    assert page.locator("tr", has_text="throttles").get_by_text(f"throttles: too few {ATTACK}").count() == 1
    assert page.locator("main img").count() == 0
    assert axe_of(page) == []
    assert opened.overflow(PHONE) == 0
    assert opened.heard == []
    page.close()


def test_a_rejection_wants_a_reason(browser: "Browser", waiting: tuple[str, MemoryDependencies]) -> None:
    address, using = waiting
    opened = visit(browser, address, f"#/r/{RUN}")
    page = opened.page
    found = axe_of(page)

    page.get_by_role("button", name="Reject").click()
    page.get_by_role("alert").get_by_text("reason").wait_for()
    page.get_by_label("Comment").fill("Too early.")
    page.get_by_role("button", name="Reject").click()
    page.get_by_role("heading", name="Approval: rejected").wait_for()

    assert found == []
    assert wanted(RUN, using).words[0].text == "Too early."
    page.close()


def axe_of(page: "Page") -> list[Any]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    return [(each["id"], each["nodes"][0]["html"]) for each in axe.Axe().run(page).response["violations"]]


@pytest.mark.parametrize(
    ("place", "width", "scheme"),
    [("", PHONE, "light"), ("#/w/support-triage", DESK, "dark"), ("#/r/run-0001", PHONE, "light")],
)
def test_axe_finds_nothing_and_all_text_stands_out(
    browser: "Browser", address: str, place: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    opened = visit(browser, address, place, width, scheme)

    found = axe_of(opened.page)
    contrast, text = opened.page.evaluate(LOWEST_CONTRAST)

    assert found == []
    assert contrast >= 4.5, text
    assert opened.overflow(width) == 0
    opened.page.close()
