"""A question to a model and its reply, whichever wire they travel on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from brainswap.core.answers import Origin

CASE_KEY = "brainswap-case"
REPEAT_KEY = "brainswap-repeat"
STEP_KEY = "brainswap-step"

Estimated = Literal["tokens", "latency", "first-token"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function that the answer must call; ``schema`` is the JSON schema of its input."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a request asks of a model.

    Attributes:
        asked: the model's id as the client wrote it.
        model_id: the id without region prefix or ARN; the same model behind every profile.
        text: all system and message text, one block below the other.
        words: the same without what tools returned, in which nobody says what an answer should look like; None where
            it is the same.
        metadata: the request's own notes; ``brainswap-case`` names the case, ``brainswap-repeat`` the repetition,
            ``brainswap-step`` the step of a chain.
        max_tokens: None where the client sets no limit.
        stop_sequences: the answer ends before the first of them.
        temperature: None where the client leaves it to the model.
        schema: the JSON schema that the answer must follow, of the forced tool where there is one; None without.
        tool: the one that the answer must call.
        offered: tools that the answer may call.
        returned: results of tools since the user spoke last.
        files: images and documents that go with the words.
        reasoning_tokens: how many the model may spend on reasoning; 0 for none.
        has_system: whether there are system blocks.
        shown_answers: turns of the assistant that come before the last message, as worked examples do.
        prefilled: whether the last message is the beginning of the answer.
    """

    asked: str
    model_id: str
    text: str
    metadata: Mapping[str, str]
    words: str | None = None
    max_tokens: int | None = None
    stop_sequences: tuple[str, ...] = ()
    temperature: float | None = None
    schema: Mapping[str, Any] | None = None
    tool: Tool | None = None
    offered: tuple[Tool, ...] = ()
    returned: int = 0
    files: int = 0
    reasoning_tokens: int = 0
    has_system: bool = False
    shown_answers: int = 0
    prefilled: bool = False

    @property
    def case_name(self) -> str | None:
        return self.metadata.get(CASE_KEY)

    @property
    def step(self) -> str | None:
        """Of a chain, that is asked; a step may show nothing of its case but earlier answers."""
        return self.metadata.get(STEP_KEY)

    @property
    def repeat(self) -> str:
        return self.metadata.get(REPEAT_KEY, "0")

    @property
    def schema_keys(self) -> tuple[str, ...] | None:
        """The keys of the objects that the schema describes; none for another kind of value, None without a schema."""
        if self.schema is None:
            return None
        properties = self.schema.get("properties")
        return tuple(map(str, properties)) if isinstance(properties, dict) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A call of an offered tool; ``arguments`` as JSON."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model says, with what it takes.

    Attributes:
        stop_reason: in Bedrock's words.
        output_tokens: those of the reasoning among them.
        latency_ms: from the request to the end of the answer, never less than ``first_token_ms``.
        estimated: which figures nobody measured; ``latency`` stands for both latencies.
        calls: of offered tools, after the text; a tool that had to be called has its arguments as the text.
        reasoning: what it thinks before it answers.
        stall_ms: for how much of its latency it stands still in the middle.
        trace: what a guardrail did to question and answer; None where there was none.
    """

    text: str
    stop_reason: str
    input_tokens: int
    output_tokens: int
    latency_ms: float
    first_token_ms: float
    origin: Origin
    estimated: tuple[Estimated, ...] = ()
    calls: tuple[Called, ...] = ()
    reasoning: str = ""
    reasoning_tokens: int = 0
    stall_ms: float = 0.0
    trace: Mapping[str, Any] | None = None

    @property
    def text_tokens(self) -> int:
        return self.output_tokens - self.reasoning_tokens

    @property
    def text_begins_ms(self) -> float:
        """When the text begins, after the reasoning."""
        if not self.reasoning_tokens:
            return self.first_token_ms
        flowing = self.latency_ms - self.stall_ms - self.first_token_ms
        return self.first_token_ms + flowing * self.reasoning_tokens / self.output_tokens


class Answerer(Protocol):
    """Whoever answers questions."""

    def answer(self, question: Question) -> Reply:
        """Answer at once; waiting is somebody else's.

        Raises:
            ServiceError: there is no answer, and the client shall see why.
        """
        ...
