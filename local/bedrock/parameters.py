"""What the models of each family accept in a request, by exact rules on their ids."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple

Sampling = Literal["free", "one", "none"]
# How a request may set reasoning: Claude's types (``budget`` is its ``enabled``), or a level of effort.
Thinking = Literal["off", "budget", "adaptive", "low", "medium", "high"]

ALL_CHOICES: frozenset[str] = frozenset({"auto", "any", "tool"})
UNLIMITED = 128_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What a model takes; the default is a model of which nothing is known, which takes everything.

    Attributes:
        most_output: ceiling of ``maxTokens``; reserved from a quota of tokens where a request sets none. None where
            nobody knows.
        least_output: floor of ``maxTokens``.
        sampling: whether temperature and topP go together, exclude each other, or are refused with topK.
        prefill: whether the last message may be the assistant's.
        stops: greatest number of stop sequences; 0 refuses the field, None knows no limit.
        system: whether system blocks are taken.
        tools: the values of ``toolChoice``; none at all refuses ``toolConfig``.
        images: whether messages may hold them.
        documents: the same.
        structured: whether ``outputConfig.textFormat`` is taken.
        effort: whether ``outputConfig.effort`` is taken.
        thinking: which settings of reasoning are taken; None knows no rule.
        thinks_unasked: whether it reasons where the request says nothing.
        bare_when_high: whether the level ``high`` excludes sampling parameters and ``maxTokens``.
        unknown_fields: additional request fields that it refuses.
        burndown: tokens of the quota that an output token takes.
    """

    most_output: int | None = None
    least_output: int = 1
    sampling: Sampling = "free"
    prefill: bool = True
    stops: int | None = None
    system: bool = True
    tools: frozenset[str] = ALL_CHOICES
    images: bool = True
    documents: bool = True
    structured: bool = True
    effort: bool = True
    thinking: frozenset[Thinking] | None = None
    thinks_unasked: bool = False
    bare_when_high: bool = False
    unknown_fields: frozenset[str] = frozenset()
    burndown: int = 1

    @property
    def reserved_output(self) -> int:
        return UNLIMITED if self.most_output is None else self.most_output


_NEVER: frozenset[Thinking] = frozenset({"off"})
_LEVELS: frozenset[Thinking] = frozenset({"off", "low", "medium", "high"})
_LEAST_BUDGET = 1_024
# Claude's own words for its settings.
_IN_REQUESTS = {"off": "disabled", "budget": "enabled", "adaptive": "adaptive"}

_CLAUDE_3 = Accepted(most_output=4_096, stops=8_191, structured=False, effort=False, thinking=_NEVER)
_CLAUDE_37 = replace(_CLAUDE_3, most_output=64_000, thinking=frozenset({"off", "budget"}), burndown=5)
_CLAUDE_45 = replace(_CLAUDE_37, sampling="one", structured=True)
_CLAUDE_46 = replace(
    _CLAUDE_45, most_output=128_000, prefill=False, effort=True, thinking=frozenset({"off", "budget", "adaptive"})
)
_CLAUDE_47 = replace(_CLAUDE_46, sampling="none", thinking=frozenset({"off", "adaptive"}))
_CLAUDE_5 = replace(_CLAUDE_47, thinks_unasked=True)
_GPT = Accepted(
    most_output=128_000,
    least_output=16,
    sampling="none",
    stops=4,
    prefill=False,
    effort=False,
    thinking=_LEVELS,
    unknown_fields=frozenset({"reasoning_effort"}),
)
_NOVA = Accepted(most_output=10_000, structured=False, effort=False, thinking=_NEVER)
_LLAMA = Accepted(
    most_output=8_192, stops=0, tools=frozenset({"auto"}), structured=False, effort=False, thinking=_NEVER
)
_MISTRAL = Accepted(stops=10, tools=frozenset({"auto", "any"}), effort=False, thinking=_NEVER)
_DEEPSEEK = Accepted(stops=10, effort=False)
_PLAIN = Accepted(effort=False)

