"""The rounds of a conversation with tools: calls get what is recorded for them, and the model is asked again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from brainswap.core.answers import Answer, AnswerStatus, ToolCall
from brainswap.core.calls import Settings
from brainswap.core.conversations import RecordedResult
from brainswap.core.prompts.template import Message, Prompt, as_text
from brainswap.core.sums import sum_of, sum_of_usages
from brainswap.core.wording import printable

_SHOWN = 200


class Rounds:
    """One conversation: what is to be asked next, and in the end the one answer that it comes to.

    The model gets the first recorded result for its call that no earlier call has got, one with these very arguments
    before one for any; where all of them have been given, the last. Calls and results are numbered by us, so that the
    same answers make the same requests. A choice that forces a call holds for the first round alone: the model could
    never answer.

    Args:
        prompt: of the first request.
        settings: the same.
        results: that are recorded; without any, the first answer is the last.
        most: requests.
    """

    def __init__(self, prompt: Prompt, settings: Settings, results: Sequence[RecordedResult], most: int) -> None:
        self.prompt = prompt
        self.settings = settings
        self._results = results
        self._most = most
        self._given: set[int] = set()
        self._answers: list[Answer] = []
        self._ended_because: str | None = None

    @property
    def under_way(self) -> bool:
        """Whether something has been answered, so that ending now would waste it."""
        return bool(self._answers)

    def take(self, answer: Answer) -> bool:
        """Take in the answer to the latest request; whether there is another one to make."""
        self._answers.append(answer)
        if answer.status is not AnswerStatus.ANSWERED or not answer.tool_calls or not self._results:
            return False
        if len(self._answers) >= self._most:
            self._ended_because = f"the model still calls tools when it is asked for the {self._most}. time"
            return False
        calls = tuple(self._numbered(answer.tool_calls))
        found = [(call, self._result(call)) for call in calls]
        unknown = next((call for call, result in found if result is None), None)
        if unknown is not None:
            arguments = printable(unknown.arguments, limit=_SHOWN)
            self._ended_because = f"no result is recorded for the call {printable(unknown.name)}({arguments})"
            return False
        said = Message(role="assistant", content=answer.text, tool_calls=calls, thoughts=answer.thoughts)
        returned = (
            Message(role="tool", content=as_text(result.result), call_id=call.id, failed=result.error)
            for call, result in found
            if result is not None
        )
        self.prompt = replace(self.prompt, messages=(*self.prompt.messages, said, *returned))
        if self.settings.tool_choice not in (None, "auto"):
            self.settings = replace(self.settings, tool_choice=None)
        return True

    def whole(self) -> Answer:
        """The last answer, with the calls of all rounds and with what all of them took."""
        last = replace(self._answers[-1], thoughts=())
        if len(self._answers) > 1:
            earlier = sum(filter(None, (each.latency_ms for each in self._answers[:-1])))
            first_token_ms = None if last.first_token_ms is None else earlier + last.first_token_ms
            last = replace(
                last,
                usage=sum_of_usages([each.usage for each in self._answers]),
                latency_ms=sum_of([each.latency_ms for each in self._answers]),
                server_latency_ms=sum_of([each.server_latency_ms for each in self._answers]),
                first_token_ms=first_token_ms,
                cold=any(each.cold for each in self._answers),
                sent_at=self._answers[0].sent_at,
                tool_calls=tuple(self._all_calls()),
                rounds=len(self._answers),
            )
        if self._ended_because is None:
            return last
        return replace(last, status=AnswerStatus.UNFINISHED, reason=self._ended_because)

    def _numbered(self, calls: Sequence[ToolCall]) -> Iterator[ToolCall]:
        """Nine letters and digits, which every service takes for an id."""
        for number, call in enumerate(calls, start=1):
            yield replace(call, id=f"r{len(self._answers):03}c{number:04}")

    def _all_calls(self) -> Iterator[ToolCall]:
        for number, answer in enumerate(self._answers, start=1):
            yield from (replace(call, round=number) for call in answer.tool_calls)

    def _result(self, call: ToolCall) -> RecordedResult | None:
        made = _arguments(call)
        own = [(place, each) for place, each in enumerate(self._results) if each.name == call.name]
        fitting = [(place, each) for place, each in own if each.arguments is not None and each.arguments == made]
        fitting = fitting or [(place, each) for place, each in own if each.arguments is None]
        if not fitting:
            return None
        place, result = next((each for each in fitting if each[0] not in self._given), fitting[-1])
        self._given.add(place)
        return result


def _arguments(call: ToolCall) -> Mapping[str, Any] | None:
    """What a call gives, also where it gives nothing; None for what is no JSON object."""
    if not call.arguments.strip():
        return {}
    try:
        value = json.loads(call.arguments)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
