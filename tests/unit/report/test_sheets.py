import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import fromstring
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.cases import Case
from brainswap.core.decision.samples import Sample
from brainswap.report.model import Report
from brainswap.report.rows import Row
from brainswap.report.sheets import book
from brainswap.report.sheets.book import SHEETS, writing_workbook
from brainswap.report.sheets.cells import LONGEST_CELL, Column, harmless, letters, row
from brainswap.report.sheets.workbook import Workbook as Written
from brainswap.report.untrusted import visible
from tests.fakes.cut_short_reports import cut_short
from tests.fakes.hostile_reports import hostile
from tests.fakes.hostile_texts import EVERY_HOSTILE
from tests.fakes.reports import HAIKU, hold, large, refused, report, unknowns
from tests.fakes.samples import sample

SOURCE, TARGET = "source", "haiku-translated"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
BEGINS = re.compile("[=+@\uff1d\uff0b\uff0d\uff20-]")
ESCAPED = re.compile("_x([0-9A-F]{4})_")


class OneWay(io.RawIOBase):
    """A file that can be written to and not gone back in, as an upload is."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.data += data
        return len(data)


def one_row(
    case_id: str = "mail-0001", texts: tuple[str, ...] = ("yes", "no"), scores: Any = ((1.0,), (0.0,)), **changes: Any
) -> Row:
    """A case with as many repeats as there are scores in each tuple."""
    case = Case(id=case_id, input={"question": "Is it?"}, reference="yes", **changes)
    answers = {
        name: [(answer(case_id, text, number), scored(case_id, value, number)) for number, value in enumerate(values)]
        for name, text, values in zip((SOURCE, TARGET), texts, scores, strict=True)
    }
    return Row(case=case, answers=answers)


def answer(case_id: str, text: str, repeat: int) -> Answer:
    return Answer(
        case_id=case_id,
        text=text,
        status=AnswerStatus.ANSWERED,
        origin=Origin.LIVE,
        latency_ms=412.5,
        repeat=repeat,
    )


def scored(case_id: str, value: float | None, repeat: int) -> Sample:
    return sample(
        case_id=case_id,
        repeat=repeat,
        latency_ms=412.5,
        scores={"correct": value, "json_valid": 1.0},
        reasons={"correct": "because", "json_valid": "because"},
    )


def written(found: Report, rows: tuple[Row, ...] = ()) -> bytes:
    file = OneWay()
    with writing_workbook(found, file) as sheet:  # type: ignore[arg-type]
        for each in rows:
            sheet.add(each)
    return bytes(file.data)


def read(data: bytes) -> Workbook:
    return load_workbook(io.BytesIO(data))


def texts(data: bytes) -> Iterator[str]:
    """Every text of every cell, as it is stored, which is all that a spreadsheet can ever make of it."""
    with ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                sheet = fromstring(archive.read(name))  # noqa: S314 - our own output, which declares no entities
                assert not list(sheet.iter(f"{MAIN}f")), "a formula"
                for cell in sheet.iter(f"{MAIN}c"):
                    assert cell.get("t") in (None, "inlineStr")
                    text = cell.find(f"{MAIN}is/{MAIN}t")
                    if text is not None:
                        yield ESCAPED.sub(lambda found: chr(int(found[1], 16)), text.text or "")


def cases_of(data: bytes) -> dict[str, list[Any]]:
    """The sheet of cases, by heading."""
    head, *rows = read(data)["Cases"].iter_rows(values_only=True)
    return {str(name): [each[place] for each in rows] for place, name in enumerate(head)}


@pytest.mark.parametrize("found", [report(), hold(), refused(), unknowns(), large(), cut_short()])
def test_a_workbook_has_its_sheets_whatever_the_report(found: Report) -> None:
    workbook = read(written(found))

    assert tuple(workbook.sheetnames) == SHEETS
    assert [workbook[name].freeze_panes for name in SHEETS] == ["B2"] * len(SHEETS)
    assert workbook["Gates"].auto_filter.ref == f"A1:K{1 + sum(len(each.gates) for each in found.contenders)}"


@pytest.mark.parametrize("text", EVERY_HOSTILE, ids=lambda text: repr(text[:30]))
def test_no_text_of_a_workbook_can_begin_a_formula(text: str) -> None:
    stored = list(texts(written(hostile(text), (hostile_row(text),))))

    for each in stored:
        assert len(each.encode("utf-16-le")) // 2 <= LONGEST_CELL
        for line in re.split(r"[\n;\t]", each):
            assert not BEGINS.match(line.lstrip()) or re.fullmatch(r"[-+]?\d+(\.\d+)?", each)
    if text:
        assert sum(harmless(text) in each for each in stored) >= 5


def hostile_row(text: str) -> Row:
    made = one_row(text[:500].encode("utf-8", "replace").decode() or "x", (text, text))
    case = made.case.model_copy(update={"input": {"question": text}, "reference": text, "segment": text})
    return replace(made, case=case)


@given(st.text(st.characters(), max_size=60))
def test_whatever_a_cell_is_given_is_read_back_as_it_is_shown(text: str) -> None:
    file = OneWay()
    book_ = Written(file, ["Only"], "title")  # type: ignore[arg-type]
    with book_.sheet([Column(heading="A")]) as sheet:
        sheet.add([text])
    book_.close()

    (_, stored) = texts(bytes(file.data))

    assert stored == harmless(text)
    assert stored.replace("'", "") == visible(text).replace("'", "")


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=3), st.integers(32_700, 32_800))
def test_a_long_text_is_cut_to_what_a_cell_holds_and_says_so(part: str, length: int) -> None:
    text = (part * length)[:length]

    shown = harmless(text)

    assert len(shown.encode("utf-16-le")) // 2 <= LONGEST_CELL
    assert shown == visible(text, LONGEST_CELL) or "cut here" in shown or "'" in shown


def test_plain_numbers_stay_as_they_were_said() -> None:
    assert [harmless(text) for text in ("-5", "+5.25", "12", "-5+1", "- 5")] == ["-5", "+5.25", "12", "'-5+1", "'- 5"]


def test_a_number_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="row 7: a number is not finite"):
        row(7, [float("nan")], ["number"])


@pytest.mark.parametrize(
    ("place", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_columns_are_called_as_spreadsheets_call_them(place: int, name: str) -> None:
    assert letters(place) == name


def test_a_case_is_a_row_with_what_everybody_said() -> None:
    found = cases_of(written(report(), (one_row(segment="billing", critical=True),)))

    old, new = "claude-3-haiku-20240307 · original", "claude-3-5-haiku-20241022 · translated"
    assert {heading: values[0] for heading, values in found.items()} == {
        "Case": "mail-0001",
        "Segment": "billing",
        "Critical": "yes",
        "Lost by": 1,
        f"{new}: change": "lost",
        f"{old}: correct": 1.0,
        f"{new}: correct": 0.0,
        f"{old}: json_valid": 1.0,
        f"{new}: json_valid": 1.0,
        f"{old}: status": "answered",
        f"{new}: status": "answered",
        f"{old}: time": 412.5,
        f"{new}: time": 412.5,
        "Input": "question: Is it?",
        "Expected": "yes",
        f"{old}: answer": "yes",
        f"{new}: answer": "no",
    }


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ((1.0,), (1.0,), "same"),
        ((0.0,), (1.0,), "gained"),
        ((1.0, 0.0), (1.0, 1.0), "gained"),
        ((1.0, 1.0), (1.0, None), "same"),
        ((0.5,), (0.25,), "lost"),
    ],
)
def test_a_change_is_told_by_the_means_of_the_repeats(
    before: tuple[float | None, ...], after: tuple[float | None, ...], change: str
) -> None:
    found = cases_of(written(report(), (one_row(scores=(before, after)),)))

    assert found["claude-3-5-haiku-20241022 · translated: change"] == [change]


def test_what_could_not_be_scored_is_said_and_never_a_zero() -> None:
    found = cases_of(written(report(), (one_row(scores=((1.0,), (None,))),)))

    assert found["claude-3-5-haiku-20241022 · translated: correct"] == ["unscored"]
    assert found["Lost by"] == [0]


def test_a_target_that_was_asked_no_more_is_told_from_one_that_said_nothing() -> None:
    asked = one_row()

    found = cases_of(written(report(), (replace(asked, answers={SOURCE: asked.answers[SOURCE]}),)))

    name = "claude-3-5-haiku-20241022 · translated"
    assert found[f"{name}: change"] == ["not asked"]
    assert found[f"{name}: correct"] == found[f"{name}: answer"] == [None]
    assert found["Lost by"] == [0]


def test_an_unknown_figure_stands_with_its_reason_where_the_number_would() -> None:
    head, source, target = read(written(unknowns()))["Contenders"].iter_rows(values_only=True)
    by_name = dict(zip(map(str, head), target, strict=True))

    assert by_name["Per month"] == "unknown: no price of this model is known"
    assert by_name["Latency p95"] == "unknown: no latency was recorded with these answers"
    assert by_name["cost by the source's"] == "unknown: the source's price is unknown"
    assert "0" not in {str(value) for name, value in by_name.items() if "Questions" not in name and "n" not in name}
    assert source[0] == "claude-3-haiku-20240307 · original"


def test_what_finds_no_room_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "MOST_CASES", 2)

    found = cases_of(written(report(), tuple(one_row(f"mail-{number}") for number in range(5))))

    assert found["Case"] == ["mail-0", "mail-1", "3 further cases are in cases.jsonl, and not here"]


def test_the_same_report_gives_the_same_bytes() -> None:
    assert written(report(), (one_row(),)) == written(report(), (one_row(),))


def test_an_upload_gets_the_workbook_piece_by_piece() -> None:
    file = OneWay()

    with writing_workbook(large(), file) as sheet:  # type: ignore[arg-type]
        before = len(file.data)
        for number in range(2_000):
            sheet.add(one_row(f"{HAIKU}-{number}"))
        during = len(file.data)

    assert before < during < len(file.data)


def test_a_workbook_with_a_sheet_missing_is_not_finished() -> None:
    unfinished = Written(OneWay(), ["First", "Second"], "title")  # type: ignore[arg-type]
    with unfinished.sheet([Column(heading="A")]):
        pass

    with pytest.raises(ValueError, match="1 of 2 sheets were written"):
        unfinished.close()
