"""What a model accepts: a row of the registry, or what probing found out."""

from dataclasses import dataclass
from typing import Literal

Support = Literal["yes", "no", "unknown"]
ToolChoice = Literal["auto", "any", "tool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a model accepts; ``unknown`` is sent as declared, unless something that surely works does as well.

    Attributes:
        family: whose rules hold, such as ``claude-4.6``; ``unprofiled`` for a model that nobody looked at.
        endpoint: ``runtime`` (Converse), ``mantle`` (not supported), or ``openai`` (compatible endpoints).
        sampling: which of temperature and top_p may be sent: ``both``, ``one`` of them, or ``none``.
        top_k: the path of the vendor's field for it, such as ``inferenceConfig.topK``; None where it is not taken.
        max_temperature: the highest that is accepted.
        min_max_tokens: the least that may be asked for.
        max_output_tokens: the most; None where unknown.
        context_tokens: that a prompt may have; None where unknown.
        stop_sequences: how many; 0 for none, None where no limit is known.
        blank_stops: stop sequences that are nothing but white space, such as a line end.
        strict_roles: turns have to alternate, beginning with the user's.
        tool_choice: the forms that are accepted.
        images: as a part of what the user says.
        documents: the same; the service may turn them into text before the model sees them.
        native_output: structured output by a JSON schema.
        prefill: a last turn of the assistant that the model goes on from.
        thinking: ``none`` (cannot, or nobody knows how), ``optional`` (off unless asked), ``default_on`` (on unless
            told), ``always``.
        thinking_form: how it is switched: a name in `brainswap.core.models.thinking.FORMS`; None where it cannot be.
        cache_minimum_tokens: the shortest prefix that is cached; None where prompts are not cached, or nobody knows.
        burndown: quota tokens that one output token takes.
        service_tiers: that are accepted.
        optimised_latency: Bedrock's latency-optimised inference.
        data_sharing: ``required`` where a model is open only to accounts that share what it is sent with its provider.
        source: who says so.
        checked_on: when that was looked up (ISO 8601).
    """

    family: str
    endpoint: Literal["runtime", "mantle", "openai"] = "runtime"
    streaming: Support = "yes"
    sampling: Literal["both", "one", "none"] = "both"
    top_k: str | None = None
    max_temperature: float = 1.0
    min_max_tokens: int = 1
    max_output_tokens: int | None = None
    context_tokens: int | None = None
    stop_sequences: int | None = None
    blank_stops: Support = "unknown"
    strict_roles: bool = True
    system: Support = "yes"
    tools: Support = "yes"
    tool_choice: tuple[ToolChoice, ...] = ("auto", "any", "tool")
    images: Support = "unknown"
    documents: Support = "unknown"
    native_output: Support = "unknown"
    prefill: Support = "unknown"
    thinking: Literal["none", "optional", "default_on", "always"] = "none"
    thinking_form: str | None = None
    cache_minimum_tokens: int | None = None
    burndown: int = 1
    service_tiers: tuple[str, ...] = ("default",)
    optimised_latency: Support = "no"
    data_sharing: Literal["none", "required"] = "none"
    source: str
    checked_on: str


UNPROFILED = Profile(
    family="unprofiled",
    top_k="top_k",
    max_temperature=2.0,
    strict_roles=False,
    system="unknown",
    tools="unknown",
    streaming="unknown",
    service_tiers=("default", "priority", "flex", "reserved"),
    optimised_latency="unknown",
    source="nobody: the model is in no registry and was not probed",
    checked_on="2026-11-22",
)
