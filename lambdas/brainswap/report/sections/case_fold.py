"""One case in a fold: what was asked and expected, and what each contender said, side by side."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from brainswap.report.differing import new_words
from brainswap.report.markup import Child, Element, el
from brainswap.report.places import place_of
from brainswap.report.rendering import count, percentage
from brainswap.report.sections.marks import Kind, missing, tag
from brainswap.report.sections.tables import definitions
from brainswap.report.untrusted import LONGEST, one_line, visible
from brainswap.report.views import CaseAnswer, CaseView, StepSaid

_LONGEST_REASON: Final = 600  # characters
_SHORT: Final = 80  # characters; a shorter answer is repeated rather than said to be the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of a case: the targets that lost it, gained it, or missed it as the source did, by id."""

    lost: frozenset[str] = frozenset()
    gained: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()

    @property
    def same(self) -> bool:
        """No target did better or worse than the source."""
        return not self.lost and not self.gained


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """What a case is shown among.

    Attributes:
        names: what each contender is called, by id.
        targets: ids; those with a filter of their own first, in its order.
        segments: of the page's cases.
        longest: characters of a text that are shown.
    """

    names: Mapping[str, str]
    targets: Sequence[str]
    segments: Sequence[str]
    longest: int = LONGEST


def case_fold(case: CaseView, change: Change, classes: Sequence[str], among: Among) -> Element:
    """The fold, closed; its content has the address of the case, so that a link to it opens it."""
    source = next((answer for answer in case.answers if answer.contender not in among.targets), None)
    segment = among.segments.index(case.segment) if case.segment in among.segments else -1
    alike = _alike(case.answers)
    answers = (
        _answer(
            answer,
            change,
            among,
            source=source,
            before=_said_before(case.answers[:place], source, answer),
            alike=alike,
        )
        for place, answer in enumerate(case.answers)
    )
    return el(
        "details",
        {"class": " ".join(classes), "data-segment": segment},
        el(
            "summary",
            None,
            el("b", None, one_line(case.case_id)),
            tag(one_line(case.segment)) if case.segment else None,
            _flag("open", "! critical") if case.critical else None,
            *_became(change),
        ),
        el(
            "div",
            {"class": "question", "id": place_of(case.case_id)},
            _text("Input", case.input, case.input_length, among.longest),
            _text("Expected", case.reference, case.reference_length, among.longest) if case.reference else None,
        ),
        el("div", {"class": "side-by-side"}, *answers),
        el("div", {"class": "alike"}, el("h3", None, "The same for all"), _scores(case.answers[0], only=alike))
        if alike
        else None,
    )


def _alike(answers: Sequence[CaseAnswer]) -> frozenset[str]:
    """The scorers that say the same of every answer, for the same reason: they are told once."""
    if len(answers) <= 1:
        return frozenset()
    first = answers[0]
    return frozenset(
        scorer
        for scorer, value in first.scores.items()
        if all(
            scorer in each.scores
            and each.scores[scorer] == value
            and each.reasons.get(scorer) == first.reasons.get(scorer)
            for each in answers[1:]
        )
    )


def _said_before(earlier: Sequence[CaseAnswer], source: CaseAnswer | None, answer: CaseAnswer) -> CaseAnswer | None:
    """The source's answer, or another that is shown already, where it says the same in more than a few words."""
    if source is None or source is answer or len(answer.text) <= _SHORT:
        return None
    shown = (source, *earlier)
    return next((each for each in shown if each.text == answer.text and each.length == answer.length), None)


def _became(change: Change) -> list[Child]:
    told: list[Child] = [
        el("span", {"class": "quiet"}, f"{kind} by {count(len(by), 'target')}")
        for kind, by in (("lost", change.lost), ("gained", change.gained))
        if by
    ]
    return [*told, el("span", {"class": "quiet"}, "shared miss")] if change.shared and change.same else told


def _answer(
    answer: CaseAnswer,
    change: Change,
    among: Among,
    *,
    source: CaseAnswer | None,
    before: CaseAnswer | None,
    alike: Collection[str],
) -> Element:
    """What one contender said.

    Args:
        answer: of the contender.
        change: what became of the case.
        among: what it is shown among.
        source: the source's answer.
        before: an answer that says the same, and is shown already.
        alike: scorers that are told once for all.
    """
    lost, gained = answer.contender in change.lost, answer.contender in change.gained
    marks = [
        _flag("bad", "\u2717 lost") if lost else None,
        _flag("good", "\u2713 gained") if gained else None,
        None if answer.status == "answered" else _flag("open", f"! {one_line(answer.status)}"),
    ]
    own = answer.scores.keys() - alike
    return el(
        "article",
        {"class": "lost"} if lost else None,
        el("h3", None, one_line(among.names.get(answer.contender, answer.contender))),
        el("p", {"class": "state"}, *marks) if any(marks) else None,
        *(_step(step, among.longest) for step in answer.before),
        _said(answer, source, among.longest, compared=not change.same)
        if before is None
        else el("p", {"class": "quiet"}, f"Word for word what {_called(before, source, among)} said."),
        _scores(answer, only=own) if own else None,
    )


def _called(answer: CaseAnswer, source: CaseAnswer | None, among: Among) -> str:
    return "the source" if answer is source else one_line(among.names.get(answer.contender, answer.contender))


def _scores(answer: CaseAnswer, *, only: Collection[str]) -> Element:
    """In the order of the workload's scorers."""
    return definitions(
        (one_line(scorer), _score(value, answer.reasons.get(scorer)))
        for scorer, value in answer.scores.items()
        if scorer in only
    )


def _flag(kind: Kind, word: str) -> Element:
    """A mark whose sign is a character: drawn ones would be a third of the page."""
    return el("b", {"class": f"flag {kind}"}, word)


def _step(said: StepSaid, longest: int) -> Element:
    """What was said at a step of a chain before the answer."""
    told = body(said.text, longest, said.length) if said.text else el("p", {"class": "quiet"}, "No text.")
    ended = None if said.status == "answered" else _flag("open", f"! {one_line(said.status)}")
    return el("details", {"class": "step"}, el("summary", None, f"Step {one_line(said.step)} ", ended), told)


def _said(answer: CaseAnswer, source: CaseAnswer | None, longest: int, *, compared: bool) -> Element:
    """The text, with the words underlined that the source did not say, where they are few enough to look at."""
    if not answer.text:
        return el("p", {"class": "quiet"}, "No text.")
    if source is None or source is answer:
        return body(answer.text, longest, answer.length)
    whole = len(answer.text) <= longest and answer.length in (None, len(answer.text))
    pieces = new_words(visible(answer.text), visible(source.text)) if compared and whole else None
    if pieces is None:
        return body(answer.text, longest, answer.length)
    return el("div", {"class": "text"}, *(el("ins", None, each) if new else each for each, new in pieces))


def _score(value: float | None, reason: str | None) -> tuple[Child, ...]:
    if value is None:
        return (missing(None if reason is None else visible(reason, _LONGEST_REASON)),)
    return (percentage(value), el("small", None, visible(reason, _LONGEST_REASON)) if reason else None)


def _text(heading: str, text: str, length: int | None, longest: int) -> Element:
    return el("div", None, el("h3", None, heading), body(text, longest, length))


def body(text: str, longest: int = LONGEST, length: int | None = None) -> Element:
    """Text as it stands: its lines, its direction, and nothing of it obeyed."""
    return el("div", {"class": "text"}, visible(text, longest, length=length))
