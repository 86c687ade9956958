"""Guardrails of Amazon Bedrock through ``ApplyGuardrail``, and its checks of harm through ``InvokeGuardrailChecks``."""

import json

from brainswap.adapters.aws_calls import AwsCalls
from brainswap.adapters.replies import told_origin
from brainswap.adapters.service_errors import making_sense
from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.calling.guardrails import CHECKS, read_checks, read_guardrail
from brainswap.core.calling.plans import GUARDRAIL
from brainswap.ports import Question


class BedrockGuardrails:
    """Answers with what was found in the question's only message, as the scorers read it."""

    def __init__(self, calls: AwsCalls) -> None:
        self._calls = calls

    async def warm_up(self, question: Question) -> None:  # noqa: ARG002 - all are asked with the same
        await self._calls.warm_up()

    async def ask(self, question: Question) -> Answer:
        text = question.prompt.messages[0].content
        path: tuple[str, ...]
        if question.model == CHECKS:
            categories = [{"category": category} for category in question.settings.fields["categories"]]
            body = {
                "messages": [{"role": "assistant", "content": [{"text": text}]}],
                "checks": {"contentFilter": {"categories": categories}},
            }
            path, read = ("guardrail-checks", "invoke"), read_checks
        else:
            identifier, _, version = question.model.removeprefix(GUARDRAIL).rpartition("/")
            body = {"source": "OUTPUT", "content": [{"text": {"text": text}}]}
            path, read = ("guardrail", identifier, "version", version, "apply"), read_guardrail
        came = await self._calls.post(question.model, json.dumps(body).encode(), *path)
        with making_sense(question.model):
            found = read(json.loads(came.body))
        return Answer(
            case_id=question.case.id,
            text=found,
            status=AnswerStatus.ANSWERED,
            origin=told_origin(came.headers),
            latency_ms=came.latency_ms,
            repeat=question.repeat,
            sent_at=came.sent_at,
        )
