"""An answer: what a model said about a case, with what it took."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class AnswerStatus(StrEnum):
    """What became of a question; everything but ``answered`` is counted apart and scores the minimum.

    Only ``unasked`` says nothing about the model: the money or the access ended first, and such a case is not scored.
    ``unfinished`` is a conversation that ended in a call of a tool which nothing recorded answers.
    """

    ANSWERED = "answered"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    REFUSED = "refused"
    FILTERED = "filtered"
    FAILED = "failed"
    UNFINISHED = "unfinished"
    UNASKED = "unasked"


class Origin(StrEnum):
    """Where an answer comes from; never mixed up in a report."""

    LIVE = "live"
    RECORDED = "recorded"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one answer.

    Attributes:
        estimated: nobody counted them, and they were derived from the length of the text.
        rounds: of each request, where the answer took several; each is priced by itself.
    """

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    estimated: bool = False
    rounds: tuple["Usage", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A function that the model wants called.

    Attributes:
        arguments: the JSON text that it gave.
        id: by which a result names the call that it belongs to; ours, and empty where no result does.
        round: of the conversation, the first being 1.
    """

    name: str
    arguments: str
    id: str = ""
    round: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a model said about a case.

    Attributes:
        case_id: the case that was asked.
        text: the answer as it came; empty when the call failed.
        status: see `AnswerStatus`.
        reason: why the status is not ``answered``.
        stop_reason: as the model's service gave it; unknown for most recordings.
        usage: None when unknown.
        latency_ms: from sending the request, on a connection that stands, to the last byte, seen from the client.
        first_token_ms: the same up to the first piece of text; None where the model does not stream.
        server_latency_ms: what the model's service says that it took.
        origin: live, recorded or simulated.
        estimated_latency: the latencies are a simulator's, not a clock's.
        cached: taken from the answer cache, and asked for by an earlier run.
        reused: taken from the answer cache, whichever run asked: an interrupted one goes on from there.
        cold: the first call of a process to the model or with a schema; its latency is no measure of the model.
        repeat: 0 for the first answer to this case, 1 for the second …
        tool_calls: in the order in which the model made them, of all rounds.
        rounds: requests that the answer took: one more each time that the results of tools were given back, and one for
            each step of a chain. Tokens and latencies are those of all; the first token is that of the last one.
        step: of a chain, that the answer belongs to; empty for the application's answer.
        steps: of a chain, the answers of the steps that were asked, in order, the last of which is the application's
            where the chain was gone through. ``cached`` is then said of any of them, ``reused`` of all.
        thoughts: blocks that the service wants back with the results of tools, in its own form; never kept.
        asked_in: the run that asked; None for answers that nobody asked for live.
        asked_by: for what it asked, such as a contender and a block of cases; whoever else uses the answer did not pay.
        sent_at: when the request was sent (seconds since 1970), by the client's clock.
    """

    case_id: str
    text: str
    status: AnswerStatus
    origin: Origin
    reason: str | None = None
    stop_reason: str | None = None
    usage: Usage | None = None
    latency_ms: float | None = None
    first_token_ms: float | None = None
    estimated_latency: bool = False
    cached: bool = False
    reused: bool = False
    repeat: int = 0
    server_latency_ms: float | None = None
    cold: bool = False
    tool_calls: tuple[ToolCall, ...] = ()
    rounds: int = 1
    step: str = ""
    steps: tuple["Answer", ...] = ()
    thoughts: tuple[Any, ...] = ()
    asked_in: str | None = None
    asked_by: str | None = None
    sent_at: float | None = None

    @property
    def before(self) -> tuple["Answer", ...]:
        """Of a chain, what was said before the application's answer, or before there was none."""
        last = self.steps[-1:]
        return (
            self.steps[:-1] if all((one.text, one.status) == (self.text, self.status) for one in last) else self.steps
        )

    def at(self, step: str | None) -> "Answer":
        """The answer of a step; the application's own, which is none, where the step was not reached.

        Of a recording that does not hold the step, nothing is known.
        """
        found = self if step is None else next((each for each in self.steps if each.step == step), None)
        if found is not None:
            return found
        if self.origin is not Origin.RECORDED:
            return self
        unknown = f"nothing is recorded of the step `{step}`"
        return replace(
            self, text="", status=AnswerStatus.UNASKED, reason=unknown, usage=None, latency_ms=None, steps=()
        )


def asked_by(who: str, block: int) -> str:
    """By what an answer tells what it was asked for: a contender, or another of a run, and a block of its cases."""
    return f"{who}/{block}"
