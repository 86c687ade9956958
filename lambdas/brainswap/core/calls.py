"""A call: what a model is sent besides the words of the prompt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Thinking = Literal["off", "low", "medium", "high"]
ServiceTier = Literal["default", "priority", "flex", "reserved"]
Inference = Literal["on_demand", "batch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The parameters of a call, in the form that the model accepts.

    Attributes:
        max_tokens: None only where the model refuses to be told.
        stop_sequences: sent to the model.
        cut_at: stop sequences that the model does not take; the answer is cut before the first of them when it is here.
        tool_choice: ``auto``, ``any``, or ``tool:NAME``; None sends none.
        output: how JSON of the prompt's schema is asked for: by the model's own structured output (``native``), as the
            arguments of a tool that it has to call, whatever ``tool_choice`` says (``tool``), or by nothing but the
            words of the prompt (``text``).
        fields: further fields in the vendor's own words: ``additionalModelRequestFields`` of Converse, or members of an
            OpenAI-compatible body.
        optimised_latency: ask for Bedrock's latency-optimised inference.
        guardrail: of Bedrock, that the call goes through; its id and its version, with a slash between them.
    """

    max_tokens: int | None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: tuple[str, ...] = ()
    cut_at: tuple[str, ...] = ()
    tool_choice: str | None = None
    output: Literal["text", "native", "tool"] = "text"
    fields: Mapping[str, Any] = field(default_factory=dict)
    service_tier: ServiceTier | None = None
    optimised_latency: bool = False
    guardrail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One way in which a call differs from what the workload declares.

    Attributes:
        parameter: as the workload names it, such as ``temperature`` or ``prompt.messages``.
        declared: what was declared, in words; empty where nothing was.
        sent: what is sent instead, in words; empty where nothing is.
        reason: what the model does or refuses.
        source: who says so, with a date.
        loses: what can no longer be asked for, such as determinism; None when nothing is lost.
    """

    parameter: str
    declared: str
    sent: str
    reason: str
    source: str
    loses: str | None = None
