"""Who judged, by which rules, and how sure they were."""

from brainswap.report.markup import Element, el
from brainswap.report.model import Report
from brainswap.report.people import JudgedScorer
from brainswap.report.rendering import count, mean, percentage, whole
from brainswap.report.sections.tables import Cell, section, table
from brainswap.report.untrusted import one_line

_LEDE = (
    "Judges are models as well. One who turns round with the order of two answers sees no difference between them, and "
    "that pair counts as equal; what cannot be read counts for nothing."
)


def judges(report: Report) -> Element | None:
    """Every judged scorer in one line; None where nobody judges."""
    if not report.judged:
        return None
    return section(
        "judges",
        "Judges",
        _LEDE,
        table(
            "What judges said of the answers",
            ["Scorer", "Judges", "Judged", "Not readable", "Turned round", "Agreement"],
            ([one_line(each.scorer), *_cells(each)] for each in report.judged),
        ),
    )


def _cells(each: JudgedScorer) -> list[Cell]:
    first, *others = map(one_line, each.judges)
    times = f", {each.repeats} times each" if each.repeats > 1 else ""
    rules = f"{each.type}, rules {each.rubric_sha256[:12]}{times}"
    return [
        (first, *(el("small", None, f"and {other}") for other in others), el("small", None, rules)),
        whole(each.judgements),
        whole(each.unread),
        _turned_round(each),
        _none("one opinion") if each.agreement is None else mean(each.agreement),
    ]


def _turned_round(each: JudgedScorer) -> Cell:
    if each.pairs is None:
        return _none("no pairs")
    if each.flip_rate is None:
        return _none("no pair was readable")
    return (percentage(each.flip_rate), el("small", None, f"{each.flips:,} of {count(each.pairs, 'pair')}"))


def _none(why: str) -> Element:
    return el("span", {"class": "nothing"}, "none", el("small", None, why))
