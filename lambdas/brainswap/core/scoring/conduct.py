"""Scorers of how an answer came about: ``refusal``, ``finish``, ``length``, ``latency``, ``cost``."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from brainswap.core.answers import AnswerStatus
from brainswap.core.scoring.family import Family, SubjectFamily
from brainswap.core.scoring.quoting import kept, quote
from brainswap.core.scoring.refusals import is_refusal
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import CostSpec, FinishSpec, LatencySpec, LengthSpec, RefusalSpec
from brainswap.core.scoring.subject import Subject

Look = Callable[[Subject, None], Score]

_STATUSES = frozenset(AnswerStatus)
_UNANSWERED = (AnswerStatus.EMPTY, AnswerStatus.FAILED)
_ENDS = (".", "!", "?", "…", "。", "！", "？")  # noqa: RUF001 - full-width marks end sentences in Chinese and Japanese
_AFTER_AN_END = "\"'`*_)]}\u00bb\u2019\u201d\u300d\u300f\uff09"
_ENDS_WITHOUT_SPACE = re.compile("[。！？]")  # noqa: RUF001 - as above


def expects_nothing(_spec: Any, _reference: Any) -> None:
    """Nothing: the answer alone decides."""


def refusal_problem(_spec: RefusalSpec) -> str | None:
    return None


def compile_refusal(_spec: RefusalSpec) -> Look:
    """A cut-off answer shows by its opening what it is; a call of a tool is no refusal, whatever is said beside it."""

    def look(subject: Subject, _expected: None) -> Score:
        if subject.status in (AnswerStatus.REFUSED, AnswerStatus.FILTERED):
            return Score(value=1.0, reason=_status_of(subject))
        if subject.tool_calls:
            return Score(value=0.0, reason="the answer calls a tool")
        if subject.status in _UNANSWERED or not subject.text.strip():
            because = f"{_status_of(subject)}: neither a refusal nor an answer (the minimum, inverted or not)"
            return Score(value=0.0, reason=because, empty=True)
        if is_refusal(subject.text.strip()):
            return Score(value=1.0, reason=f"{quote(subject.text)} opens as a refusal does")
        return Score(value=0.0, reason="the answer is no refusal")

    return look


def finish_problem(spec: FinishSpec) -> str | None:
    if any(not each.strip() for each in spec.allowed):
        return "allowed holds a blank one"
    if AnswerStatus.UNASKED in _folded(spec.allowed):
        return "allowed names 'unasked', and what was not asked is never scored"
    return None


def compile_finish(spec: FinishSpec) -> Look:
    allowed = _folded(spec.allowed)
    stop_reasons = allowed - _STATUSES

    def look(subject: Subject, _expected: None) -> Score:
        stopped = subject.stop_reason.lower() if subject.stop_reason else None
        if str(subject.status) in allowed or stopped in allowed:
            return Score(value=1.0, reason=_ending(subject))
        if stop_reasons and stopped is None and subject.status is not AnswerStatus.FAILED:
            return Score(value=None, reason=f"{subject.status}, and nobody knows why the model stopped")
        return Score(value=0.0, reason=f"{_ending(subject)}, which is not allowed")

    return look


def length_problem(spec: LengthSpec) -> str | None:
    if spec.minimum is None and spec.maximum is None:
        return "give min, max or both"
    if spec.minimum is not None and spec.maximum is not None and spec.minimum > spec.maximum:
        return f"min {spec.minimum} is more than max {spec.maximum}"
    if spec.unit == "tokens" and spec.extract is not None:
        return "tokens are counted of the whole answer, so that extract means nothing to them"
    return None


def compile_length(spec: LengthSpec) -> Look:
    least, most = spec.minimum, spec.maximum
    bounds = [f"at least {least:,}" if least is not None else "", f"at most {most:,}" if most is not None else ""]
    wanted = " and ".join(filter(None, bounds))

    def look(subject: Subject, _expected: None) -> Score:
        if spec.unit == "tokens" and subject.usage is None:
            return Score(value=None, reason="nobody counted the tokens of the answer")
        count = _COUNTED[spec.unit](subject)
        estimated = " (estimated)" if spec.unit == "tokens" and subject.usage and subject.usage.estimated else ""
        right = (least is None or count >= least) and (most is None or count <= most)
        found = f"{count:,} {spec.unit if count != 1 else spec.unit[:-1]}{estimated}"
        return Score(value=float(right), reason=f"{found}, {'as' if right else 'not as'} wanted: {wanted}")

    return look


def latency_problem(_spec: LatencySpec) -> str | None:
    return None


def compile_latency(spec: LatencySpec) -> Look:
    what = "the answer" if spec.measure == "answer" else "the first token"

    def look(subject: Subject, _expected: None) -> Score:
        took = subject.latency_ms if spec.measure == "answer" else subject.first_token_ms
        if took is None:
            return Score(value=None, reason=f"how long {what} took was not measured, or not in this run")
        within = took <= spec.at_most_ms
        comparison = "at most" if within else "more than"
        return Score(value=float(within), reason=f"{what} took {took:,.8g} ms, {comparison} {spec.at_most_ms:,.8g} ms")

    return look


def cost_problem(_spec: CostSpec) -> str | None:
    return None


def compile_cost(spec: CostSpec) -> Look:
    def look(subject: Subject, _expected: None) -> Score:
        cost = subject.cost_usd
        if cost is None:
            return Score(value=None, reason="the cost is unknown, for want of a price or of tokens")
        within = cost <= spec.at_most_usd
        estimated = " (estimated)" if subject.usage is not None and subject.usage.estimated else ""
        comparison = "at most" if within else "more than"
        return Score(value=float(within), reason=f"${cost:.8f}{estimated}, {comparison} ${spec.at_most_usd:.8f}")

    return look


def _folded(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.strip().lower() for word in words)


def _status_of(subject: Subject) -> str:
    if subject.status is AnswerStatus.ANSWERED:
        return "the answer is blank"
    return kept(f"{subject.status}: {subject.because}") if subject.because else str(subject.status)


def _ending(subject: Subject) -> str:
    if not subject.stop_reason:
        return _status_of(subject) if subject.status is not AnswerStatus.ANSWERED else str(subject.status)
    return f"{subject.status}, the model stopped with {quote(subject.stop_reason)}"


def _characters(subject: Subject) -> int:
    return len(subject.text.strip())


def _words(subject: Subject) -> int:
    return sum(any(map(str.isalnum, word)) for word in subject.text.split())


def _sentences(subject: Subject) -> int:
    """Ends of sentences before white space or the end of the text; ``e.g.`` is counted as one, as any end would be."""
    count, begun = 0, False
    for word in _ENDS_WITHOUT_SPACE.sub(r"\g<0> ", subject.text).split():
        bare = word.rstrip(_AFTER_AN_END)
        begun = begun or any(map(str.isalnum, bare))
        if begun and bare.endswith(_ENDS):
            count, begun = count + 1, False
    return count + begun


def _lines(subject: Subject) -> int:
    return sum(bool(line.strip()) for line in subject.text.splitlines())


def _tokens(subject: Subject) -> int:
    return 0 if subject.usage is None else subject.usage.output_tokens


_COUNTED: dict[str, Callable[[Subject], int]] = {
    "characters": _characters,
    "words": _words,
    "sentences": _sentences,
    "lines": _lines,
    "tokens": _tokens,
}


FAMILIES: Mapping[str, Family] = {
    "refusal": SubjectFamily(
        problem=refusal_problem,
        expected=expects_nothing,
        compile=compile_refusal,
        any_status=True,
    ),
    "finish": SubjectFamily(
        problem=finish_problem,
        expected=expects_nothing,
        compile=compile_finish,
        any_status=True,
    ),
    "length": SubjectFamily(
        problem=length_problem,
        expected=expects_nothing,
        compile=compile_length,
        takes_extract=True,
    ),
    "latency": SubjectFamily(problem=latency_problem, expected=expects_nothing, compile=compile_latency),
    "cost": SubjectFamily(problem=cost_problem, expected=expects_nothing, compile=compile_cost),
}
