"""What several answers to the same cases tell: how much of the spread is the cases', and how much is chance."""

from collections.abc import Iterator

from brainswap.report import wording
from brainswap.report.markup import Element, el
from brainswap.report.model import ContenderReport, RepeatSummary, Report
from brainswap.report.rendering import percentage, variance, whole
from brainswap.report.sections.marks import missing
from brainswap.report.sections.tables import Cell, section, table
from brainswap.report.untrusted import one_line

_LEDE = (
    "Every case was asked more than once. The variance between cases is that of how hard they are; the variance within "
    "a case is a model that disagrees with itself, of which asking more often would remove more."
)


def repeats(report: Report) -> Element | None:
    """Variance between and within cases, pass^k and agreement, by contender and scorer; None where nobody repeated."""
    names = wording.labels(report)
    rows = [
        [one_line(names[each.id]), one_line(scorer), *_figures(each, scorer, found)]
        for each in report.contenders
        for scorer, found in each.repeats.items()
    ]
    if not rows:
        return None
    return section(
        "repeats",
        "Repeats",
        _LEDE,
        table(
            "Scores of several answers to one case",
            [
                "Contender",
                "Scorer",
                "Cases",
                "Variance between",
                "Variance within",
                "Chance in a mean",
                "Every answer right",
                "Agrees with itself",
            ],
            rows,
        ),
    )


def _figures(contender: ContenderReport, scorer: str, found: RepeatSummary) -> Iterator[Cell]:
    yield whole(found.cases), el("small", None, f"up to {found.most} answers each")
    yield variance(found.between)
    yield variance(found.within)
    chance = found.within / found.most
    total = found.between + chance
    yield percentage(chance / total) if total else missing("all scores are the same")
    yield percentage(found.always_right), el("small", None, f"pass^{found.most}")
    rate = (contender.self_agreement or {}).get(scorer)
    reason = wording.reason_unknown(contender, f"self_agreement.{scorer}")
    yield missing(reason) if rate is None else percentage(rate)
