"""Finding out what a model accepts: small calls, each of which decides a part of its profile."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from brainswap.core.calls import Settings
from brainswap.core.models.profiles import UNPROFILED, Profile
from brainswap.core.models.registry import vendor_of
from brainswap.core.models.thinking import FORMS
from brainswap.core.prompts.template import Message, Output, Prompt, Tool

PLAIN = "plain"
_MAX_TOKENS = 32  # the newest GPT models refuse fewer than 16
_SAY_OK = Message(role="user", content="Say OK.")
_ASKED = Prompt(system=None, messages=(_SAY_OK,))
_SETTINGS = Settings(max_tokens=_MAX_TOKENS)
_PROBED: Mapping[str, Any] = {"family": "probed", "source": "small calls that were made to find out"}
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One small call: the model takes it, or refuses the form of the request.

    Attributes:
        decides: the fields of the profile that the outcome decides.
        taken: their values where the model takes the call.
        refused: their values where it refuses it.
    """

    name: str
    prompt: Prompt = _ASKED
    settings: Settings = _SETTINGS
    taken: Mapping[str, Any]
    refused: Mapping[str, Any]

    @property
    def decides(self) -> frozenset[str]:
        return frozenset({*self.taken, *self.refused})


# In the order in which their outcomes are laid over each other: what is refused alone is refused together as well.
PROBES: tuple[Probe, ...] = (
    Probe(name=PLAIN, taken={}, refused={}),
    Probe(
        name="temperature_and_top_p",
        settings=replace(_SETTINGS, temperature=0.5, top_p=0.9),
        taken={"sampling": "both"},
        refused={"sampling": "one"},
    ),
    Probe(
        name="temperature",
        settings=replace(_SETTINGS, temperature=0.0),
        taken={},
        refused={"sampling": "none", "top_k": None},
    ),
    Probe(
        name="system",
        prompt=replace(_ASKED, system="Be brief."),
        taken={"system": "yes"},
        refused={"system": "no"},
    ),
    Probe(
        name="forced_tool",
        prompt=replace(_ASKED, tools=(Tool(name="report", description="Report.", input_schema=_SCHEMA),)),
        settings=replace(_SETTINGS, tool_choice="tool:report"),
        taken={"tools": "yes", "tool_choice": ("auto", "tool")},
        refused={"tool_choice": ("auto",)},
    ),
    Probe(
        name="native_output",
        prompt=replace(_ASKED, output=Output(json_schema=_SCHEMA)),
        settings=replace(_SETTINGS, output="native"),
        taken={"native_output": "yes"},
        refused={"native_output": "no"},
    ),
    Probe(
        name="stop_sequences",
        settings=replace(_SETTINGS, stop_sequences=("###",)),
        taken={"stop_sequences": None},
        refused={"stop_sequences": 0},
    ),
    Probe(
        name="prefill",
        prompt=replace(_ASKED, messages=(_SAY_OK, Message(role="assistant", content="O"))),
        taken={"prefill": "yes"},
        refused={"prefill": "no"},
    ),
)


def _thinking_off(vendor: str, form: str) -> Probe:
    return Probe(
        name=f"thinking_off_{vendor}",
        settings=replace(_SETTINGS, fields=FORMS[form].off or {}),
        taken={"thinking": "default_on", "thinking_form": form},
        refused={},
    )


# The words in which a vendor's models are told not to think; others have no words in common.
THINKING_PROBES: Mapping[str, Probe] = MappingProxyType(
    {
        vendor: _thinking_off(vendor, form)
        for vendor, form in (("anthropic", "claude-adaptive"), ("amazon", "nova-effort"), ("openai", "gpt-effort"))
    }
)

Outcome = Literal["taken", "refused", "unknown"]


def probes_of(model_id: str) -> tuple[Probe, ...]:
    """The calls to make, the plain one first."""
    own = THINKING_PROBES.get(vendor_of(model_id))
    return PROBES if own is None else (*PROBES, own)


def profile_from(outcomes: Mapping[str, Outcome], *, checked_on: str, base: Profile = UNPROFILED) -> Profile:
    """What the outcomes say, by the names of the probes; whatever they do not say is as in ``base``.

    Without the plain call no other outcome says anything: whatever is in the way of one is in the way of all.

    Args:
        outcomes: a probe that is not there was not made.
        checked_on: ISO 8601.
        base: what is assumed otherwise.
    """
    if outcomes.get(PLAIN) != "taken":
        return base
    found: dict[str, Any] = {}
    for probe in (*PROBES, *THINKING_PROBES.values()):
        outcome = outcomes.get(probe.name)
        if outcome == "taken":
            found |= probe.taken
        elif outcome == "refused":
            found |= probe.refused
    return replace(base, **{**_PROBED, "checked_on": checked_on, **found})
