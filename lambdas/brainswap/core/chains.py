"""A chain: an application that asks several times in a row about a case, each time with the answers that it has got."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.cases import Case
from brainswap.core.prompts.rendering import rendered, taken_by
from brainswap.core.prompts.template import STEPS, Prompt
from brainswap.core.scoring.extraction import extractor, nothing_found
from brainswap.core.scoring.specs import Extract
from brainswap.core.sums import sum_of, sum_of_usages

Fields = Mapping[str, Mapping[str, Extract]]  # parts of answers that later steps may use, by step and name


class Chain:
    """The way of one case through the steps: what is to be asked next, and in the end the one answer.

    A step whose answer is none ends the case, and so does one whose answer lacks what a later step uses of it. Answers
    are only ever put in the places of placeholders, whatever they hold.

    Args:
        steps: of the prompt, with placeholders open.
        fields: that the steps declare.
        case: that is asked about.
    """

    def __init__(self, steps: Sequence[Prompt], fields: Fields, case: Case) -> None:
        self._steps = steps
        self._fields = fields
        self._case = case
        self._answers: list[Answer] = []
        self._bound: dict[str, str] = {}
        self._ended_because: str | None = None

    @property
    def step(self) -> Prompt:
        """That is asked next."""
        return self._steps[len(self._answers)]

    @property
    def at_the_last_step(self) -> bool:
        return len(self._answers) == len(self._steps) - 1

    @property
    def case(self) -> Case:
        """What of the case goes with it."""
        return taken_by(self.step, self._case)

    @property
    def prompt(self) -> Prompt:
        """What it is asked with."""
        return replace(rendered(self.step, self.case, self._bound), name="")

    def take(self, answer: Answer) -> bool:
        """Take in the answer to the latest question; whether there is another one to ask."""
        step = self.step
        self._answers.append(replace(answer, step=step.name))
        if answer.status is not AnswerStatus.ANSWERED:
            self._ended_because = answer.reason or answer.status.value
        elif len(self._answers) < len(self._steps):
            self._ended_because = self._bind(step, answer)
        return self._ended_because is None and len(self._answers) < len(self._steps)

    def whole(self) -> Answer:
        """The application's answer, with what all steps took; without text where a step before the last ended it.

        Time and the first token are told only of a case that went all the way: a chain that broke was not quick. A call
        that failed, or was never made, leaves the tokens of the case unknown; what the steps before it took is theirs.
        """
        last = self._answers[-1]
        gone_through = len(self._answers) == len(self._steps)
        earlier_ms = sum_of([each.latency_ms for each in self._answers[:-1]])
        first_token_ms = None if last.first_token_ms is None or earlier_ms is None else earlier_ms + last.first_token_ms
        whole = replace(
            last,
            step="",
            steps=tuple(self._answers),
            usage=sum_of_usages([each.usage for each in self._answers]),
            latency_ms=sum_of([each.latency_ms for each in self._answers]) if gone_through else None,
            server_latency_ms=sum_of([each.server_latency_ms for each in self._answers]) if gone_through else None,
            first_token_ms=first_token_ms if gone_through else None,
            estimated_latency=any(each.estimated_latency for each in self._answers),
            cached=any(each.cached for each in self._answers),
            reused=all(each.reused for each in self._answers),
            cold=any(each.cold for each in self._answers),
            sent_at=self._answers[0].sent_at,
            rounds=sum(each.rounds for each in self._answers),
        )
        if self._ended_because is None:
            return whole
        reason = f"step `{last.step}`: {self._ended_because}"
        if gone_through:
            return replace(whole, reason=reason)
        broken = AnswerStatus.UNFINISHED if last.status is AnswerStatus.ANSWERED else last.status
        return replace(whole, text="", tool_calls=(), stop_reason=None, status=broken, reason=reason)

    def _bind(self, step: Prompt, answer: Answer) -> str | None:
        """Keep what later steps use of an answer; why there is nothing to go on with, where that is so."""
        used = frozenset().union(*(each.used_answers for each in self._steps[len(self._answers) :]))
        if f"{STEPS}{step.name}" in used:
            if not answer.text.strip():
                return "it says nothing that a later step could use"
            self._bound[f"{STEPS}{step.name}"] = answer.text
        for name, spec in self._fields.get(step.name, {}).items():
            placeholder = f"{STEPS}{step.name}.{name}"
            if placeholder not in used:
                continue
            found = extractor(spec)(answer.text)
            if found is None:
                return f"its field `{name}` is not there: {nothing_found(spec, answer.text)}"
            self._bound[placeholder] = found
        return None
