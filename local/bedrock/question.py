"""A question to a model and its reply, whichever wire they travel on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from brainswap.core.answers import Origin

CASE_KEY = "brainswap-case"
REPEAT_KEY = "brainswap-repeat"

Estimated = Literal["tokens", "latency", "first-token"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a request asks of a model.

    Attributes:
        asked: the model's id as the client wrote it.
        model_id: the id without region prefix or ARN; the same model behind every profile.
        text: all system and message text, one block below the other.
        metadata: the request's own notes; ``brainswap-case`` names the case, ``brainswap-repeat`` the repetition.
        max_tokens: None where the client sets no limit.
        stop_sequences: the answer ends before the first of them.
        temperature: None where the client leaves it to the model.
        schema_keys: the keys of the JSON schema that the answer must follow; None without a schema.
    """

    asked: str
    model_id: str
    text: str
    metadata: Mapping[str, str]
    max_tokens: int | None = None
    stop_sequences: tuple[str, ...] = ()
    temperature: float | None = None
    schema_keys: tuple[str, ...] | None = None

    @property
    def case_name(self) -> str | None:
        return self.metadata.get(CASE_KEY)

    @property
    def repeat(self) -> str:
        return self.metadata.get(REPEAT_KEY, "0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model says, with what it takes.

    Attributes:
        stop_reason: in Bedrock's words.
        latency_ms: from the request to the end of the answer, never less than ``first_token_ms``.
        estimated: which figures nobody measured; ``latency`` stands for both latencies.
    """

    text: str
    stop_reason: str
    input_tokens: int
    output_tokens: int
    latency_ms: float
    first_token_ms: float
    origin: Origin
    estimated: tuple[Estimated, ...] = ()


class Answerer(Protocol):
    """Whoever answers questions."""

    def answer(self, question: Question) -> Reply:
        """Answer at once; waiting is somebody else's.

        Raises:
            ServiceError: there is no answer, and the client shall see why.
        """
        ...
