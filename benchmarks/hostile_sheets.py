"""Whether LibreOffice computes anything of a workbook in which every text is hostile.

    .venv/bin/python -m benchmarks.hostile_sheets        (needs soffice: apt-get install libreoffice-calc-nogui)

The workbook of the report is written with every hostile text of the tests in a row of its own and everywhere in the
report. LibreOffice opens it and saves it anew, as a workbook and, sheet by sheet, as text by comma, semicolon and tab.
Then the formulas of the new workbook are counted; and of each text file, opened and saved as a workbook once more, by
each separator that a reader may choose. All of these numbers are to be 0; the command fails where one is not, and where
a file that does hold a formula is not seen to. It takes some minutes.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from openpyxl import load_workbook

from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.cases import Case
from brainswap.report.rows import Row
from brainswap.report.sheets.book import writing_workbook
from tests.fakes.hostile_reports import hostile_crowd
from tests.fakes.hostile_texts import EVERY_HOSTILE
from tests.fakes.samples import sample

SEPARATORS = {"comma": 44, "semicolon": 59, "tab": 9}
CROWD = 12  # texts that are everywhere in the report; each of them makes columns
PATIENCE_S = 300


def rows() -> Iterator[Row]:
    """A case for each text, which is its input, its segment, its answer and the reason of its score."""
    for number, text in enumerate(EVERY_HOSTILE):
        said = text.encode("utf-8", "replace").decode()
        answer = Answer(case_id=f"{number}", status=AnswerStatus.ANSWERED, text=said, origin=Origin.RECORDED)
        scored = sample(
            case_id=f"{number}", segment=said, origin=Origin.RECORDED, scores={said: 0.5}, reasons={said: said}
        )
        case = Case(id=said[:100] or "x", input={"text": said}, reference=said, segment=said or None)
        yield Row(case=case, answers={f"source {EVERY_HOSTILE[0]}": [(answer, scored)]})


def written(folder: Path) -> Path:
    """The workbook as a run leaves it."""
    file = folder / "report.xlsx"
    with file.open("wb") as stream, writing_workbook(hostile_crowd(EVERY_HOSTILE[:CROWD]), stream) as sheet:
        for row in rows():
            sheet.add(row)
    return file


def converted(soffice: str, file: Path, to: str, folder: Path, *options: str) -> None:
    """LibreOffice opens a file and saves it as another, with a profile of its own."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [soffice, profile, "--headless", *options, "--convert-to", to, "--outdir", str(folder), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)  # noqa: S603 - our own file


def formulas(file: Path) -> int:
    """Cells that LibreOffice took for something to compute."""
    book = load_workbook(file)
    return sum(cell.data_type == "f" for sheet in book for line in sheet.iter_rows() for cell in line)


def measured(soffice: str, folder: Path) -> Iterator[tuple[str, int]]:
    """By what was opened, how many formulas LibreOffice has found."""
    if not _sees_formulas(soffice, folder):
        sys.exit("A formula in a text file was not found: the other numbers would say nothing")
    original = written(folder)
    anew = folder / "anew"
    converted(soffice, original, "xlsx:Calc MS Excel 2007 XML", anew)
    yield "the workbook", formulas(anew / "report.xlsx")
    for name, code in SEPARATORS.items():
        texts = folder / name
        converted(
            soffice,
            original,
            f"csv:Text - txt - csv (StarCalc):{code},34,76,1,,0,false,true,false,false,false,-1",
            texts,
        )
        for text in sorted(texts.glob("*.csv")):
            for other, read in SEPARATORS.items():
                read_as = folder / f"{name}-{other}"
                converted(soffice, text, "xlsx:Calc MS Excel 2007 XML", read_as, f"--infilter=CSV:{read},34,76,1")
                yield f"{text.name} by {name}, read by {other}", formulas(read_as / f"{text.stem}.xlsx")


def _sees_formulas(soffice: str, folder: Path) -> bool:
    file = folder / "formula.csv"
    file.write_text("a,b\n=1+1,x\n", "utf-8")
    converted(soffice, file, "xlsx:Calc MS Excel 2007 XML", folder / "control", "--infilter=CSV:44,34,76,1")
    return formulas(folder / "control" / "formula.xlsx") == 1


def main() -> None:
    soffice = shutil.which("soffice") or shutil.which("libreoffice")
    if soffice is None:
        sys.exit("LibreOffice is not here: apt-get install libreoffice-calc-nogui")
    with tempfile.TemporaryDirectory() as folder:
        found = 0
        for what, number in measured(soffice, Path(folder)):
            found += number
            print(f"{number:6} formulas in {what}", flush=True)
    print(f"{len(EVERY_HOSTILE)} hostile texts: {found} formulas")
    if found:
        sys.exit(1)


if __name__ == "__main__":
    main()
