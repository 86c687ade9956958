import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from brainswap.report.model import RepeatSummary, Report
from brainswap.report.paper.legible import legible, line
from brainswap.report.paper.pdf import to_pdf
from brainswap.report.paper.sheet import paper
from brainswap.report.rendering import variance
from tests.fakes.calibrated_reports import calibrated
from tests.fakes.cut_short_reports import cut_short
from tests.fakes.hostile_reports import hostile
from tests.fakes.hostile_texts import EVERY_HOSTILE
from tests.fakes.reports import contender, hold, inconclusive, large, provenance, refused, report, target, unknowns

REPORTS = {
    "migrate": report(),
    "hold": hold(),
    "inconclusive": inconclusive(),
    "refused": refused(),
    "unknowns": unknowns(),
    "large": large(12),
    "cut short": cut_short(),
    "calibrated": calibrated(),
}
BLANK = re.compile(r"[\s\u200b]+")


def pages(found: Report, first: int = 3) -> list[str]:
    """The text of the first pages as a reader takes it out, without white space: lines break where the page says."""
    reader = PdfReader(io.BytesIO(to_pdf(found)))
    return [BLANK.sub("", page.extract_text()) for page in reader.pages[:first]]


def bare(text: str) -> str:
    return BLANK.sub("", text)


@pytest.mark.parametrize("name", REPORTS)
def test_two_pages_are_for_the_decision_and_the_rest_is_an_appendix(name: str) -> None:
    found = pages(REPORTS[name])

    assert bare(paper(REPORTS[name])["headline"]) in found[0]
    assert "Signedfor" in found[1]
    assert found[2].count("Appendix") == 1
    assert "Appendix" not in found[0] + found[1]


def test_the_longest_texts_leave_the_decision_on_its_two_pages() -> None:
    for text in ("longwordwithoutanybreak" * 40, "\u65e5\u672c\u8a9e" * 400, "many short words " * 400):
        found = pages(hostile(text))

        assert "Appendix" in found[2]
        assert "Appendix" not in found[0] + found[1]


@pytest.mark.parametrize("targets", [1, 3, 5, 7])
def test_a_table_that_fits_on_a_page_is_not_cut_by_its_end(targets: int) -> None:
    """One that is cut begins again with its heading."""
    whole = "".join(pages(large(targets), first=99))

    for heading in ("CostMedianlatency", "Firsttoken,median", "AnsweredTruncated"):
        assert whole.count(heading) == 1, heading
    for scorer in ("correct", "json_valid"):
        (table,) = re.findall(f"{scorer}:targetminussource,casebycase(.*?)(?=[a-z_]+:targetminus|Costandtime)", whole)
        assert table.count("BetterWorseTied") == 1


def test_a_table_that_is_higher_than_a_page_goes_on_on_the_next() -> None:
    whole = "".join(pages(large(40), first=99))

    assert all(f"mail-{number:04}" in whole for number in range(1, 41))
    assert whole.count("AnsweredTruncated") > 1


def test_a_document_is_tagged_for_screen_readers_and_brings_its_fonts() -> None:
    reader = PdfReader(io.BytesIO(to_pdf(report())))
    root = reader.root_object
    metadata = reader.xmp_metadata

    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert str(root["/Lang"]) == "en-GB"
    assert metadata is not None
    assert reader.metadata is not None
    assert reader.metadata.title == ("Move to claude-3-5-haiku-20241022 with the translated prompt: support-triage")
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            (below,) = font.get_object()["/DescendantFonts"]
            described = below.get_object()["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(described)


def test_what_repeats_tell_is_in_the_appendix() -> None:
    summary = RepeatSummary(cases=300, most=3, within=0.0123, between=0.0456, always_right=0.875)
    repeated = contender(repeats={"correct": summary}, self_agreement={"correct": 0.9375})

    text = "".join(pages(report(contenders=[repeated, target()]), first=100))

    assert "Scoresofseveralanswerstoonecase" in text
    assert bare(f"correct3003{variance(0.0456)}{variance(0.0123)}87.5%93.8%") in text


def test_the_same_report_gives_the_same_bytes() -> None:
    assert to_pdf(report()) == to_pdf(report())


def test_a_document_holds_no_link_and_no_action() -> None:
    reader = PdfReader(io.BytesIO(to_pdf(hostile("https://evil.example javascript:alert(1)"))))

    assert not [page for page in reader.pages if "/Annots" in page]
    assert {"/OpenAction", "/AA", "/Names", "/AcroForm"}.isdisjoint(reader.root_object)


def test_every_hostile_text_is_in_the_document_as_text() -> None:
    warnings = [f"\u2116{number} {text}" for number, text in enumerate(EVERY_HOSTILE)]

    text = "".join(pages(report(provenance=provenance(warnings=warnings)), first=100))

    for warning in warnings:
        assert bare(line(warning[:60], 120).removesuffix("…"))[:40] in text, warning[:60]


@pytest.mark.parametrize("text", EVERY_HOSTILE[::9], ids=lambda text: repr(text[:30]))
def test_a_document_stands_whatever_text_is_everywhere(text: str) -> None:
    found = pages(hostile(text))

    assert "Appendix" in found[2]
    assert bare(line(text, 20).removesuffix("…"))[:12] in found[0]


@given(st.lists(st.text(st.characters(), max_size=200), min_size=20, max_size=40))
@settings(max_examples=6, deadline=None)
def test_every_text_has_a_shape(texts: list[str]) -> None:
    """PDF/UA refuses a character for which no font has one."""
    assert to_pdf(report(reasons=texts, provenance=provenance(warnings=texts)))


@given(st.text(st.characters(), max_size=100))
def test_what_is_legible_stays_as_it_is(text: str) -> None:
    assert legible(legible(text)) == legible(text)


def test_what_has_no_shape_is_spelled_out() -> None:
    assert legible("caf\u0065\u0301 \u65e5 \U0001f600") == "caf\u00e9 ⟨U+65E5⟩ ⟨U+1F600⟩"
