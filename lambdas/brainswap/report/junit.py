"""The gates as JUnit XML, for pipelines that know tests and no verdicts; the shape is Jenkins' ``junit-10.xsd``."""

from datetime import UTC
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from brainswap.report import wording
from brainswap.report.model import CheckReport, ContenderReport, GateOutcome, Report
from brainswap.report.untrusted import one_line, visible


def to_junit(report: Report) -> str:
    """One suite for each target, one test for each of its gates.

    A failed gate is a ``failure``. One that cannot be told is ``skipped`` with its reason: it is neither green nor
    red, and the exit code of ``--gate`` is what stops a pipeline on it. A refused run is one suite of its checks, in
    which whatever refused it is an ``error``.
    """
    root = Element("testsuites", name=one_line(report.workload))
    if report.verdict == "refused":
        suites = [_refused(report)]
    else:
        names = wording.labels(report)
        suites = [_suite(report, target, names[target.id]) for target in wording.targets_of(report)]
    root.extend(suites)
    for kind in ("tests", "failures", "errors"):
        root.set(kind, str(sum(int(suite.attrib[kind]) for suite in suites)))
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(report: Report, target: ContenderReport, name: str) -> Element:
    suite = _empty_suite(report, name)
    properties = suite[0]
    for key, value in (
        ("contender", target.id),
        ("model", target.model),
        ("prompt", target.prompt),
        ("origin", target.origin or "unknown"),
        ("verdict", target.verdict or "unknown"),
    ):
        SubElement(properties, "property", name=key, value=one_line(value))
    for gate in target.gates:
        _gate(SubElement(suite, "testcase", classname=one_line(name), name=one_line(gate.gate)), gate)
    return _counted(suite)


def _gate(case: Element, gate: GateOutcome) -> None:
    value, bound = wording.gate_numbers(gate)
    message = f"measured {value}, bound {bound}"
    if gate.status != "pass" and gate.tier == "advisory":
        SubElement(case, "skipped", type="advisory", message=f"advisory, {gate.status}: {message}")
    elif gate.status == "fail":
        SubElement(case, "failure", type="gate", message=message).text = visible(gate.detail)
    elif gate.status == "inconclusive":
        SubElement(case, "skipped", type="inconclusive", message=f"inconclusive: {message}").text = visible(gate.detail)
    SubElement(case, "system-out").text = visible(f"{message}; {gate.detail}")


def _refused(report: Report) -> Element:
    suite = _empty_suite(report, report.workload)
    for check in report.provenance.checks:
        _check(SubElement(suite, "testcase", classname="checks", name=one_line(check.check)), check)
    if not any(check.status == "refused" for check in report.provenance.checks):
        case = SubElement(suite, "testcase", classname="checks", name="run")
        SubElement(case, "error", type="refused", message=one_line("; ".join(report.reasons) or "refused"))
    return _counted(suite)


def _check(case: Element, check: CheckReport) -> None:
    if check.status == "refused":
        SubElement(case, "error", type="refused", message=one_line(check.detail)).text = visible(check.detail)
    elif check.status == "not_made":
        SubElement(case, "skipped", type="not made", message=one_line(check.detail))
    else:
        SubElement(case, "system-out").text = visible(check.detail)


def _empty_suite(report: Report, name: str) -> Element:
    created = report.created_at if report.created_at.tzinfo is None else report.created_at.astimezone(UTC)
    suite = Element("testsuite", name=one_line(name), timestamp=f"{created:%Y-%m-%dT%H:%M:%S}")
    properties = SubElement(suite, "properties")
    said = wording.banner(report)
    for key, value in (
        ("answers", report.models),
        ("answers.note", f"{said.title}. {said.detail}"),
        ("run", report.run_id),
        ("run.verdict", report.verdict),
    ):
        SubElement(properties, "property", name=key, value=one_line(value, limit=300))
    return suite


def _counted(suite: Element) -> Element:
    suite.set("tests", str(len(suite.findall("testcase"))))
    for kind, found in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(kind, str(len(suite.findall(f"testcase/{found}"))))
    return suite
