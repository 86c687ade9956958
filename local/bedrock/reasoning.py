"""How requests switch reasoning on and off, in each vendor's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from local.bedrock.parameters import Accepted, Thinking

_CLAUDE: Mapping[str, Thinking] = MappingProxyType({"enabled": "budget", "adaptive": "adaptive", "disabled": "off"})
_LEVELS: Mapping[str, Thinking] = MappingProxyType(
    {
        "none": "off",
        "minimal": "low",
        "low": "low",
        "medium": "medium",
        "high": "high",
        "xhigh": "high",
        "max": "high",
    }
)
# The most that a simulated model spends; a budget of the request's own is an upper bound as well.
_TOKENS: Mapping[Thinking, int] = MappingProxyType(
    {"off": 0, "low": 120, "medium": 400, "adaptive": 400, "high": 1_200, "budget": 1_200}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoning:
    """What a request says about reasoning; None where it says nothing."""

    setting: Thinking | None = None
    budget: int | None = None

    def tokens(self, accepted: Accepted) -> int:
        """How many tokens the model may spend on it."""
        if self.setting is None:
            return _TOKENS["adaptive"] if accepted.thinks_unasked else 0
        most = _TOKENS[self.setting]
        return most if self.budget is None else min(most, self.budget)


_NOTHING = Reasoning()


def reasoning_in(fields: Mapping[str, Any]) -> Reasoning:
    """What the vendors' fields say, beside Converse's own or at the top of an OpenAI request.

    Claude's ``thinking``, OpenAI's ``reasoning`` and ``reasoning_effort``, Amazon's ``reasoningConfig``; a value that
    nobody knows says nothing.
    """
    if not fields:
        return _NOTHING
    thinking, openai, nova = (_mapping(fields.get(name)) for name in ("thinking", "reasoning", "reasoningConfig"))
    if thinking:
        setting = _CLAUDE.get(str(thinking.get("type")))
        budget = thinking.get("budget_tokens") if setting == "budget" else None
        return Reasoning(setting=setting, budget=budget if isinstance(budget, int) else None)
    if nova:
        level = nova.get("maxReasoningEffort", "low") if nova.get("type") == "enabled" else "none"
        return Reasoning(setting=_LEVELS.get(str(level)))
    return Reasoning(setting=_LEVELS.get(str(openai.get("effort", fields.get("reasoning_effort")))))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
