"""The sheet of a blind comparison as a page: graded by keys, kept, handed out, and read back by the command."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from brainswap.core.blind.documents import BlindKey, BlindRow
from brainswap.core.labelling.drawing import is_swapped
from local.blind.page import to_page
from local.blind.pairs import Pair
from local.blind.sheet import read_sheet
from tests.browser.opening import CHROMIUM, DESK, Opened, open_page
from tests.browser.test_report_page import LOWEST_CONTRAST, PHONE
from tests.fakes.hostile_texts import EVERY_HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the path")

RUN_ID, SOURCE, TARGET = "tickets-20261101t120000-ab12", "the-source", "us.amazon.nova-lite"
SHEET_OF = "5ee" * 21 + "5"
ROWS = 5


def drawn(texts: Sequence[str] | None = None) -> tuple[BlindKey, list[Pair]]:
    """A sheet whose pairs hold these texts in every place."""
    pairs = [
        Pair(case=f"c-{number}", request=f"ticket: {text}", reference=text, source=f"old {text}", target=f"new {text}")
        for number, text in enumerate(texts or [f"Where is parcel {number}?" for number in range(ROWS)])
    ]
    rows = tuple(
        BlindRow(case=each.case, target_first=is_swapped(3, each.sha256), control=False, shown_sha256=each.sha256)
        for each in pairs
    )
    key = BlindKey(
        run_id=RUN_ID,
        workload="support-triage",
        report_sha256=SHEET_OF,
        source=SOURCE,
        target=TARGET,
        seed=712_389_123,
        drawn_at=datetime(2026, 11, 1, tzinfo=UTC),
        cases=60,
        differing=48,
        rows=rows,
    )
    return key, pairs


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    file = tmp_path / "blind.html"
    file.write_text(to_page(*drawn()), "utf-8")
    return file


def fetched(page: "Page", tmp_path: Path) -> Path:
    """The file that the page hands out."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download grades").click()
    assert download.value.suggested_filename == "grades-support-triage.csv"
    path = tmp_path / "grades.csv"
    download.value.save_as(path)
    return path


def heard(opened: Opened, file: Path) -> list[str]:
    """What the page said or asked for besides itself and its own file of grades."""
    return [one for one in opened.heard if one != f"request: {file.as_uri()}" and not one.startswith("request: blob:")]


def test_grades_by_key_come_back_as_the_command_reads_them(browser: "Browser", sheet: Path, tmp_path: Path) -> None:
    opened = open_page(browser, sheet)
    page = opened.page

    for key in ("1", "2", "3", "4"):
        page.keyboard.press(key)
    page.get_by_text("4 of 5 graded", exact=True).wait_for()
    found = read_sheet(fetched(page, tmp_path), drawn()[0])

    sides = ["target" if row.target_first else "source" for row in drawn()[0].rows]
    other = {"target": "source", "source": "target"}
    assert dict(found.grades) == {"c-0": sides[0], "c-1": other[sides[1]], "c-2": "same", "c-3": "both_bad"}
    assert found.ungraded == 1
    assert heard(opened, sheet) == []
    page.close()


def test_both_answers_stand_side_by_side_in_the_order_that_was_drawn(browser: "Browser", sheet: Path) -> None:
    opened = open_page(browser, sheet)
    key, pairs = drawn()

    shown = [row.locator(".sides .text").all_text_contents() for row in opened.page.locator(".pair").all()]
    first, second = (opened.page.locator("#row-1 .sides .told").nth(side).bounding_box() for side in (0, 1))

    expected = [
        [pair.target, pair.source] if row.target_first else [pair.source, pair.target]
        for row, pair in zip(key.rows, pairs, strict=True)
    ]
    assert shown == expected
    assert len({row.target_first for row in key.rows}) == 2
    assert first is not None
    assert second is not None
    assert first["y"] == second["y"]
    assert first["x"] + first["width"] <= second["x"]
    opened.page.close()


def test_cases_are_graded_from_the_top_and_corrected_by_going_back(browser: "Browser", sheet: Path) -> None:
    opened = open_page(browser, sheet)
    page = opened.page

    page.keyboard.press("ArrowRight")
    stays = page.get_by_role("heading", name="Case 1 of 5").is_visible()
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("3")
    corrected = page.get_by_role("heading", name="Case 2 of 5").is_visible()

    assert stays
    assert corrected
    assert page.locator("#row-2 .grade").inner_text() == "Your grade: Same"
    assert page.get_by_role("button", name="Same").get_attribute("aria-pressed") == "true"
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("heading", name="Case 3 of 5").is_visible()
    assert page.get_by_role("button", name="Next").is_disabled()
    page.close()


