"""Embeddings through Bedrock's ``InvokeModel``, in the form of each vendor."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from brainswap.adapters.aws_calls import AwsCalls, Response
from brainswap.adapters.replies import ESTIMATED, told_origin
from brainswap.adapters.service_errors import making_sense
from brainswap.core.answers import Answer, AnswerStatus, Usage
from brainswap.core.calling.embedding_models import Wire, embedding_model, packed
from brainswap.core.calling.plans import EMBEDDING
from brainswap.core.errors import ModelRefusesRequestError
from brainswap.core.money.costs import estimated_tokens
from brainswap.ports import Question

INPUT_TOKENS = "x-amzn-bedrock-input-token-count"

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How one vendor is asked.

    Attributes:
        body: of a request, from a text and the dimensions that are wanted, if any.
        vector: in a response; raises TypeError, ValueError or LookupError where there is none.
        tokens: the member of a response that counts those of the text; None where a header does.
    """

    body: Callable[[str, int | None], Body]
    vector: Callable[[Mapping[str, Any]], Sequence[float]]
    tokens: str | None = None


def _titan_v2(text: str, dimensions: int | None) -> Body:
    wanted = {} if dimensions is None else {"dimensions": dimensions}
    return {"inputText": text, "normalize": True, "embeddingTypes": ["float"], **wanted}


def _cohere(truncate: str) -> Callable[[str, int | None], Body]:
    def body(text: str, dimensions: int | None) -> Body:
        # Both texts of a pair are of one kind here; neither is a query that looks for the other.
        wanted = {} if dimensions is None else {"output_dimension": dimensions}
        common = {"texts": [text], "input_type": "clustering", "embedding_types": ["float"]}
        return {**common, "truncate": truncate, **wanted}

    return body


def _nova(text: str, dimensions: int | None) -> Body:
    wanted = {} if dimensions is None else {"embeddingDimension": dimensions}
    asked = {"embeddingPurpose": "CLUSTERING", "text": {"truncationMode": "END", "value": text}, **wanted}
    return {"schemaVersion": "nova-multimodal-embed-v1", "taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": asked}


def _of_cohere(payload: Mapping[str, Any]) -> Sequence[float]:
    """By type where types were asked for; models of before there were types answer with a list."""
    found = payload["embeddings"]
    (vector,) = found["float"] if isinstance(found, dict) else found
    return _numbers(vector)


def _of_nova(payload: Mapping[str, Any]) -> Sequence[float]:
    (found,) = payload["embeddings"]
    return _numbers(found["embedding"])


def _of_titan(payload: Mapping[str, Any]) -> Sequence[float]:
    return _numbers(payload["embedding"])


def _numbers(values: Any) -> Sequence[float]:
    if not isinstance(values, list):
        raise TypeError("an embedding is no list")
    return [float(value) for value in values]


# Amazon Bedrock User Guide, "Amazon Titan Text Embeddings", "Cohere Embed v3" and "v4"; Amazon Nova User Guide,
# "Complete embeddings request and response schema"; November 2026.
FORMS: Mapping[Wire, Form] = MappingProxyType(
    {
        "titan-v1": Form(body=lambda text, _: {"inputText": text}, vector=_of_titan, tokens="inputTextTokenCount"),
        "titan-v2": Form(body=_titan_v2, vector=_of_titan, tokens="inputTextTokenCount"),
        "cohere-v3": Form(body=_cohere("END"), vector=_of_cohere),
        "cohere-v4": Form(body=_cohere("RIGHT"), vector=_of_cohere),
        "nova": Form(body=_nova, vector=_of_nova),
    }
)


class BedrockEmbeddings:
    """Answers with the embedding of the question's only message, packed as text."""

    def __init__(self, calls: AwsCalls) -> None:
        self._calls = calls

    async def warm_up(self, question: Question) -> None:  # noqa: ARG002 - all models are asked with the same
        await self._calls.warm_up()

    async def ask(self, question: Question) -> Answer:
        model = question.model.removeprefix(EMBEDDING)
        known = embedding_model(model)
        if known is None:
            raise ModelRefusesRequestError(f"{model} is no known model of embeddings")
        form, text = FORMS[known.wire], question.prompt.messages[0].content
        body = form.body(text, question.settings.fields.get("dimensions"))
        came = await self._calls.post(model, json.dumps(body).encode(), "model", model, "invoke")
        with making_sense(model):
            payload = json.loads(came.body)
            vector = packed(form.vector(payload))
            usage = _usage(form, payload, came, text)
        return Answer(
            case_id=question.case.id,
            text=vector,
            status=AnswerStatus.ANSWERED,
            origin=told_origin(came.headers),
            usage=usage,
            latency_ms=came.latency_ms,
            repeat=question.repeat,
            sent_at=came.sent_at,
        )


def _usage(form: Form, payload: Mapping[str, Any], came: Response, text: str) -> Usage:
    """Counted by the service, or else by the length of the text."""
    told = payload[form.tokens] if form.tokens else came.headers.get(INPUT_TOKENS)
    tokens = estimated_tokens(len(text)) if told is None else int(told)
    if tokens < 0:
        raise ValueError("a count of tokens is no count")
    return Usage(
        input_tokens=tokens, output_tokens=0, estimated=told is None or "tokens" in came.headers.get(ESTIMATED, "")
    )
