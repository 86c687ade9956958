import json
import math
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from brainswap.core.errors import InvalidRequestError
from brainswap.report import document
from brainswap.report.model import Report, Spend
from tests.fakes.calibrated_reports import calibrated
from tests.fakes.cut_short_reports import cut_short
from tests.fakes.hostile_reports import HOSTILE, hostile
from tests.fakes.reports import contender, hold, inconclusive, large, refused, report, unknowns

REPORTS = [report(), hold(), inconclusive(), refused(), unknowns(), large(), cut_short(), calibrated()]
SCHEMA = Path(__file__).parents[3] / "docs" / "reference" / "report.schema.json"


@pytest.mark.parametrize("found", REPORTS, ids=lambda found: found.verdict)
def test_a_report_comes_back_as_it_was_written(found: Report) -> None:
    assert document.from_json(document.to_json(found)) == found


@pytest.mark.parametrize("found", REPORTS, ids=lambda found: found.verdict)
def test_a_report_keeps_its_schema(found: Report) -> None:
    validator = Draft202012Validator(document.json_schema())

    assert not list(validator.iter_errors(json.loads(document.to_json(found))))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_report_can_be_written_and_read(text: str) -> None:
    written = document.to_json(hostile(text))

    read = document.from_json(written)

    assert written.encode("utf-8")
    assert read.description == text.encode("utf-8", "replace").decode("utf-8")


def test_the_schema_says_which_version_it_is() -> None:
    assert json.loads(document.to_json(report()))["schema"] == "brainswap.report/1"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_not_written(number: float) -> None:
    broken = report(spend=Spend(usd=number, forecast_usd=None, calls=0, cached=0))

    with pytest.raises(InvalidRequestError, match="not finite"):
        document.to_json(broken)


def test_a_parameter_that_is_not_finite_is_not_written() -> None:
    broken = report(contenders=[contender(parameters={"temperature": math.nan})])

    with pytest.raises(InvalidRequestError, match="not finite"):
        document.to_json(broken)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_not_read(number: str) -> None:
    text = document.to_json(report()).replace('"usd": 1.8421', f'"usd": {number}')

    with pytest.raises(InvalidRequestError, match="not finite"):
        document.from_json(text)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"schema": "brainswap.report/1"', '"schema": "brainswap.report/2"', "schema"),
        ('"schema":', '"schema_":', "schema_"),
        ('"calls": 2388', '"calls": "2388"', "spend.calls"),
        ('"verdict": "migrate",\n  "recommended"', '"verdict": "maybe",\n  "recommended"', "verdict"),
        ('"changed_total": 35', '"changed_total": 35, "surprise": 1', "surprise"),
    ],
)
def test_a_document_that_does_not_fit_is_refused_with_the_place(old: str, new: str, place: str) -> None:
    text = document.to_json(report())
    assert old in text

    with pytest.raises(InvalidRequestError, match=f"does not fit at .*{place}"):
        document.from_json(text.replace(old, new, 1))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null", "[]"])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        document.from_json(text)


def test_the_schema_in_the_reference_is_up_to_date() -> None:
    assert SCHEMA.read_text("utf-8") == document.schema_text()


def test_the_schema_is_written_into_the_folder_that_was_named(tmp_path: Path) -> None:
    document.main([str(tmp_path)])

    assert (tmp_path / "report.schema.json").read_text("utf-8") == document.schema_text()
