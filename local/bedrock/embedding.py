"""``InvokeModel`` for models of embeddings, all of which are simulated."""

import asyncio
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from urllib.parse import unquote

from brainswap.core.answers import Origin
from brainswap.core.calling.embedding_models import EmbeddingModel, embedding_model
from local.bedrock.catalogue import Catalogue
from local.bedrock.estimates import tokens
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.pace import Pace
from local.bedrock.service import Call, Operation, Tally, json_response, parse_object, render_aws_error

TOOK_MS = 60.0  # of the server's own clock, whatever the text
_DIGITS = 7
_WORD = re.compile(r"\w+")
_WHOLE_WORD, _PIECE = 1.0, 0.3  # what a word weighs, and three characters of one

# Members of a request, by the form that a model takes; anything else is refused as Bedrock does.
_TEXT: Mapping[str, Callable[[Mapping[str, Any]], tuple[Any, Any]]] = {
    "titan-v1": lambda body: (body["inputText"], None),
    "titan-v2": lambda body: (body["inputText"], body.get("dimensions")),
    "cohere-v3": lambda body: (_only(body["texts"]), None),
    "cohere-v4": lambda body: (_only(body["texts"]), body.get("output_dimension")),
    "nova": lambda body: (
        body["singleEmbeddingParams"]["text"]["value"],
        body["singleEmbeddingParams"].get("embeddingDimension"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """Answers with vectors that are made of the letters of a text and know nothing of its meaning.

    Every word and every three neighbouring characters of one are hashed to a dimension and a sign (feature hashing,
    Weinberger et al. 2009), and the sums are scaled to length 1. Texts with words in common are near each other, others
    are nearly at right angles, and the same text is itself; a paraphrase in other words is not recognised, whatever the
    model would say whose id is used. The same text has the same vector on every machine.
    """

    catalogue: Catalogue
    tally: Tally
    pace: Pace

    def operations(self) -> list[Operation]:
        return [
            Operation(
                name="InvokeModel",
                method="POST",
                path=re.compile(r"/model/(?P<modelId>[^/]+)/invoke/?"),
                handle=self.invoke_model,
                render=render_aws_error,
            )
        ]

    async def invoke_model(self, call: Call) -> HttpResponse:
        since = asyncio.get_running_loop().time()
        asked = unquote(call.labels["modelId"])
        model = self.catalogue.to_answer(asked)
        call.model = asked
        known = embedding_model(model.model_id)
        if known is None:
            raise ServiceError("ValidationException", "Here InvokeModel is for models of embeddings; use Converse.")
        text, dimensions = _asked(known, parse_object(call.request.body))
        count = tokens(text)
        self.tally.pay(asked, count, 0)
        payload = _payload(known, vector(text, dimensions), count)
        await self.pace.wait(since, TOOK_MS)
        headers = {
            "x-brainswap-origin": Origin.SIMULATED.value,
            "x-brainswap-estimated": "tokens,latency",
            "x-amzn-bedrock-input-token-count": str(count),
        }
        return json_response(payload, headers)


def vector(text: str, dimensions: int) -> list[float]:
    """The vector of a text; of one without words, the same as of all such."""
    sums = [0.0] * dimensions
    for feature, weight in _features(text):
        drawn = int.from_bytes(blake2b(feature.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
        sums[(drawn >> 1) % dimensions] += weight if drawn & 1 else -weight
    length = math.sqrt(math.fsum(each * each for each in sums))
    if not length:
        return [1.0] + [0.0] * (dimensions - 1)
    return [round(each / length, _DIGITS) for each in sums]


def _features(text: str) -> Iterator[tuple[str, float]]:
    for word in _WORD.findall(text.casefold()):
        yield word, _WHOLE_WORD
        framed = f"<{word}>"
        for place in range(len(framed) - 2):
            yield framed[place : place + 3], _PIECE


def _asked(known: EmbeddingModel, body: Mapping[str, Any]) -> tuple[str, int]:
    try:
        text, dimensions = _TEXT[known.wire](body)
    except (KeyError, TypeError, ValueError):
        raise ServiceError("ValidationException", "Malformed input request, please reformat your input.") from None
    wanted = known.dimensions[0] if dimensions is None else dimensions
    if not isinstance(text, str) or not text or wanted not in known.dimensions:
        raise ServiceError("ValidationException", "Malformed input request, please reformat your input.")
    return text, wanted


def _payload(known: EmbeddingModel, found: list[float], count: int) -> dict[str, Any]:
    if known.wire == "nova":
        return {"embeddings": [{"embeddingType": "TEXT", "embedding": found}]}
    if known.wire.startswith("cohere"):
        return {"id": "simulated", "response_type": "embeddings_by_type", "embeddings": {"float": [found]}}
    by_type = {} if known.wire == "titan-v1" else {"embeddingsByType": {"float": found}}
    return {"embedding": found, "inputTextTokenCount": count, **by_type}


def _only(texts: Any) -> Any:
    (text,) = texts
    return text