# The first pattern that is found in a model's id without region prefix decides. As vendors' and AWS's pages and
# reports of users had it in November 2026.
FAMILIES: tuple[tuple[str, Accepted], ...] = (
    (r"^anthropic\.claude-(3-haiku|3-opus|3-sonnet|instant|v2)", _CLAUDE_3),
    (r"^anthropic\.claude-3-5-haiku", replace(_CLAUDE_3, most_output=8_192, images=False)),
    (r"^anthropic\.claude-3-5-", replace(_CLAUDE_3, most_output=8_192)),
    (r"^anthropic\.claude-3-7-", _CLAUDE_37),
    (r"^anthropic\.claude-opus-4-1\b", replace(_CLAUDE_37, most_output=32_000, sampling="one")),
    (r"^anthropic\.claude-opus-4-5\b", replace(_CLAUDE_45, effort=True)),
    (r"^anthropic\.claude-(sonnet|haiku)-4-5\b", _CLAUDE_45),
    (r"^anthropic\.claude-(opus|sonnet|haiku)-4-6\b", _CLAUDE_46),
    (r"^anthropic\.claude-opus-4-[78]\b", _CLAUDE_47),
    (r"^anthropic\.claude-opus-4\b", replace(_CLAUDE_37, most_output=32_000)),
    (r"^anthropic\.claude-sonnet-4\b", _CLAUDE_37),
    (r"^anthropic\.claude-(fable|mythos)-", replace(_CLAUDE_5, thinking=frozenset({"adaptive"}))),
    (r"^anthropic\.claude-sonnet-5\b", replace(_CLAUDE_5, structured=False)),
    (r"^anthropic\.claude-opus-5-5\b", replace(_CLAUDE_5, structured=False)),
    (r"^anthropic\.claude-", _CLAUDE_5),
    (r"^openai[.:]gpt-(5\.6|6)", _GPT),
    (r"^openai[.:]gpt-oss", Accepted(most_output=128_000, stops=4, effort=False, thinking=_LEVELS)),
    (r"^amazon\.nova-2-", replace(_NOVA, most_output=64_000, structured=True, thinking=_LEVELS, bare_when_high=True)),
    (r"^amazon\.nova-micro", replace(_NOVA, images=False, documents=False)),
    (r"^amazon\.nova-(micro|lite|pro|premier)", _NOVA),
    (r"^meta\.llama(4|3-2-(11|90)b)", _LLAMA),
    (r"^meta\.llama", replace(_LLAMA, images=False)),
    (
        r"^mistral\.(mistral-7b|mixtral)",
        replace(_MISTRAL, system=False, tools=frozenset(), images=False, structured=False),
    ),
    (r"^mistral\.mistral-(large|small)-24", replace(_MISTRAL, images=False)),
    (r"^mistral\.magistral", replace(_MISTRAL, thinking=frozenset())),
    (r"^mistral\.", _MISTRAL),
    (
        r"^deepseek\.r1",
        replace(
            _DEEPSEEK,
            most_output=32_768,
            tools=frozenset(),
            images=False,
            structured=False,
            thinking=frozenset(),
            thinks_unasked=True,
        ),
    ),
    (r"^deepseek\.", _DEEPSEEK),
    (
        r"^cohere\.command-r",
        Accepted(most_output=4_096, stops=4, images=False, structured=False, effort=False, thinking=_NEVER),
    ),
    (r"^(amazon\.titan-text|cohere\.command-(text|light)|ai21\.j2)", replace(_PLAIN, system=False, tools=frozenset())),
)
_FAMILIES = tuple((re.compile(pattern), accepted) for pattern, accepted in FAMILIES)
_UNKNOWN = Accepted()


@lru_cache(maxsize=1024)
def accepted_by(model_id: str) -> Accepted:
    """What a model takes, by its id without region prefix."""
    return next((accepted for pattern, accepted in _FAMILIES if pattern.search(model_id)), _UNKNOWN)


class Asked(NamedTuple):
    """The parameters of a request as far as models differ about them; a tuple, because each request makes one.

    Attributes:
        choice: the kind of ``toolChoice``; None without one.
        top_k: whether the request sets it, on whichever way.
        thinking: how it sets reasoning; None where it says nothing.
        budget: tokens of Claude's ``budget_tokens``.
        fields: names of the additional request fields.
    """

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: bool = False
    stops: int = 0
    prefill: bool = False
    system: bool = False
    tools: bool = False
    choice: str | None = None
    structured: bool = False
    effort: bool = False
    thinking: Thinking | None = None
    budget: int | None = None
    fields: frozenset[str] = frozenset()


