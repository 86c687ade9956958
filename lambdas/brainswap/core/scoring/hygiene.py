"""Tell an answer from what only looks like one: nothing, half of one, a filter's notice, a refusal."""

from brainswap.core.answers import AnswerStatus
from brainswap.core.scoring.refusals import is_refusal

# Bedrock Converse's stop reasons, the "refusal" of Anthropic's own interface, and two of OpenAI's finish reasons.
_BY_STOP_REASON = {
    "max_tokens": AnswerStatus.TRUNCATED,
    "model_context_window_exceeded": AnswerStatus.TRUNCATED,
    "length": AnswerStatus.TRUNCATED,
    "guardrail_intervened": AnswerStatus.FILTERED,
    "content_filtered": AnswerStatus.FILTERED,
    "content_filter": AnswerStatus.FILTERED,
    "refusal": AnswerStatus.REFUSED,
    "malformed_model_output": AnswerStatus.FAILED,
    "malformed_tool_use": AnswerStatus.FAILED,
}
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


def classify(text: str, stop_reason: str | None, found: str = "") -> tuple[AnswerStatus, str | None]:
    """What became of a question, with the reason where it is not ``answered``; ``found`` is what a guardrail says.

    A refusal is recognised without a stop reason only where a short answer opens with one of the phrases by which
    models refuse in English, German, French or Spanish; "I cannot tell from the text" is an answer.
    """
    if stop_reason is not None and (status := _BY_STOP_REASON.get(stop_reason.lower())):
        why = f": {found}" if found and status is AnswerStatus.FILTERED else ""
        return status, f"the model stopped with {stop_reason.lower()}{why}"
    stripped = text.strip().strip(_INVISIBLE).strip()
    if not stripped:
        return AnswerStatus.EMPTY, "nothing but white space"
    if is_refusal(stripped):
        return AnswerStatus.REFUSED, "opens as a refusal does"
    return AnswerStatus.ANSWERED, None
