"""The report as one page that needs no network and no other file; its script only makes looking easier."""

from collections.abc import Sequence

from brainswap.report import appearance, grades, wording
from brainswap.report.markup import Element, el, page
from brainswap.report.model import Report
from brainswap.report.sections import (
    adjustments,
    calibration,
    cases,
    comparison,
    contenders,
    fairness,
    judges,
    latency,
    prompts,
    provenance,
    repeats,
    spend,
    verdict,
)
from brainswap.report.untrusted import one_line
from brainswap.report.views import CaseView, PromptView


def to_html(
    report: Report, shown: Sequence[CaseView], sent: Sequence[PromptView] = (), *, of: int | None = None
) -> str:
    """The page; every text of the report, of the cases and of the prompts is shown as text, whatever it holds.

    Args:
        report: what was found.
        shown: the cases that the page carries, in the order in which it shows them.
        sent: the targets' prompts.
        of: as many cases as there are; None where the page carries all of them.
    """
    parts = _parts(report, cases.changed(report, shown, of), prompts.prompts(report, sent))
    return page(
        title=f"{wording.headline(report)}: {one_line(report.workload)}",
        stylesheet=appearance.stylesheet(),
        script=appearance.script(),
        body=(
            el("a", {"class": "skip", "href": "#verdict"}, "Skip to the verdict"),
            verdict.origin(report),
            verdict.masthead(report),
            el("main", None, verdict.verdict(report), grades.slot(), _contents(parts), *parts),
            el("footer", None, el("p", None, f"Run {one_line(report.run_id)}")),
        ),
    )


def _parts(report: Report, explorer: Element, changed_prompts: Element | None) -> list[Element]:
    measured = [
        contenders.contenders(report),
        fairness.fairness(report),
        comparison.gates(report),
        comparison.comparison(report),
        calibration.calibration(report),
        latency.latency(report),
        judges.judges(report),
        contenders.hygiene(report),
        repeats.repeats(report),
        contenders.segments(report),
        explorer,
        changed_prompts,
    ]
    asked = [
        provenance.checks(report),
        adjustments.adjustments(report),
        provenance.settings(report) if report.contenders else None,
        spend.spend(report),
        provenance.provenance(report),
    ]
    return [part for part in [*(measured if report.contenders else []), *asked] if part is not None]


_CONTENTS = {
    "contenders": "Contenders",
    "fairness": "Model and prompt",
    "gates": "Gates",
    "comparison": "Against the source",
    "calibration": "Beside people",
    "latency": "Latency",
    "judges": "Judges",
    "answers": "Answers",
    "repeats": "Repeats",
    "segments": "Segments",
    "cases": "Cases",
    "prompts": "Prompts",
    "checks": "Checks",
    "adjustments": "Parameters that differ",
    "settings": "Settings",
    "spend": "Spend",
    "provenance": "Provenance",
}


def _contents(parts: Sequence[Element]) -> Element:
    places = [str(part.attributes["id"]) for part in parts]
    links = (el("li", None, el("a", {"href": f"#{place}"}, _CONTENTS[place])) for place in places)
    return el("nav", {"aria-label": "Contents"}, el("ul", None, *links))
