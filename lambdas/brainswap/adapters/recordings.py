"""Answers that somebody recorded earlier: nothing is asked, nothing is paid."""

import json

from brainswap.core.answers import Answer, AnswerStatus, Origin, ToolCall, Usage
from brainswap.core.money.costs import estimated_tokens
from brainswap.core.prompts.weight import estimated_prompt_tokens
from brainswap.core.scoring.hygiene import CALLED, classify
from brainswap.ports import Question


class RecordedModels:
    """Replays what the case holds; tokens that nobody counted are estimated from the text and marked so."""

    async def warm_up(self, question: Question) -> None:
        """Nothing is asked."""

    async def ask(self, question: Question) -> Answer:
        found = question.case.recorded.get(question.recording)
        recorded = found.steps.get(question.step) if found is not None and question.step else found
        if recorded is None:
            return Answer(
                case_id=question.case.id,
                text="",
                status=AnswerStatus.FAILED,
                reason=f"no answer of {question.recording} is recorded for this case",
                origin=Origin.RECORDED,
                repeat=question.repeat,
            )
        calls = tuple(
            ToolCall(name=call.name, arguments=json.dumps(dict(call.arguments), ensure_ascii=False))
            for call in recorded.tool_calls
        )
        status, reason = classify(CALLED if calls else recorded.output, recorded.stop_reason)
        counted = recorded.input_tokens is not None and recorded.output_tokens is not None
        return Answer(
            case_id=question.case.id,
            text=recorded.output,
            status=status,
            reason=reason,
            origin=Origin.RECORDED,
            stop_reason=recorded.stop_reason,
            usage=Usage(
                input_tokens=recorded.input_tokens or estimated_prompt_tokens(question.prompt),
                output_tokens=recorded.output_tokens or estimated_tokens(len(recorded.output)),
                estimated=not counted,
            ),
            latency_ms=recorded.latency_ms,
            first_token_ms=recorded.first_token_ms,
            tool_calls=calls,
            repeat=question.repeat,
        )