@lru_cache(maxsize=1024)
def objection(model_id: str, asked: Asked) -> str | None:
    """The first thing that a model refuses in a request; None where it takes it. Requests of one run ask alike."""
    return next(iter(objections(asked, accepted_by(model_id))), None)


def objections(asked: Asked, accepted: Accepted) -> Iterable[str]:
    """What a model refuses in a request, most basic first, in the words of Bedrock and the vendors."""
    yield from _about_length(asked, accepted)
    yield from _about_sampling(asked, accepted)
    if asked.prefill and not accepted.prefill:
        yield ("This model does not support assistant message prefill. The conversation must end with a user message.")
    if asked.system and not accepted.system:
        yield (
            "This model doesn't support system messages. Try again without a system message or use a model that "
            "supports system messages."
        )
    yield from _about_tools(asked, accepted)
    if asked.structured and not accepted.structured:
        yield "This model doesn't support the outputConfig.textFormat field. Remove it and try again."
    if asked.effort and not accepted.effort:
        yield "This model doesn't support the effort parameter."
    yield from (f"Unknown parameter: '{name}'." for name in sorted(asked.fields & accepted.unknown_fields))
    yield from _about_thinking(asked, accepted)


def _about_length(asked: Asked, accepted: Accepted) -> Iterable[str]:
    limit = asked.max_tokens
    if limit is not None and accepted.most_output is not None and limit > accepted.most_output:
        yield (
            f"The maximum tokens you requested exceeds the model limit of {accepted.most_output}. Try again with a "
            f"maximum tokens value that is lower than {accepted.most_output}."
        )
    if limit is not None and limit < accepted.least_output:
        yield (
            f"Invalid 'max_output_tokens': integer below minimum value. Expected a value >= {accepted.least_output}, "
            f"but got {limit} instead."
        )
    if accepted.stops == 0 and asked.stops:
        yield "This model doesn't support the stopSequences field. Remove stopSequences and try again."
    elif accepted.stops is not None and asked.stops > accepted.stops:
        yield f"The number of stop sequences, {asked.stops}, exceeds the limit of this model, {accepted.stops}."


def _about_sampling(asked: Asked, accepted: Accepted) -> Iterable[str]:
    if accepted.sampling == "none":
        given = {"temperature": asked.temperature is not None, "top_p": asked.top_p is not None, "top_k": asked.top_k}
        yield from (f"`{name}` is deprecated for this model." for name, is_given in given.items() if is_given)
    elif accepted.sampling == "one" and asked.temperature is not None and asked.top_p is not None:
        yield "`temperature` and `top_p` cannot both be specified for this model. Please use only one."


def _about_tools(asked: Asked, accepted: Accepted) -> Iterable[str]:
    if asked.tools and not accepted.tools:
        yield "This model doesn't support tool use."
    elif asked.choice is not None and asked.choice not in accepted.tools:
        yield (
            f"This model doesn't support the toolConfig.toolChoice.{asked.choice} field. Remove "
            f"toolConfig.toolChoice.{asked.choice} and try again."
        )


def _about_thinking(asked: Asked, accepted: Accepted) -> Iterable[str]:
    wanted = asked.thinking
    if wanted is None:
        return
    if accepted.thinking is not None and wanted not in accepted.thinking:
        yield f"thinking: `{_IN_REQUESTS.get(wanted, wanted)}` is not supported by this model."
    if wanted == "budget" and (asked.budget or 0) < _LEAST_BUDGET:
        yield f"thinking.enabled.budget_tokens: Input should be greater than or equal to {_LEAST_BUDGET}"
    if asked.budget is not None and asked.max_tokens is not None and asked.max_tokens <= asked.budget:
        yield "`max_tokens` must be greater than `thinking.budget_tokens`."
    if wanted in _IN_REQUESTS and wanted != "off" and asked.choice in ("any", "tool"):
        yield "Thinking may not be enabled when tool_choice forces tool use."
    given = (asked.temperature, asked.top_p, asked.max_tokens, asked.top_k or None)
    if wanted == "high" and accepted.bare_when_high and any(value is not None for value in given):
        yield "temperature, topP, topK and maxTokens must be unset when maxReasoningEffort is high."
