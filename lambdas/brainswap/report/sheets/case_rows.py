"""A row of the spreadsheet for each case: how every contender did, and what each of them said."""

from collections.abc import Mapping, Sequence

from brainswap.report import wording
from brainswap.report.model import Report
from brainswap.report.rows import Row
from brainswap.report.sections.contenders import scorers_of
from brainswap.report.sheets.cells import Column, Value


class CaseRows:
    """What the columns are, and what a case has in them; the numbers stand before the texts."""

    def __init__(self, report: Report) -> None:
        self._scorers = scorers_of(report)
        self._names = wording.labels(report)
        source = wording.source_of(report)
        self._source = None if source is None else source.id
        self._targets = [each.id for each in wording.targets_of(report)]

    def columns(self) -> list[Column]:
        """The same for every case of the report."""
        names = list(self._names.values())
        several = len(self._scorers) > 1
        return [
            Column(heading="Case", width=26),
            Column(heading="Segment", width=16),
            Column(heading="Critical", width=9),
            Column(heading="Lost by", kind="count", width=9),
            *(Column(heading=f"{self._names[name]}: change", width=12) for name in self._targets),
            *(
                Column(heading=f"{name}: {scorer}" if several else name, kind="share", width=14)
                for scorer in self._scorers
                for name in names
            ),
            *(Column(heading=f"{name}: status", width=12) for name in names),
            *(Column(heading=f"{name}: time", kind="ms", width=12) for name in names),
            Column(heading="Input", width=50),
            Column(heading="Expected", width=30),
            *(Column(heading=f"{name}: answer", width=50) for name in names),
        ]

    def values(self, row: Row) -> list[Value]:
        """Of several answers, the scores' means, the first one's text, and how many there are."""
        case = row.case
        shown = row.view()
        answers = {answer.contender: answer for answer in shown.answers}
        scores = {name: row.scores(name) for name in row.answers}
        inapplicable = row.inapplicable
        changes = [self._change(scores, inapplicable, name) for name in self._targets]
        return [
            case.id,
            case.segment,
            "yes" if case.critical else "no",
            sum(change in ("lost", "lost and gained") for change in changes),
            *changes,
            *(_score(scores.get(name), scorer, inapplicable) for scorer in self._scorers for name in self._names),
            *(answers[name].status if name in answers else None for name in self._names),
            *(row.answers[name][0][0].latency_ms if name in row.answers else None for name in self._names),
            shown.input,
            shown.reference,
            *(_said(answers[name].text, len(row.answers[name])) if name in answers else None for name in self._names),
        ]

    def _change(
        self, scores: Mapping[str, Mapping[str, float | None]], inapplicable: Sequence[str], target: str
    ) -> str:
        """As the report counts changes: by every scorer that has a say, on the means of the repeats."""
        if target not in scores:
            return "not asked"
        before, after = scores.get(self._source or "", {}), scores.get(target, {})
        found = set()
        for scorer in self._scorers:
            was, now = before.get(scorer), after.get(scorer)
            if scorer not in inapplicable and was is not None and now is not None:
                found.add("lost" if now < was else "gained" if now > was else "same")
        if {"lost", "gained"} <= found:
            return "lost and gained"
        return next((word for word in ("lost", "gained", "same") if word in found), "unknown")


def _score(scores: Mapping[str, float | None] | None, scorer: str, inapplicable: Sequence[str]) -> Value:
    if scores is None or scorer not in scores:
        return None
    if scorer in inapplicable:
        return "does not apply"
    value = scores[scorer]
    return "unscored" if value is None else value


def _said(text: str, answers: int) -> str:
    return text if answers == 1 else f"[the first of {answers} answers] {text}"