def test_grades_outlive_the_window_and_what_else_is_kept_there_is_not_believed(browser: "Browser", sheet: Path) -> None:
    context = browser.new_context()
    first = context.new_page()
    first.goto(sheet.as_uri())
    first.keyboard.press("1")
    first.keyboard.press("3")
    first.close()
    again = context.new_page()
    again.goto(sheet.as_uri())
    remembered = (again.get_by_text("2 of 5 graded", exact=True).is_visible(), again.locator("h2:visible").inner_text())

    counts = []
    for rubbish in ('{"grades": ["A", "<b>", "B"]}', "[]", "no JSON", '{"grades": {"length": 9}}', "null"):
        again.evaluate(
            "(text) => { for (const name of Object.keys(localStorage)) localStorage.setItem(name, text) }", rubbish
        )
        again.reload()
        counts.append(again.locator("progress").evaluate("(bar) => bar.value"))
    context.close()

    assert remembered == (True, "Case 3 of 5")
    assert counts == [1, 0, 0, 0, 0]


def test_starting_over_forgets_everything_once_it_was_confirmed(browser: "Browser", sheet: Path) -> None:
    page = browser.new_page()
    answers = iter([False, True])
    page.on("dialog", lambda dialog: dialog.accept() if next(answers) else dialog.dismiss())
    page.goto(sheet.as_uri())
    page.keyboard.press("1")

    page.get_by_role("button", name="Start over").click()
    declined = page.get_by_text("1 of 5 graded", exact=True).is_visible()
    page.get_by_role("button", name="Start over").click()

    assert declined
    assert page.get_by_text("0 of 5 graded", exact=True).is_visible()
    assert page.get_by_role("heading", name="Case 1 of 5").is_visible()
    page.close()


def test_leaving_with_grades_that_were_not_downloaded_is_asked_about(
    browser: "Browser", sheet: Path, tmp_path: Path
) -> None:
    page = browser.new_page()
    asked: list[str] = []

    def leave(dialog: "Dialog") -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.goto(sheet.as_uri())
    page.get_by_role("button", name="A is better").click()
    fetched(page, tmp_path)
    page.reload()
    quiet = list(asked)

    page.get_by_role("button", name="Both bad").click()
    page.reload()

    assert quiet == []
    assert asked == ["beforeunload"]
    page.close()


def test_a_browser_that_keeps_nothing_says_so(browser: "Browser", sheet: Path) -> None:
    context = browser.new_context()
    context.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })")
    page = context.new_page()
    page.goto(sheet.as_uri())

    page.keyboard.press("1")

    assert page.get_by_text("This browser keeps nothing").is_visible()
    assert page.get_by_text("1 of 5 graded", exact=True).is_visible()
    context.close()


def test_nothing_in_the_page_says_whose_an_answer_is() -> None:
    key, _ = drawn()

    text = to_page(*drawn())

    names = [
        RUN_ID,
        SOURCE,
        TARGET,
        str(key.seed),
        SHEET_OF,
        "c-0",
        "target_first",
        *(row.shown_sha256 for row in key.rows),
    ]
    assert [name for name in names if name in text] == []


def test_every_hostile_text_stays_text_in_every_place(browser: "Browser", tmp_path: Path) -> None:
    file = tmp_path / "hostile.html"
    key, pairs = drawn(EVERY_HOSTILE)
    file.write_text(to_page(key, pairs), "utf-8")
    opened = open_page(browser, file)
    page = opened.page
    form = "each.querySelectorAll('*')].map((one) => [one.localName, ...one.getAttributeNames()].join(' ')).join()"

    forms = set(page.evaluate(f"[...document.querySelectorAll('.pair')].map((each) => [...{form})"))
    page.evaluate("document.querySelectorAll('.pair').forEach((each) => { each.hidden = false })")
    page.wait_for_timeout(50)

    assert len(forms) <= 2, "a case without a reference shows none"
    assert opened.overflow(PHONE) == 0
    assert heard(opened, file) == []
    page.close()


def test_without_scripts_every_pair_can_be_read(browser: "Browser", sheet: Path) -> None:
    opened = open_page(browser, sheet, scripts=False)

    assert opened.page.locator(".pair:visible").count() == ROWS
    assert opened.page.get_by_text("takes grades by its script").is_visible()
    opened.page.close()


def test_on_paper_every_pair_has_boxes_to_tick(browser: "Browser", sheet: Path) -> None:
    opened = open_page(browser, sheet)
    opened.page.emulate_media(media="print")

    assert opened.page.locator(".pair:visible").count() == ROWS
    assert not opened.page.locator(".desk").is_visible()
    opened.page.close()


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_axe_finds_nothing_and_all_text_stands_out(
    browser: "Browser", sheet: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    axe: Any = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    opened = open_page(browser, sheet, width, scheme)
    opened.page.keyboard.press("1")

    found = [(each["id"], each["nodes"][0]["html"]) for each in axe.Axe().run(opened.page).response["violations"]]
    contrast, text = opened.page.evaluate(LOWEST_CONTRAST)

    assert found == []
    assert contrast >= 4.5, text
    assert opened.overflow(width) == 0
    opened.page.close()
