"""Where a contender could not be asked as the workload declares it: what was sent instead, why, and what that loses."""

from brainswap.report import wording
from brainswap.report.markup import Element, el
from brainswap.report.model import Adjusted, Report
from brainswap.report.rendering import count, whole
from brainswap.report.sections.marks import mark
from brainswap.report.sections.tables import Cell, section, table
from brainswap.report.untrusted import one_line


def adjustments(report: Report) -> Element | None:
    """One table for all contenders that differ alike; None where every one was asked as declared."""
    names = wording.labels(report)
    alike: dict[tuple[Adjusted, ...], list[str]] = {}
    for each in report.contenders:
        if each.adjustments:
            alike.setdefault(tuple(each.adjustments), []).append(one_line(names[each.id]))
    if not alike:
        return None
    losses = sum(one.loses is not None for found in alike for one in found)
    return section(
        "adjustments",
        "Parameters that differ",
        _lede(sum(map(len, alike)), losses),
        *(
            table(
                f"Sent otherwise to {', '.join(contenders)}",
                ["Parameter", "Lost by it", "Declared", "Sent", "Why"],
                (_row(one) for one in found),
                kind="words",
            )
            for found, contenders in alike.items()
        ),
    )


def _lede(changes: int, losses: int) -> str:
    said = "A model is sent what it accepts; whatever that changes is listed here."
    if not losses:
        return f"{said} Nothing is lost by it."
    return f"{said} {whole(losses)} of {count(changes, 'change')} {'loses' if losses == 1 else 'lose'} something."


def _row(one: Adjusted) -> list[Cell]:
    return [
        one_line(one.parameter),
        el("span", {"class": "nothing"}, "nothing") if one.loses is None else _loss(one.loses),
        one.declared or el("span", {"class": "nothing"}, "nothing declared"),
        one.sent or el("span", {"class": "nothing"}, "not sent"),
        (one.reason, el("small", None, one.source)),
    ]


def _loss(text: str) -> Cell:
    return (mark("bad", "lost"), " ", el("strong", None, text))
