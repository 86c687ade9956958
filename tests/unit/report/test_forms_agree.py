"""Every form of a report says the same numbers as ``report.json``, read back from what was written."""

import io
import json
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from brainswap.report import wording
from brainswap.report.document import to_json
from brainswap.report.html import to_html
from brainswap.report.junit import to_junit
from brainswap.report.markdown import to_markdown
from brainswap.report.model import Report, Stopping, TargetLooks
from brainswap.report.paper.pdf import to_pdf
from brainswap.report.sheets.book import writing_workbook
from tests.fakes.reports import gate, hold, inconclusive, report, target, unknowns

BLANK = re.compile(r"[\s\u200b|]+")
BETWEEN = "\u00a6"  # two elements of the page
NUMBER = r"(?:just(?:over|under))?[$+\u2212]?\$?[\d,]*\.?\d+(?:%|points|x|ms|s|answered|unasked)?"


def amounts() -> Report:
    """Gates in every unit."""
    gates = [
        gate("correct at least 0.85", "pass", 0.912345, 0.85, unit="percent", low=0.887, high=0.934, confidence=0.975),
        gate("monthly cost at most 50 USD", "pass", 30.86, 50.0, unit="usd"),
        gate("latency_p95 at most 2000 ms", "pass", 1893.0, 2000.0, unit="ms"),
        gate("no critical case lost", "fail", 3.0, 0.0, unit="count"),
        gate("correct better by 0.001", "inconclusive", 0.0123, 0.001, unit="points", tier="supporting"),
        gate("cost at most 0.5 times the source's", "pass", 0.318, 0.5, unit="ratio", tier="advisory"),
    ]
    return report(contenders=[*report().contenders[:1], target(gates=gates)])


REPORTS = {"migrate": report(), "hold": hold(), "open": inconclusive(), "amounts": amounts(), "unknowns": unknowns()}
EVERY = pytest.mark.parametrize("name", REPORTS)


@cache
def plain(name: str, form: str) -> str:
    """What a reader finds in a form, without white space and lines of tables."""
    found = REPORTS[name]
    if form == "html":
        text = unescape(re.sub(r"(?s)<style>.*</style>|<[^>]*>", BETWEEN, to_html(found, [])))
    elif form == "pdf":
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(to_pdf(found))).pages)
    else:
        text = re.sub(r"\\(?=[!-/:-@\[-`{-~])|<!-- -->", "", to_markdown(found))
    return BLANK.sub("", text)


