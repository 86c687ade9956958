"""A report with scorers that people have labelled, much, little, and not at all."""

from typing import Any

from brainswap.report.model import Report
from brainswap.report.people import BetweenPeople, Calibration, Confusion, ContenderCalibration, Corrected, Measure
from tests.fakes.reports import provenance, report

TOO_FEW = "12 of its drawn cases have labels, and fewer than 50 are too few"


def measure(value: float, half: float = 0.1) -> Measure:
    return Measure(value=value, low=value - half, high=value + half, confidence=0.95, method="jackknife")


def corrected(estimate: float, half: float = 0.05) -> Corrected:
    return Corrected(
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        confidence=0.95,
        n_labelled=100,
        n_unlabelled=500,
        weight=0.61,
        method="ppi++",
    )


def calibration(**changes: Any) -> Calibration:
    """Two people have labelled a hundred cases, unless the changes say otherwise."""
    fields: dict[str, Any] = {
        "scorer": "correct",
        "judged": True,
        "answers": 187,
        "cases": 100,
        "drawn": 100,
        "chosen": 0,
        "labellers": 2,
        "unmatched": 0,
        "kappa": measure(0.62),
        "bias": measure(0.04, 0.02),
        "between_people": BetweenPeople(kappa=0.71, answers=50),
        "confusion": Confusion(levels=["no", "yes"], counts=[[31, 9], [3, 144]]),
        "contenders": [
            ContenderCalibration(
                contender="source", cases=100, bias=measure(0.01, 0.02), mean=corrected(0.88), difference=None
            ),
            ContenderCalibration(
                contender="haiku-translated",
                cases=100,
                bias=measure(0.07, 0.03),
                mean=corrected(0.85),
                difference=corrected(-0.031),
            ),
        ],
    }
    return Calibration(**(fields | changes))


def little(**changes: Any) -> Calibration:
    """Too few labels for a correction."""
    contenders = [
        ContenderCalibration(
            contender=name,
            cases=12,
            bias=None,
            mean=None,
            difference=None,
            unknown={"bias": "fewer than two cases have labels", "mean": TOO_FEW, "difference": TOO_FEW},
        )
        for name in ("source", "haiku-translated")
    ]
    fields: dict[str, Any] = {
        "scorer": "json_valid",
        "answers": 12,
        "cases": 12,
        "drawn": 12,
        "chosen": 4,
        "labellers": 1,
        "unmatched": 3,
        "kappa": None,
        "between_people": None,
        "contenders": contenders,
        "unknown": {"kappa": "all labels and scores are the same", "between_people": "one person has labelled"},
    }
    return calibration(**(fields | changes))


def nothing() -> Calibration:
    """No label at all."""
    because = dict.fromkeys(("kappa", "bias", "between_people", "confusion"), "people have labelled none")
    return little(
        scorer="polite", answers=0, cases=0, drawn=0, chosen=0, labellers=0, unmatched=0, bias=None, confusion=None,
        contenders=[], unknown=because,
    )  # fmt: skip


def calibrated(**changes: Any) -> Report:
    found = [calibration(), little(), nothing()]
    return report(**{"calibration": found, "provenance": provenance(labels_sha256="ab" * 32), **changes})
