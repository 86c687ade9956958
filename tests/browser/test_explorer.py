from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from brainswap.report.html import to_html
from brainswap.report.views import CaseView
from tests.browser.opening import CHROMIUM, Opened, open_page
from tests.fakes.hostile_reports import hostile_case
from tests.fakes.reports import large, lost_cases

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the path")

REPORT = large(3)


def with_scores(case: CaseView, source: float, targets: float, **changes: str) -> CaseView:
    answers = tuple(
        replace(answer, scores={"correct": source if answer.contender == "source" else targets})
        for answer in case.answers
    )
    return replace(case, answers=answers, **changes)  # type: ignore[arg-type]


def cases() -> list[CaseView]:
    """60 that are lost, as they come; then one gained, one missed by all, one the same, and one with a hostile id."""
    *lost, gained, shared, same = lost_cases(63, REPORT.contenders)
    return [
        *lost,
        with_scores(gained, 0.0, 1.0, case_id="better-1", segment="returns"),
        with_scores(shared, 0.0, 0.0, case_id="shared-1", segment="returns"),
        with_scores(same, 1.0, 1.0, case_id="same-1", input="A parcel of Żółć, for <b>Ms Ünal</b>"),
        hostile_case('"><script>alert(1)</script> & co'),
    ]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("explorer") / "report.html"
    made.write_text(to_html(REPORT.model_copy(update={"changed": []}), cases()), "utf-8")
    return made


@pytest.fixture
def opened(browser: "Browser", file: Path) -> Iterator[Opened]:
    found = open_page(browser, file)
    yield found
    found.page.close()


@pytest.fixture
def page(opened: Opened) -> "Page":
    return opened.page


def in_view(page: "Page") -> list[str]:
    found = page.locator(".case:not([hidden]) > summary b:first-child").all_text_contents()
    assert page.locator(".case:visible").count() == len(found)
    return found


def counted(page: "Page") -> str:
    return page.locator("#cases [role=status]").inner_text()


def choose(page: "Page", name: str) -> None:
    """Click on a filter and wait until the page, which hears of its new address a moment later, has followed."""
    page.get_by_role("link", name=name, exact=True).click()
    page.locator(".filters a[aria-current]").get_by_text(name, exact=True).wait_for()


def focused(page: "Page") -> str:
    found = page.evaluate("document.activeElement.closest('.case')?.querySelector('summary b').textContent ?? ''")
    assert isinstance(found, str)
    return found


def test_at_first_the_changed_cases_are_there_and_more_on_demand(page: "Page") -> None:
    assert counted(page) == "61 of 64 cases"
    assert len(in_view(page)) == 50

    page.get_by_role("button", name="Show 11 more of 11").click()

    assert len(in_view(page)) == 61
    assert focused(page) == "mail-0051"
    assert page.get_by_role("button", name="Show").count() == 0


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("BETTER-1", ["better-1"]),  # an id, whatever its case
        ("returns, expected mail-0007", ["mail-0007"]),  # a reason and an id, both
        ("żółć ünal", ["same-1"]),
        ("<script> co", ['"><script>alert(1)</script> & co']),
        ("nothing says this", []),
    ],
)
def test_a_search_finds_what_holds_all_of_its_words(page: "Page", words: str, found: list[str]) -> None:
    choose(page, "All 64")

    page.get_by_role("searchbox").fill(words)

    assert in_view(page) == found
    assert counted(page) == (
        f"{len(found)} of 64 cases" if found else "No case is like that. Choose All, or another word."
    )


@pytest.mark.parametrize(
    ("name", "number", "first"),
    [
        ("Lost 60", 60, "mail-0001"),
        ("Gained 1", 1, "better-1"),
        ("Shared misses 1", 1, "shared-1"),
        ("All 64", 64, "mail-0001"),
    ],
)
def test_a_filter_counts_what_it_shows(page: "Page", name: str, number: int, first: str) -> None:
    choose(page, name)

    assert counted(page) == f"{number} of 64 cases"
    assert in_view(page)[0] == first
    assert page.locator(".filters a[aria-current]").inner_text() == name


def test_segment_and_critical_narrow_what_the_filter_left(page: "Page") -> None:
    choose(page, "All 64")

    page.get_by_label("Segment", exact=True).select_option(label="returns")
    returns = in_view(page)
    page.get_by_label("Segment", exact=True).select_option(label="All segments")
    page.get_by_label("Critical only").check()
    critical = in_view(page)

    assert returns == ["better-1", "shared-1"]
    assert critical[:2] == ["mail-0001", "mail-0008"]
    assert len(critical) == 10


def test_j_and_k_go_from_case_to_case_and_leave_one_open(page: "Page") -> None:
    for key in "jjj":
        page.keyboard.press(key)
    after_three = focused(page)
    page.keyboard.press("k")

    assert (after_three, focused(page)) == ("mail-0003", "mail-0002")
    assert page.locator(".case[open] summary b").all_inner_texts() == ["mail-0002"]
    assert page.url.endswith("#case-mail-0002")


def test_arrows_go_from_case_to_case_only_from_a_case(page: "Page") -> None:
    page.keyboard.press("ArrowDown")
    before = focused(page)
    page.locator(".case summary").first.focus()
    page.keyboard.press("ArrowDown")
    after = focused(page)
    page.keyboard.press("ArrowUp")

    assert (before, after, focused(page)) == ("", "mail-0002", "mail-0001")


