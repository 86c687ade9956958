"""Scorers beside people: how far they agree, and what the contenders' scores are by people."""

from collections.abc import Iterator

from brainswap.report import wording
from brainswap.report.markup import Element, el
from brainswap.report.model import Calibration, Confusion, ContenderCalibration, ContenderReport, Corrected, Report
from brainswap.report.rendering import count, interval, level, percentage_interval, points_interval, whole
from brainswap.report.sections.marks import missing
from brainswap.report.sections.tables import Cell, section, table
from brainswap.report.untrusted import one_line


def calibration(report: Report) -> Element | None:
    """What people's labels say of each scorer; None where no scorer is judged and none has labels."""
    if not report.calibration:
        return None
    return section(
        "calibration",
        "Beside people",
        "A judge's score is an opinion. Labels of people tell how far to trust it, and what it would be by them.",
        *(part for each in report.calibration for part in _scorer(report, each)),
    )


def _scorer(report: Report, found: Calibration) -> Iterator[Element]:
    name = one_line(found.scorer)
    if not found.answers:
        yield el(
            "p",
            None,
            el("b", None, name),
            ": no person has labelled an answer of this run. Its scores are what its judge says, and how far people "
            "would say the same is unknown. ",
            el("code", None, "brainswap label"),
            " draws a sample for them.",
        )
        return
    yield el("p", None, el("b", None, name), f": {_agreement(found)}")
    if found.confusion is not None:
        yield _confusion(name, found.confusion)
    by_id = {each.id: each for each in report.contenders}
    names = wording.labels(report)
    yield table(
        f"{name}: by the scorer and by people",
        [
            "Contender",
            "By the scorer",
            "By people",
            "Difference",
            "Difference by people",
            "Scorer less people",
            "Cases",
        ],
        (
            _row(found.scorer, each, by_id[each.contender], one_line(names[each.contender]))
            for each in found.contenders
            if each.contender in by_id
        ),
    )


def _agreement(found: Calibration) -> str:
    people = "1 person" if found.labellers == 1 else f"{whole(found.labellers)} people"
    said = f"{people} labelled {count(found.answers, 'answer')} to {count(found.cases, 'case')}. "
    if found.kappa is None:
        said += f"Cohen's kappa with the scorer is unknown: {found.unknown.get('kappa', 'nothing says why')}. "
    else:
        around = interval(found.kappa.value, found.kappa.low, found.kappa.high, "plain")
        said += f"Cohen's kappa with the scorer is {around}, at {level(found.kappa.confidence)}. "
    if found.bias is not None:
        said += (
            f"The scorer gives {points_interval(found.bias.value, found.bias.low, found.bias.high)} more than people. "
        )
    if found.between_people is not None:
        kappa = f"{found.between_people.kappa:.2f}"
        said += f"Among themselves people have a kappa of {kappa} on {count(found.between_people.answers, 'answer')}. "
    if found.unmatched:
        said += f"{count(found.unmatched, 'label')} fit nothing of this run."
    return said.rstrip()


def _confusion(name: str, found: Confusion) -> Element:
    return table(
        f"{name}: answers by people's level and by the scorer's",
        ["People", *(f"Scorer: {one_line(each)}" for each in found.levels)],
        ([one_line(each), *map(whole, row)] for each, row in zip(found.levels, found.counts, strict=True)),
    )


def _row(scorer: str, found: ContenderCalibration, contender: ContenderReport, name: str) -> list[Cell]:
    score = contender.scores.get(scorer)
    compared = contender.comparison.get(scorer)
    bias = found.bias
    return [
        name,
        missing(None) if score is None else percentage_interval(score.mean, score.low, score.high),
        _corrected(found.mean, found.unknown.get("mean"), "percent"),
        "" if compared is None else points_interval(compared.difference, compared.low, compared.high),
        "" if contender.role == "source" else _corrected(found.difference, found.unknown.get("difference"), "points"),
        missing(found.unknown.get("bias")) if bias is None else points_interval(bias.value, bias.low, bias.high),
        whole(found.cases),
    ]


def _corrected(found: Corrected | None, reason: str | None, unit: str) -> Cell:
    if found is None:
        return missing(reason)
    rendered = percentage_interval if unit == "percent" else points_interval
    return (
        rendered(found.estimate, found.low, found.high),
        el(
            "small",
            None,
            f"{level(found.confidence)}, {one_line(found.method)}, weight of the scorer {found.weight:.2f}",
        ),
    )