@cache
def document(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(to_json(REPORTS[name]))
    return parsed


@cache
def sheet(name: str, title: str) -> list[dict[str, Any]]:
    file = io.BytesIO()
    with writing_workbook(REPORTS[name], file):
        pass
    head, *rows = load_workbook(file)[title].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def number(text: str) -> tuple[float, float]:
    """A number as a share, ratio, dollars or milliseconds, and by how much its digits may be off."""
    digits = re.search(r"[\d,]*\.?\d+", text)
    assert digits
    value = float(digits[0].replace(",", ""))
    _, _, decimals = digits[0].partition(".")
    off = 0.5 * 10 ** -len(decimals)
    scale = 0.01 if "%" in text or "points" in text else 1000.0 if text.endswith("s") and "ms" not in text else 1.0
    scale = 0.01 if "points" in text else scale
    return (-1 if "\u2212" in text else 1) * value * scale, off * scale * 1.001


def gates_of(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for contender in document(name)["contenders"]:
        for each in contender["gates"]:
            yield contender, each


def measured(text: str, each: dict[str, Any]) -> str:
    """What stands behind the name and the status of a gate."""
    tier = "" if each["tier"] == "critical" else rf"\(?{each['tier']}\)?"
    parts = [re.escape(BLANK.sub("", each["gate"])), tier, each["status"], rf"({NUMBER}|unknown)"]
    found = re.search(f"{BETWEEN}*".join(parts), text)
    assert found, each["gate"]
    return found[1]


@EVERY
@pytest.mark.parametrize("form", ["html", "pdf", "markdown"])
def test_a_gate_is_as_measured_in_every_form(name: str, form: str) -> None:
    for _, each in gates_of(name):
        said = measured(plain(name, form), each)
        if each["value"] is None:
            assert said == "unknown"
        else:
            value, off = number(said)
            assert value == pytest.approx(each["value"], abs=off), each["gate"]


@EVERY
def test_a_gate_is_as_measured_for_a_pipeline(name: str) -> None:
    cases = {
        case.get("name"): case
        for case in fromstring(to_junit(REPORTS[name])).iter("testcase")  # noqa: S314 - our own output
    }
    kinds = {"pass": None, "fail": "failure", "inconclusive": "skipped"}

    for _, each in gates_of(name):
        case = cases[each["gate"]]
        kind = kinds[each["status"]] if each["tier"] != "advisory" or each["status"] == "pass" else "skipped"
        assert [child.tag for child in case] == [tag for tag in (kind, "system-out") if tag]
        said = re.search(rf"measured({NUMBER}|unknown)", BLANK.sub("", case.findtext("system-out", "")))
        assert said
        if each["value"] is not None:
            value, off = number(said[1])
            assert value == pytest.approx(each["value"], abs=off)


@EVERY
def test_a_spreadsheet_holds_the_very_numbers(name: str) -> None:
    names = wording.labels(REPORTS[name])
    rows = sheet(name, "Gates")

    for row, (contender, each) in zip(rows, gates_of(name), strict=True):
        assert (row["Contender"], row["Gate"]) == (names[contender["id"]], each["gate"])
        assert (row["Status"], row["Tier"]) == (each["status"], each["tier"])
        assert row["Measured"] == ("unknown" if each["value"] is None else each["value"])
        assert (row["Low"], row["High"], row["Bound"]) == (each["low"], each["high"], each["bound"])


@EVERY
def test_a_contender_has_the_very_numbers_in_a_spreadsheet(name: str) -> None:
    for row, contender in zip(sheet(name, "Contenders"), document(name)["contenders"], strict=True):
        assert row["Model"] == contender["model"]
        assert row["Questions asked"] == contender["answers"]["asked"]
        for scorer, found in contender["scores"].items():
            if found["mean"] is not None:
                assert [row[f"{scorer}{end}"] for end in ("", ", low", ", high")] == [
                    found[key] for key in ("mean", "low", "high")
                ]
            assert row[f"{scorer}, n"] == found["n"]
        for scorer, found in contender["comparison"].items():
            assert row[f"{scorer}, minus source"] == found["difference"]
            assert row[f"{scorer}, worse"] == found["worse"]
        if contender["latency_ms"] is not None:
            assert row["Latency p95"] == contender["latency_ms"]["p95"]
        if contender["cost"] is not None:
            assert row["Per month"] == contender["cost"]["monthly_usd"]


@EVERY
@pytest.mark.parametrize("form", ["pdf", "markdown"])
def test_the_table_of_contenders_has_the_numbers_of_the_document(name: str, form: str) -> None:
    """In its order: the scorers' means, the 95th percentile, the cost of 1,000 requests and of a month."""
    names = wording.labels(REPORTS[name])
    for contender in document(name)["contenders"]:
        head = BLANK.sub("", names[contender["id"]])
        verdict = contender["verdict"] or ("source" if contender["role"] == "source" else "unknown")
        means = [found["mean"] for found in contender["scores"].values()]
        cell = rf"({NUMBER})\({NUMBER.replace('?:%', '?:')}?to[\d.]+\)"
        if None in means or contender["cost"] is None:
            assert re.search(rf"{re.escape(head)}{verdict}.*?unknown:", plain(name, form))
            continue
        found = re.search(
            rf"{re.escape(head)}{verdict}{cell * len(means)}({NUMBER})({NUMBER})({NUMBER})", plain(name, form)
        )
        assert found, head
        wanted = [*means, contender["latency_ms"]["p95"], *contender["cost"].values()][: len(means) + 3]
        for said, value in zip(found.groups(), wanted, strict=True):
            shown, off = number(said)
            assert shown == pytest.approx(value, abs=off)


def test_every_form_says_that_a_run_stopped_early() -> None:
    looks = TargetLooks(look=1, share=0.4, settled=True, confidence=0.98)
    stopping = Stopping(
        planned=[0.4, 1.0],
        looks=1,
        cases=240,
        of=600,
        early=True,
        asked_ahead=0,
        targets={"haiku-translated": looks},
        rule="O'Brien-Fleming",
    )
    REPORTS["early"] = report(stopping=stopping)

    for form in ("html", "pdf", "markdown"):
        assert "Therunstoppedearly,atlook1of2,after240of600testcases(40%)" in plain("early", form)
    assert any("stopped early" in str(row["Value"]) for row in sheet("early", "Summary"))


@EVERY
def test_every_form_has_the_verdict_and_says_where_the_answers_come_from(name: str) -> None:
    found = REPORTS[name]
    banner = BLANK.sub("", wording.banner(found).title)
    headline = BLANK.sub("", wording.headline(found))

    for form in ("html", "pdf", "markdown"):
        assert headline in plain(name, form).replace(BETWEEN, "")
        assert banner in plain(name, form) or (form == "markdown" and found.models == "bedrock")
    summary = {row["What"]: row["Value"] for row in sheet(name, "Summary")}
    assert summary["Verdict"] == document(name)["verdict"]
    assert BLANK.sub("", summary["Answers"]).startswith(banner)
