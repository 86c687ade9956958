"""Recorded answers, played back to whoever asks about the same case, in whichever words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from brainswap.core.answers import Origin
from brainswap.core.cases import RecordedStep
from local.bedrock.casebook import Casebook
from local.bedrock.estimates import Timing, timing, tokens
from local.bedrock.faults import ServiceError
from local.bedrock.personas import persona_of
from local.bedrock.question import Called, Estimated, Question, Reply

_NO_CASE = "Nothing is recorded for this request: no case of this server occurs in it whole."
_BEDROCK_STOP_REASONS = frozenset(
    {
        "end_turn",
        "tool_use",
        "max_tokens",
        "stop_sequence",
        "guardrail_intervened",
        "content_filtered",
        "malformed_model_output",
        "malformed_tool_use",
        "model_context_window_exceeded",
    }
)
# Other vendors' words for the same; a word that neither list knows is taken for the usual end.
_STOP_REASONS = MappingProxyType(
    {
        "length": "max_tokens",
        "content_filter": "content_filtered",
        "refusal": "content_filtered",
        "tool_calls": "tool_use",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordings:
    """Answers with what was recorded.

    Attributes:
        casebook: finds the case that a request is about.
        names: of the recording, by model id.
        seed: of the latencies that were not recorded.
    """

    casebook: Casebook
    names: Mapping[str, str]
    seed: int

    def holds(self, question: Question) -> bool:
        return self._name(question) is not None

    def answer(self, question: Question) -> Reply:
        """Play back what was recorded.

        Raises:
            ServiceError: ``ModelErrorException`` where nothing is recorded for what the request is about.
        """
        found = self.casebook.find_at_step(question.text, question.case_name, question.step)
        if found is None:
            raise _nothing(question, _NO_CASE)
        name = self._name(question)
        recorded = found.case.recorded.get(name) if name is not None else None
        if recorded is None:
            raise _nothing(question, f"Nothing is recorded for this case: {found.case.id!r} has no answer of {name!r}.")
        return self._reply(question, recorded.steps.get(question.step or "", recorded), found.case.id)

    def _name(self, question: Question) -> str | None:
        return self.names.get(question.asked) or self.names.get(question.model_id)

    def _reply(self, question: Question, recorded: RecordedStep, case_id: str) -> Reply:
        asked, answered = recorded.input_tokens, recorded.output_tokens
        calls = _calls(question, recorded)
        text = recorded.output
        input_tokens = tokens(question.text) if asked is None else asked
        output_tokens = tokens(text) + sum(tokens(call.arguments) for call in calls) if answered is None else answered
        usual = timing(
            persona_of(question.model_id, seed=self.seed).speed,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            draw=(self.seed, question.model_id, case_id),
        )
        took = _known(recorded, usual)
        return Reply(
            text=text,
            calls=calls,
            stop_reason=_stop_reason(recorded.stop_reason),
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            latency_ms=took.latency_ms,
            first_token_ms=took.first_token_ms,
            origin=Origin.RECORDED,
            estimated=_estimated(recorded),
        )


def _calls(question: Question, recorded: RecordedStep) -> tuple[Called, ...]:
    """The recorded calls of tools that the request offers, where none of them has returned anything yet."""
    if question.returned:
        return ()
    offered = {tool.name for tool in question.offered}
    return tuple(
        Called(name=call.name, arguments=json.dumps(dict(call.arguments), ensure_ascii=False))
        for call in recorded.tool_calls
        if call.name in offered
    )


def _known(recorded: RecordedStep, usual: Timing) -> Timing:
    """The recorded latencies; what is missing follows from the usual proportion of the two."""
    first, whole = recorded.first_token_ms, recorded.latency_ms
    if first is not None and whole is not None:
        return Timing(first_token_ms=min(first, whole), latency_ms=whole)
    if whole is not None:
        return Timing(first_token_ms=whole * (usual.first_token_ms / usual.latency_ms), latency_ms=whole)
    if first is not None:
        return Timing(first_token_ms=first, latency_ms=first + (usual.latency_ms - usual.first_token_ms))
    return usual


def _estimated(recorded: RecordedStep) -> tuple[Estimated, ...]:
    estimated: list[Estimated] = []
    if recorded.input_tokens is None or recorded.output_tokens is None:
        estimated.append("tokens")
    if recorded.latency_ms is None:
        estimated.append("latency")
    elif recorded.first_token_ms is None:
        estimated.append("first-token")
    return tuple(estimated)


def _stop_reason(recorded: str | None) -> str:
    if recorded in _BEDROCK_STOP_REASONS:
        return recorded
    return _STOP_REASONS.get(recorded or "", "end_turn")


def _nothing(question: Question, message: str) -> ServiceError:
    return ServiceError(
        "ModelErrorException", message, members={"originalStatusCode": 404, "resourceName": question.model_id}
    )
