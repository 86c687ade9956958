"""Where a question becomes an answer: let in, answered, paid for, and broken where a scenario says so."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace

from local.bedrock.estimates import tokens
from local.bedrock.http1 import HttpResponse
from local.bedrock.pace import Moment, Pace
from local.bedrock.parameters import Accepted
from local.bedrock.question import Answerer, Question, Reply
from local.bedrock.service import Call, Tally
from local.bedrock.trouble import Break, Subject, Trouble, Visit, break_off, damaged

CALM = Visit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A reply on its way to the client; ``since`` is the time of the running event loop when the request came."""

    asked: str
    reply: Reply
    since: float
    visit: Visit

    @property
    def breaks(self) -> Break | None:
        return self.visit.breaks


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Serves both wires alike.

    Attributes:
        answerer: knows the answers.
        pace: of the waiting.
        tally: learns what was paid.
        trouble: None for a server on which all goes well.
    """

    answerer: Answerer
    pace: Pace
    tally: Tally
    trouble: Trouble | None = None

    def ask(self, question: Question, call: Call, accepted: Accepted, *, since: float, streams: bool) -> Answered:
        """Have a question answered.

        Raises:
            ServiceError: there is no answer, or trouble comes in its place.
            BrokenOffError: the connection is reset before the answer.
        """
        if self.trouble is None:
            reply = self.answerer.answer(question)
            return Answered(asked=question.asked, reply=reply, since=since, visit=CALM)
        visit = self.trouble.meet(_subject(question, call, accepted, streams=streams))
        reply = visit.slowed(self.answerer.answer(question))
        if visit.breaks is not None and visit.breaks.kind == "reset":
            call.counts_as = 0
        return Answered(asked=question.asked, reply=reply, since=since, visit=visit)

    async def whole(self, answered: Answered, response: HttpResponse) -> HttpResponse:
        """The response once it is due. Whoever goes away meanwhile has paid for it all the same."""
        reply = answered.reply
        self.tally.pay(answered.asked, reply.input_tokens, reply.output_tokens)
        await self.pace.wait(answered.since, reply.latency_ms)
        answered.visit.settle(reply.input_tokens, reply.output_tokens)
        if answered.breaks is not None and isinstance(response.body, bytes):
            return replace(response, body=damaged(response.body, answered.breaks))
        return response

    def stream(
        self, answered: Answered, moments: Iterable[Moment], exception: Callable[[str, str], bytes]
    ) -> AsyncIterator[bytes]:
        """The pieces of a stream; what was told before it ends is paid for."""

        def ended(told: int) -> None:
            self.tally.pay(answered.asked, answered.reply.input_tokens, told)
            answered.visit.settle(answered.reply.input_tokens, told)

        if answered.breaks is not None:
            moments = break_off(moments, answered.breaks, exception)
        return self.pace.play(answered.since, moments, ended)


def _subject(question: Question, call: Call, accepted: Accepted, *, streams: bool) -> Subject:
    return Subject(
        operation=call.operation,
        model=question.asked,
        model_id=question.model_id,
        body=call.request.body,
        streams=streams,
        input_tokens=tokens(question.text),
        most_output=accepted.reserved_output if question.max_tokens is None else question.max_tokens,
        burndown=accepted.burndown,
    )
