"""How much a model thinks before it answers, in the words of each family."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from brainswap.core.calls import Thinking
from brainswap.core.models.notes import Notes
from brainswap.core.models.profiles import Profile

Level = Literal["low", "medium", "high"]

# Tokens that are kept for thinking on top of those of the answer: max_tokens counts both.
ROOM: Mapping[Level, int] = MappingProxyType({"low": 2_048, "medium": 8_192, "high": 16_384})
ROOM_OF_ITS_OWN = ROOM["medium"]
_NO_THINKING = "answers without thinking"
LEAST_BUDGET = 1_024  # Anthropic's guide to extended thinking


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a family is told to think.

    Attributes:
        on: the vendor's fields, from the level and the number of tokens.
        off: the vendor's fields; None where thinking cannot be switched off.
        budgeted: the number of tokens is told to the model, and has to be less than ``max_tokens``.
        bare_at: levels at which neither sampling parameters nor ``max_tokens`` may be sent.
        sampling: whether temperature, top_p and top_k may be sent while the model thinks.
        forced_tools: whether a tool may be demanded while the model thinks.
        prefill: whether the answer may be begun for the model while it thinks.
    """

    on: Callable[[Level, int], Mapping[str, Any]]
    off: Mapping[str, Any] | None = None
    budgeted: bool = False
    bare_at: frozenset[Level] = frozenset()
    sampling: bool = True
    forced_tools: bool = True
    prefill: bool = True


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "claude-budget": Form(
            on=lambda _level, tokens: {"thinking": {"type": "enabled", "budget_tokens": tokens}},
            off={"thinking": {"type": "disabled"}},
            budgeted=True,
            sampling=False,
            forced_tools=False,
            prefill=False,
        ),
        "claude-adaptive": Form(
            on=lambda level, _tokens: {"thinking": {"type": "adaptive"}, "output_config": {"effort": level}},
            off={"thinking": {"type": "disabled"}},
            sampling=False,
            forced_tools=False,
            prefill=False,
        ),
        "nova-effort": Form(
            on=lambda level, _tokens: {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": level}},
            off={"reasoningConfig": {"type": "disabled"}},
            bare_at=frozenset({"high"}),
        ),
        "gpt-effort": Form(
            on=lambda level, _tokens: {"reasoning": {"effort": level}},
            off={"reasoning": {"effort": "none"}},
        ),
        "flat-effort": Form(
            on=lambda level, _tokens: {"reasoning_effort": level},
            off={"reasoning_effort": "none"},
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the model is told about thinking, and what that leaves of the other parameters.

    Attributes:
        fields: the vendor's.
        room: tokens for thinking, on top of those of the answer.
        bare: neither sampling parameters nor ``max_tokens`` may be sent.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    room: int = 0
    bare: bool = False
    sampling: bool = True
    forced_tools: bool = True
    prefill: bool = True


def plan(wanted: Thinking, profile: Profile, *, answer_tokens: int, notes: Notes) -> Plan:
    """Decide what to tell the model; whatever is not as wanted is noted under ``thinking``."""
    if profile.thinking == "none":
        if wanted != "off":
            notes.add("thinking", declared=wanted, sent=None, reason="the model has no known switch for it")
        return Plan()
    if profile.thinking_form is None:
        return _left_alone(wanted, profile, notes)
    form = FORMS[profile.thinking_form]
    if wanted == "off":
        return _off(form, profile, answer_tokens, notes)
    return _on(form, wanted, profile, answer_tokens, notes)


def _off(form: Form, profile: Profile, answer_tokens: int, notes: Notes) -> Plan:
    if profile.thinking != "always" and form.off is not None:
        return Plan(fields=form.off)
    least = _switched_on(form, "low", profile, answer_tokens)
    if least is None:
        return _left_alone("off", profile, notes)
    notes.add(
        "thinking",
        declared="off",
        sent="low",
        reason="the model cannot be kept from thinking",
        loses=_NO_THINKING,
    )
    return least


def _on(form: Form, wanted: Level, profile: Profile, answer_tokens: int, notes: Notes) -> Plan:
    switched = _switched_on(form, wanted, profile, answer_tokens)
    if switched is not None:
        return switched
    notes.add(
        "thinking",
        declared=wanted,
        sent=None,
        reason=f"the model gives {profile.max_output_tokens} tokens at most, too few to think and to answer",
        loses="the thinking",
    )
    return Plan(fields=form.off or {})


def _left_alone(wanted: Thinking, profile: Profile, notes: Notes) -> Plan:
    """A model that cannot be told; it thinks as it likes where it thinks at all."""
    thinks = profile.thinking in ("always", "default_on")
    if wanted != "off" or thinks:
        reason = "the model decides by itself how much it thinks" if thinks else "nobody knows how to switch it on"
        notes.add(
            "thinking",
            declared=wanted,
            sent=None,
            reason=reason,
            loses=_NO_THINKING if wanted == "off" else "the level of thinking",
        )
    return Plan(room=ROOM_OF_ITS_OWN if thinks else 0)


def _switched_on(form: Form, level: Level, profile: Profile, answer_tokens: int) -> Plan | None:
    """None where a budget does not fit into what the model gives."""
    room = ROOM[level]
    if form.budgeted and profile.max_output_tokens is not None:
        room = min(room, max(LEAST_BUDGET, profile.max_output_tokens - answer_tokens))
        if room >= profile.max_output_tokens:
            return None
    return Plan(
        fields=form.on(level, room),
        room=room,
        bare=level in form.bare_at,
        sampling=form.sampling,
        forced_tools=form.forced_tools,
        prefill=form.prefill,
    )
