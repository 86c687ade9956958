from xml.etree.ElementTree import Element, fromstring

import pytest

from brainswap.report.junit import to_junit
from brainswap.report.model import Report
from brainswap.report.untrusted import one_line, visible
from tests.fakes.hostile_reports import HOSTILE, hostile
from tests.fakes.reports import gate, hold, inconclusive, large, refused, report, target, unknowns

# Jenkins' junit-10.xsd: by element, the attributes it must have, those it may have, and its children.
SHAPE: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"skipped", "timestamp", "time", "hostname", "id", "package"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"classname", "time", "group"},
        {"failure", "error", "skipped", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def parsed(found: Report) -> Element:
    return fromstring(to_junit(found))  # noqa: S314 - our own output, which declares no entities


def assert_shape(element: Element) -> None:
    must, may, children = SHAPE[element.tag]
    assert must <= set(element.attrib) <= must | may
    assert {child.tag for child in element} <= children
    for child in element:
        assert_shape(child)


def outcomes(root: Element, kind: str) -> list[str | None]:
    return [case.get("name") for case in root.iter("testcase") if case.find(kind) is not None]


@pytest.mark.parametrize(
    "found", [report(), hold(), inconclusive(), refused(), unknowns(), large()], ids=lambda found: found.run_id
)
def test_every_report_has_the_shape_that_readers_of_junit_expect(found: Report) -> None:
    assert_shape(parsed(found))


def test_each_target_is_a_suite_and_each_gate_a_test() -> None:
    found = large()

    root = parsed(found)

    targets = [each for each in found.contenders if each.role == "target"]
    assert [suite.get("tests") for suite in root.iter("testsuite")] == [str(len(each.gates)) for each in targets]
    assert root.get("tests") == str(sum(len(each.gates) for each in targets))


def test_gates_that_pass_are_neither_failures_nor_skipped() -> None:
    root = parsed(report())

    assert not [outcomes(root, kind) for kind in ("failure", "error", "skipped") if outcomes(root, kind)]


def test_a_gate_that_fails_is_a_failure_with_value_and_bound() -> None:
    root = parsed(hold())

    assert outcomes(root, "failure") == ["correct not worse by 0.02", "no critical case lost"]
    assert root.get("failures") == "2"
    failure = next(root.iter("failure"))
    assert failure.get("message") == "measured \u22126.1 points, bound \u22122.0 points"


def test_a_gate_that_cannot_be_told_is_skipped_with_its_reason() -> None:
    root = parsed(inconclusive())

    assert outcomes(root, "skipped") == ["correct not worse by 0.02"]
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert next(root.iter("testsuite")).get("skipped") == "1"
    assert next(root.iter("skipped")).get("message", "").startswith("inconclusive: measured \u22121.0 points")


def test_a_refused_run_is_an_error_at_the_check_that_refused_it() -> None:
    root = parsed(refused())

    assert outcomes(root, "error") == ["personal_data"]
    assert outcomes(root, "skipped") == ["residency"]
    assert root.get("errors") == "1"


def test_a_refused_run_without_a_check_that_says_so_is_still_an_error() -> None:
    root = parsed(report(verdict="refused"))

    assert outcomes(root, "error") == ["run"]


@pytest.mark.parametrize("found", [report(models="simulated"), refused()])
def test_every_suite_says_where_the_answers_come_from(found: Report) -> None:
    for suite in parsed(found).iter("testsuite"):
        said = {each.get("name"): each.get("value") for each in suite.iter("property")}
        assert said["answers"] == found.models
        assert said["answers.note"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    root = parsed(hostile(text))

    assert_shape(root)
    assert outcomes(root, "failure") == [one_line(text)]
    assert next(root.iter("failure")).text == visible(text)


def test_an_advisory_gate_breaks_no_pipeline() -> None:
    found = report(contenders=[target(gates=[gate("told", "fail", 0.3, 0.1, tier="advisory", unit="percent")])])

    root = parsed(found)

    assert outcomes(root, "failure") == []
    assert outcomes(root, "skipped") == ["told"]