def test_a_key_reaches_cases_beyond_those_in_view(page: "Page") -> None:
    page.locator(".case:visible summary").last.focus()

    page.keyboard.press("j")

    assert focused(page) == "mail-0051"
    assert page.get_by_text("Case 51 of 61").count() == 1


def test_a_slash_leads_to_the_search_and_escape_empties_it(page: "Page") -> None:
    page.keyboard.press("/")
    page.keyboard.type("jk/? better")
    typed = page.get_by_role("searchbox").input_value()

    page.keyboard.press("Escape")

    assert typed == "jk/? better"
    assert page.get_by_role("searchbox").input_value() == ""
    assert counted(page) == "61 of 64 cases"


def test_escape_closes_the_case(page: "Page") -> None:
    page.keyboard.press("j")

    page.keyboard.press("Escape")

    assert page.locator(".case[open]").count() == 0
    assert focused(page) == "mail-0001"


def test_a_question_mark_names_the_keys_and_they_can_be_switched_off(page: "Page") -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    assert dialog.is_visible()
    assert "search the cases" in dialog.inner_text()

    page.get_by_label("Single keys act").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")

    assert not dialog.is_visible()
    assert focused(page) == ""


def test_an_address_opens_its_case_whatever_is_filtered(page: "Page") -> None:
    choose(page, "Gained 1")

    page.evaluate("location.hash = 'case-mail-0060'")
    page.wait_for_function("document.activeElement.closest('.case')")

    assert focused(page) == "mail-0060"
    assert page.locator(".case[open]").count() == 1
    assert page.locator(".case[open] article").first.is_visible()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("place", ["#case-same-1", "#case-mail-0055"])
def test_an_address_opens_its_case_when_the_page_is_opened(
    browser: "Browser",
    file: Path,
    place: str,
    *,
    scripts: bool,
) -> None:
    opened = open_page(browser, file, place=place, scripts=scripts)

    fold = opened.page.locator(f".case:has({place})")
    assert fold.locator("article").first.is_visible()
    assert fold.bounding_box() is not None
    opened.page.close()


def test_an_id_that_no_address_takes_is_found_by_its_own_words(browser: "Browser", file: Path) -> None:
    place = "#case-%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%20%26%20co"

    opened = open_page(browser, file, place=place)

    assert focused(opened.page) == '"><script>alert(1)</script> & co'
    assert [each for each in opened.heard if not each.startswith("request: file:")] == []
    opened.page.close()


def test_an_opened_case_can_be_linked_to(page: "Page") -> None:
    page.locator(".case summary").nth(4).click()

    assert page.url.endswith("#case-mail-0005")


def test_what_was_searched_is_marked_where_it_stands(page: "Page") -> None:
    page.get_by_role("searchbox").fill("refund")
    closed = page.evaluate("CSS.highlights.get('found').size")
    page.locator(".case summary").first.click()
    page.wait_for_function("CSS.highlights.get('found').size > 0")

    page.get_by_role("searchbox").fill("")

    assert closed == 0
    assert page.evaluate("CSS.highlights.has('found')") is False


def column(page: "Page", number: int) -> list[str]:
    found = page.locator(f"#contenders tbody tr:visible > :nth-child({number})").all_inner_texts()
    return [text.split("\n")[0] for text in found]


def test_contenders_are_sorted_by_what_the_figures_are_and_not_by_how_they_read(page: "Page") -> None:
    heading = page.get_by_role("columnheader", name="correct")
    as_decided = column(page, 3)

    heading.get_by_role("button").press("Enter")
    ascending = column(page, 3)
    heading.get_by_role("button").press("Enter")

    assert heading.get_attribute("aria-sort") == "descending"
    assert column(page, 3) == ascending[::-1]
    assert ascending == sorted(as_decided, key=lambda text: float(text.removesuffix(" %")))
    assert page.get_by_text("Sorted by correct, descending").count() == 1
    assert page.locator("[aria-sort]").count() == 1


def test_contenders_are_narrowed_to_a_role_or_a_verdict(page: "Page") -> None:
    page.get_by_label("Show", exact=True).select_option(label="The source (1)")
    source = column(page, 2)
    page.get_by_label("Show", exact=True).select_option(label="Verdict: migrate (2)")

    assert source == ["source"]
    assert column(page, 2) == ["migrate", "migrate"]
    assert page.get_by_text("2 of 4 contenders shown").count() == 1


def test_axe_finds_nothing_in_the_explorer_or_the_dialog_light_or_dark(browser: "Browser", tmp_path: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    few = tmp_path / "few.html"
    few.write_text(to_html(REPORT, cases()[-4:]), "utf-8")
    page = open_page(browser, few, 390).page
    page.get_by_role("searchbox").fill("a")
    page.get_by_role("columnheader", name="correct").get_by_role("button").click()
    page.keyboard.press("j")
    found = axe.Axe().run(page).response["violations"]

    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="Keys").click()
    found += axe.Axe().run(page).response["violations"]

    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    page.close()


def test_everything_stays_within_a_phone(browser: "Browser", file: Path) -> None:
    opened = open_page(browser, file, 390)
    opened.page.get_by_role("button", name="Keys").click()

    assert [opened.overflow(width) for width in (320, 390, 1024)] == [0, 0, 0]
    opened.page.close()


def test_the_script_of_the_page_can_make_no_markup_of_text(page: "Page") -> None:
    attempt = (
        "(() => { try { document.body.innerHTML = '<b>x</b>'; return 'made' } catch (error) { return error.name } })()"
    )

    assert page.evaluate(attempt) == "TypeError"
