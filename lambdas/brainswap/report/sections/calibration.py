"""Scorers beside people: how far they agree, and what the contenders' scores are by people."""

from collections.abc import Iterator

from brainswap.report import wording
from brainswap.report.markup import Element, el
from brainswap.report.model import ContenderReport, Report
from brainswap.report.people import Calibration, Confusion, ContenderCalibration, Corrected
from brainswap.report.rendering import (
    Unit,
    count,
    interval,
    level,
    measured,
    percentage_interval,
    points_interval,
    whole,
)
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
    yield el("h3", None, name)
    if not found.answers:
        yield el(
            "p",
            None,
            "No person has labelled an answer of this run. These scores are what a judge says, and how far people "
            "would say the same is unknown. ",
            el("code", None, "brainswap label"),
            " draws a sample for them.",
        )
        return
    yield el("p", None, " ".join(_agreement(found)))
    if found.confusion is not None:
        yield _confusion(name, found.confusion)
    by_id = {each.id: each for each in report.contenders}
    names = {each: one_line(label) for each, label in wording.labels(report).items()}
    known = [each for each in found.contenders if each.contender in by_id]
    yield table(
        f"{name}: means by the scorer and by people",
        ["Contender", "By the scorer", "By people", "Scorer less people", "Cases"],
        (_mean(found.scorer, each, by_id[each.contender], names[each.contender]) for each in known),
    )
    yield table(
        f"{name}: differences to the source by the scorer and by people",
        ["Target", "By the scorer", "By people"],
        (
            _difference(found.scorer, each, by_id[each.contender], names[each.contender])
            for each in known
            if by_id[each.contender].role == "target"
        ),
    )


def _agreement(found: Calibration) -> Iterator[str]:
    people = "1 person" if found.labellers == 1 else f"{whole(found.labellers)} people"
    yield f"{people} labelled {count(found.answers, 'answer')} to {count(found.cases, 'case')}."
    if found.kappa is None:
        yield f"Cohen's kappa is unknown: {found.unknown.get('kappa', 'nothing says why')}."
    else:
        around = interval(found.kappa.value, found.kappa.low, found.kappa.high, "plain")
        yield f"Cohen's kappa of people and scorer is {around} at {level(found.kappa.confidence)}."
        yield "A kappa of 1 is full agreement, and 0 what chance brings."
    if found.bias is not None:
        bias = points_interval(found.bias.value, found.bias.low, found.bias.high)
        yield f"Scorer less people: {bias}."
    if found.between_people is not None:
        answers = count(found.between_people.answers, "answer")
        yield f"People among themselves have a kappa of {measured(found.between_people.kappa, 'plain')} on {answers}."
    if found.chosen:
        yield f"{count(found.chosen, 'labelled case')} had not been drawn at random."
    if found.unmatched:
        yield f"{count(found.unmatched, 'label')} fit nothing of this run."


def _confusion(name: str, found: Confusion) -> Element:
    return table(
        f"{name}: answers by people's level and by the scorer's",
        ["People", *(f"Scorer: {one_line(each)}" for each in found.levels)],
        ([one_line(each), *map(whole, row)] for each, row in zip(found.levels, found.counts, strict=True)),
    )


def _mean(scorer: str, found: ContenderCalibration, contender: ContenderReport, name: str) -> list[Cell]:
    score, bias = contender.scores.get(scorer), found.bias
    return [
        name,
        missing(None) if score is None else percentage_interval(score.mean, score.low, score.high),
        _corrected(found.mean, found.unknown.get("mean"), "percent"),
        missing(found.unknown.get("bias")) if bias is None else points_interval(bias.value, bias.low, bias.high),
        whole(found.cases),
    ]


def _difference(scorer: str, found: ContenderCalibration, contender: ContenderReport, name: str) -> list[Cell]:
    compared, bound = contender.comparison.get(scorer), wording.margin_of(contender, scorer)
    return [
        name,
        missing(None)
        if compared is None
        else points_interval(compared.difference, compared.low, compared.high, bound=bound),
        _corrected(found.difference, found.unknown.get("difference"), "points", bound=bound),
    ]


def _corrected(found: Corrected | None, reason: str | None, unit: Unit, *, bound: float | None = None) -> Cell:
    if found is None:
        return missing(reason)
    return (
        interval(found.estimate, found.low, found.high, unit, bound=bound),
        el(
            "small",
            None,
            f"{level(found.confidence)}, {one_line(found.method)}, weight of the scorer {found.weight:.2f}",
        ),
    )
