"""What models, cases and workloads say is text in every form, whatever it is and wherever it stands."""

import json
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from brainswap.core.answers import Answer, AnswerStatus, Origin, ToolCall
from brainswap.core.cases import Case
from brainswap.report import document
from brainswap.report.html import to_html
from brainswap.report.junit import to_junit
from brainswap.report.rows import Row
from brainswap.report.runs import compare_runs
from brainswap.report.untrusted import LONGEST, one_line, visible
from local.finished import _comparison_lines
from local.telling import report_lines
from tests.fakes.hostile_reports import hostile, hostile_case, hostile_crowd
from tests.fakes.hostile_texts import EVERY_HOSTILE
from tests.fakes.pages import Page, read
from tests.fakes.reports import contender, report, target
from tests.fakes.samples import sample

EVERY = pytest.mark.parametrize("text", [text for text in EVERY_HOSTILE if text], ids=lambda text: repr(text[:30]))
CROWD = 3  # on one page: its tables grow by the cube of it
STEERS = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def assert_printable(lines: list[str]) -> None:
    for line in lines:
        assert not {unicodedata.category(sign) for sign in line} & STEERS, line


def skeleton(page: Page) -> list[tuple[str, tuple[str, ...]]]:
    """All elements but the marks of words that the source did not say, which are as many as there are such words."""
    return [(start.tag, tuple(start.attributes)) for start in page.starts if start.tag != "ins"]


def test_there_are_as_many_as_it_takes() -> None:
    assert len(set(EVERY_HOSTILE)) == len(EVERY_HOSTILE) >= 230


@EVERY
def test_the_terminal_is_not_steered(text: str) -> None:
    found = hostile(text)

    assert_printable(list(report_lines(found, Path("out"))))
    both = [target(text, model=text), contender(model=text)]
    earlier = report(run_id=text, workload=text, contenders=both)
    assert_printable(list(_comparison_lines(compare_runs(earlier, hostile(text), [], []))))


@EVERY
def test_junit_is_read_back_as_it_is_shown(text: str) -> None:
    root = fromstring(to_junit(hostile(text)))  # noqa: S314 - our own output, which declares no entities

    failure = next(root.iter("failure"))
    assert failure.text == visible(text)
    assert [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None] == [one_line(text)]


@EVERY
def test_json_is_read_back_as_it_was(text: str) -> None:
    written = document.to_json(hostile(text))

    assert document.from_json(written).description == text.encode("utf-8", "replace").decode("utf-8")
    assert (
        json.loads(written)["contenders"][1]["gates"][0]["detail"]
        == document.from_json(written).contenders[1].gates[0].detail
    )


def test_pages_of_them_have_the_elements_of_a_harmless_one() -> None:
    texts = [text for text in EVERY_HOSTILE if one_line(text)][::3]  # all of them are in the browser's test
    crowds = [texts[first : first + CROWD] for first in range(0, len(texts), CROWD)]

    def page(of: list[str]) -> Page:
        return read(to_html(hostile_crowd(of), [hostile_case(text) for text in of]))

    plain = {size: page([f"harmless {number}" for number in range(size)]) for size in {len(crowd) for crowd in crowds}}

    for crowd in crowds:
        attacked, harmless = page(crowd), plain[len(crowd)]
        assert Counter(skeleton(attacked)) == Counter(skeleton(harmless)), crowd
        assert (attacked.scripts, attacked.styles) == (harmless.scripts, harmless.styles)
        for text in crowd:
            assert visible(text)[: LONGEST // 2] in attacked.text, text[:60]


def test_ids_of_the_page_stay_unique_and_safe_whatever_the_cases_are_called() -> None:
    page = read(to_html(hostile_crowd(EVERY_HOSTILE[:4]), [hostile_case(text) for text in EVERY_HOSTILE if text]))

    ids = page.attributes("id")
    assert [name for name, number in Counter(ids).items() if number > 1] == []
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9._-]*", name) for name in ids)


@pytest.mark.parametrize("text", [text for text in EVERY_HOSTILE if text][::3], ids=lambda text: repr(text[:30]))
def test_a_call_of_a_tool_is_text_on_the_page(text: str) -> None:
    answer = Answer(
        case_id="one",
        status=AnswerStatus.ANSWERED,
        text=text,
        origin=Origin.RECORDED,
        tool_calls=(ToolCall(name=text, arguments=json.dumps({text: text})),),
    )
    scored = sample(origin=Origin.RECORDED, scores={"correct": 0.0}, reasons={"correct": text})
    case = Case(id="one", input={"question": "x", "history": text}, segment="a")
    row = Row(case=case, answers={"source": [(answer, scored)]})

    view = replace(row.view(LONGEST), segment=None)
    page = read(to_html(report(), [view]))

    harmless = replace(
        view, input="x", answers=tuple(replace(each, text="x", reasons={"correct": "x"}) for each in view.answers)
    )
    assert skeleton(page) == skeleton(read(to_html(report(), [harmless])))
    assert visible(f"[calls {text}(")[: LONGEST - 100] in page.text
