"""The embedding models that are known, and how an embedding is kept."""

import math
import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from brainswap.core.models.registry import bare_id
from brainswap.core.wording import listed, printable

Wire = Literal["titan-v1", "titan-v2", "cohere-v3", "cohere-v4", "nova"]

LARGEST = 16_384  # dimensions of an embedding that anybody would give


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingModel:
    """What is known of a model of embeddings (Amazon Bedrock and Amazon Nova User Guides, November 2026).

    Attributes:
        wire: the form of its requests.
        dimensions: that it can be asked for, first what it gives unasked.
        characters: of a text that it is sent; what is longer is cut, and the score says so. A text of many tokens may
            be cut further by the model itself, without a word.
    """

    wire: Wire
    dimensions: tuple[int, ...]
    characters: int


EMBEDDING_MODELS: Mapping[str, EmbeddingModel] = MappingProxyType(
    {
        "amazon.titan-embed-text-v1": EmbeddingModel(wire="titan-v1", dimensions=(1536,), characters=20_000),
        "amazon.titan-embed-text-v2:0": EmbeddingModel(wire="titan-v2", dimensions=(1024, 512, 256), characters=20_000),
        "amazon.nova-2-multimodal-embeddings-v1:0": EmbeddingModel(
            wire="nova", dimensions=(3072, 1024, 384, 256), characters=8_192
        ),
        "cohere.embed-english-v3": EmbeddingModel(wire="cohere-v3", dimensions=(1024,), characters=2_048),
        "cohere.embed-multilingual-v3": EmbeddingModel(wire="cohere-v3", dimensions=(1024,), characters=2_048),
        "cohere.embed-v4:0": EmbeddingModel(wire="cohere-v4", dimensions=(1536, 1024, 512, 256), characters=300_000),
    }
)


def embedding_model(model_id: str) -> EmbeddingModel | None:
    """What is known of a model by its id, by that of a profile, or by an ARN of either; None for any other."""
    return EMBEDDING_MODELS.get(bare_id(model_id))


def embedding_problem(model_id: str, dimensions: int | None) -> str | None:
    """Why a model cannot be asked for such embeddings, naming the key of a scorer; None when it can."""
    known = embedding_model(model_id)
    if known is None:
        return f"model: {printable(model_id)!r} is none of the known models of embeddings: {listed(EMBEDDING_MODELS)}"
    if dimensions is not None and dimensions not in known.dimensions:
        allowed = ", ".join(map(str, known.dimensions))
        return f"dimensions: {printable(model_id)!r} gives {allowed}, not {dimensions}"
    return None


def packed(vector: Sequence[float]) -> str:
    """An embedding as text: base64 of numbers of four bytes, the least significant first.

    Raises:
        ValueError: it is none: of no or of far too many dimensions, not finite, or without a direction.
    """
    kept = array("f", vector)
    if not 0 < len(kept) <= LARGEST or not all(map(math.isfinite, kept)) or not any(kept):
        raise ValueError("no embedding")
    return b64encode(_little_endian(kept).tobytes()).decode("ascii")


def unpacked(text: str) -> Sequence[float]:
    """What `packed` made text of."""
    vector = array("f")
    vector.frombytes(b64decode(text))
    return _little_endian(vector)


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """From -1 to 1.

    Raises:
        ValueError: the embeddings differ in their dimensions.
    """
    dot = math.fsum(a * b for a, b in zip(one, other, strict=True))
    lengths = math.sqrt(math.fsum(a * a for a in one)) * math.sqrt(math.fsum(b * b for b in other))
    return max(-1.0, min(1.0, dot / lengths))


def _little_endian(vector: "array[float]") -> "array[float]":
    if sys.byteorder == "big":
        vector = array("f", vector)
        vector.byteswap()
    return vector
