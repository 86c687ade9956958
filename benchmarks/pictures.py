"""Pictures of a report as Chromium shows and prints it, to look at, and for the documentation.

    .venv/bin/python -m benchmarks.pictures OUT/report.html FOLDER [--widths 390 1024 1600] [--unfold] [--whole]

writes ``report-390.png`` and ``report-390-dark.png`` for every width, and ``printed.pdf``; with ``--whole`` the page
in its whole length. The pictures of docs/images are of what ``make demo`` leaves, the one of 1,024 pixels with
``--schemes dark`` and the others with ``--schemes light``:

    page=out/support-triage/report.html
    .venv/bin/python -m benchmarks.pictures $page docs/images --no-print --widths 390 1600 --schemes light
    .venv/bin/python -m benchmarks.pictures $page docs/images --no-print --plain-names --widths 1024 --at '#comparison'
    .venv/bin/python -m benchmarks.pictures $page docs/images --no-print --widths 1280 --at '#case-st-0104'
    .venv/bin/python -m benchmarks.pictures $page docs/images --no-print --widths --paper

With ``--paper``, ``report-pdf.png`` shows the two pages of the PDF that the decision is made on.
"""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
WIDTHS = (390, 1024, 1600)
PAPER_DPI = 70
HEIGHTS = {390: 844, 1024: 1000, 1600: 1000}
UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true })"


def take(chosen: argparse.Namespace) -> None:
    """All pictures of one page."""
    page_file: Path = chosen.page
    folder: Path = chosen.folder
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for width in chosen.widths:
            for scheme in chosen.schemes:
                name = f"{page_file.stem}-{width}{'' if scheme == 'light' or chosen.plain_names else '-dark'}.png"
                page = _opened(browser, chosen, width, scheme)
                page.screenshot(path=folder / name, full_page=chosen.whole)
                page.close()
        if chosen.paper:
            _take_paper(browser, page_file.with_name("report.pdf"), folder / "report-pdf.png")
        if not chosen.no_print:
            _opened(browser, chosen, WIDTHS[-1], "light").pdf(path=folder / "printed.pdf", format="A4")
        browser.close()


def _take_paper(browser: "Browser", pdf: Path, picture: Path) -> None:
    """The first two pages side by side, by poppler's ``pdftoppm`` and a page of two pictures."""
    program = shutil.which("pdftoppm")
    if program is None:
        raise SystemExit("--paper needs pdftoppm, of poppler-utils, which shows the pages of a PDF.")
    with tempfile.TemporaryDirectory() as there:
        subprocess.run(  # noqa: S603 - a program of the system, and a file that was named on the command line
            [program, "-r", str(PAPER_DPI), "-l", "2", "-png", str(pdf.resolve()), f"{there}/page"], check=True
        )
        pages = sorted(Path(there).glob("page-*.png"))
        shown = "".join(f'<img src="{page.name}" style="display:block">' for page in pages)
        style = "display:inline-flex;gap:12px;padding:12px;background:#d6d0c4"
        (Path(there) / "pages.html").write_text(f'<body style="margin:0"><div style="{style}">{shown}</div>', "utf-8")
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.goto((Path(there) / "pages.html").as_uri())
        page.locator("div").screenshot(path=picture)
        page.close()


def _opened(browser: "Browser", chosen: argparse.Namespace, width: int, scheme: Scheme) -> "Page":
    page = browser.new_page(viewport={"width": width, "height": HEIGHTS.get(width, 900)}, color_scheme=scheme)
    page.goto(f"{chosen.page.resolve().as_uri()}{chosen.at}")
    if chosen.unfold:
        page.evaluate(UNFOLD)
    page.wait_for_timeout(100)
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("page", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--widths", type=int, nargs="*", default=WIDTHS, metavar="N")
    parser.add_argument("--schemes", nargs="+", choices=SCHEMES, default=SCHEMES)
    parser.add_argument("--at", default="", metavar="#PLACE", help="where on the page, such as #case-mail-0001")
    parser.add_argument("--unfold", action="store_true", help="open all folds")
    parser.add_argument("--whole", action="store_true", help="the page in its whole length")
    parser.add_argument("--plain-names", action="store_true", help="leave the scheme out of the names of the pictures")
    parser.add_argument("--paper", action="store_true", help="the two pages of report.pdf beside the page")
    parser.add_argument("--no-print", action="store_true")
    chosen = parser.parse_args()
    take(chosen)


if __name__ == "__main__":
    main()
