"""Making a call fit its model: what is sent, and everything in which it differs from what was declared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brainswap.core.calls import Adjustment, Settings
from brainswap.core.declared_models import ChosenTool, Parameters
from brainswap.core.errors import ModelRefusesRequestError
from brainswap.core.models.notes import Notes
from brainswap.core.models.outputs import choose_output
from brainswap.core.models.profiles import Profile
from brainswap.core.models.thinking import Plan, plan
from brainswap.core.models.turns import normalised, prefill_of, without_prefill
from brainswap.core.prompts.template import Prompt
from brainswap.core.wording import listed

_DETERMINISM = "determinism cannot be requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A call that the model accepts, as far as is known.

    Attributes:
        prompt: as sent; its output is None where JSON is asked for in words.
        adjustments: every difference from what was declared.
    """

    prompt: Prompt
    settings: Settings
    adjustments: tuple[Adjustment, ...]


def fit(declared: Parameters, prompt: Prompt, profile: Profile, *, model: str, tools_in_cases: bool = False) -> Fitted:
    """Turn what a workload declares into a call that the model accepts.

    Args:
        declared: for this model.
        prompt: as the workload has it.
        profile: of the model.
        model: its id, for messages.
        tools_in_cases: whether cases bring tools, which the model must stay free to call.

    Raises:
        ModelRefusesRequestError: there is no such call.
    """
    _refuse_the_impossible(prompt, profile, model)
    notes = Notes(profile=profile)
    thinking = plan(declared.thinking, profile, answer_tokens=declared.max_tokens, notes=notes)
    turned = normalised(prompt, profile, notes)
    choice = _tool_choice(declared, turned, profile, thinking, notes)
    forced = choice not in (None, "auto")
    with_tools = bool(turned.tools) or tools_in_cases
    output = choose_output(turned, profile, forced=forced, with_tools=with_tools, thinking=thinking, notes=notes)
    turned = _prefilled(output.prompt, profile, thinking, structured=output.mode != "text", notes=notes)
    sent, cut_at = _stop_sequences(declared.stop_sequences, profile, notes)
    settings = Settings(
        max_tokens=_max_tokens(declared.max_tokens, profile, thinking, notes),
        temperature=_temperature(declared.temperature, profile, thinking, notes),
        top_p=_top_p(declared, profile, thinking, notes),
        stop_sequences=sent,
        cut_at=cut_at,
        tool_choice=choice,
        output=output.mode,
        fields=_with_top_k(thinking.fields, declared.top_k, profile, thinking, notes),
        service_tier=_service_tier(declared, profile, notes),
        optimised_latency=_optimised_latency(declared, profile, notes),
    )
    return Fitted(prompt=turned, settings=settings, adjustments=tuple(notes.adjustments))


def _refuse_the_impossible(prompt: Prompt, profile: Profile, model: str) -> None:
    if profile.endpoint == "mantle":
        raise ModelRefusesRequestError(
            f"{model} is served by the endpoint bedrock-mantle alone, which is not supported ({profile.source})"
        )
    if prompt.tools and profile.tools == "no":
        raise ModelRefusesRequestError(
            f"{model} takes no tools, and the prompt has {len(prompt.tools)} ({profile.source}, {profile.checked_on})"
        )


def _prefilled(prompt: Prompt, profile: Profile, thinking: Plan, *, structured: bool, notes: Notes) -> Prompt:
    if prefill_of(prompt) is None:
        return prompt
    if structured:
        return without_prefill(prompt, reason="the schema of the output takes its place", structured=True, notes=notes)
    if profile.prefill == "no":
        reason = "the model refuses to go on from a beginning"
        return without_prefill(prompt, reason=reason, structured=False, notes=notes)
    if not thinking.prefill:
        reason = "the model refuses to go on from a beginning while it thinks"
        return without_prefill(prompt, reason=reason, structured=False, notes=notes)
    return prompt


def _sampling_refused(profile: Profile, thinking: Plan) -> str | None:
    if profile.sampling == "none":
        return "the model refuses sampling parameters"
    if thinking.bare or not thinking.sampling:
        return "the model refuses sampling parameters while it thinks"
    return None


def _temperature(declared: float | None, profile: Profile, thinking: Plan, notes: Notes) -> float | None:
    if declared is None:
        return None
    refused = _sampling_refused(profile, thinking)
    if refused is not None:
        notes.add("temperature", declared=declared, sent=None, reason=refused, loses=_DETERMINISM)
        return None
    if declared > profile.max_temperature:
        most = profile.max_temperature
        notes.add("temperature", declared=declared, sent=most, reason=f"the model takes {most:g} at most")
        return most
    return declared


def _top_p(declared: Parameters, profile: Profile, thinking: Plan, notes: Notes) -> float | None:
    if declared.top_p is None:
        return None
    refused = _sampling_refused(profile, thinking)
    if refused is None and profile.sampling == "one" and declared.temperature is not None:
        refused = "the model takes temperature or top_p, not both"
    if refused is not None:
        notes.add("top_p", declared=declared.top_p, sent=None, reason=refused)
        return None
    return declared.top_p


def _with_top_k(
    fields: Mapping[str, Any], declared: int | None, profile: Profile, thinking: Plan, notes: Notes
) -> Mapping[str, Any]:
    """The vendor's fields with top_k at its path among them."""
    if declared is None:
        return fields
    refused = _sampling_refused(profile, thinking)
    if refused is None and profile.top_k is None:
        refused = "the model takes no top_k"
    if refused is not None or profile.top_k is None:
        notes.add("top_k", declared=declared, sent=None, reason=refused or "")
        return fields
    *parents, name = profile.top_k.split(".")
    value: Any = {name: declared}
    for parent in reversed(parents):
        value = {parent: value}
    return {**fields, **value}


def _max_tokens(declared: int, profile: Profile, thinking: Plan, notes: Notes) -> int | None:
    if thinking.bare:
        notes.add(
            "max_tokens",
            declared=declared,
            sent=None,
            reason="the model refuses to be told while it thinks at this level",
            loses="a bound of the answer; the model's maximum is reserved from the quota",
        )
        return None
    reasons = []
    sent = declared + thinking.room
    if thinking.room:
        reasons.append(f"{thinking.room} tokens more for thinking, which is counted as well")
    if sent < profile.min_max_tokens:
        sent = profile.min_max_tokens
        reasons.append(f"the model takes {sent} at least")
    if profile.max_output_tokens is not None and sent > profile.max_output_tokens:
        sent = profile.max_output_tokens
        reasons.append(f"the model gives {sent} at most")
    if sent != declared:
        loses = "long answers: they are cut off earlier" if sent < declared + thinking.room else None
        notes.add("max_tokens", declared=declared, sent=sent, reason="; ".join(reasons), loses=loses)
    return sent


def _stop_sequences(declared: Sequence[str], profile: Profile, notes: Notes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the model stops at, and what the answer is cut at when it is here; each once."""
    blanks_refused = profile.blank_stops == "no"
    wanted = dict.fromkeys(declared)
    taken = [stop for stop in wanted if not blanks_refused or stop.strip()][: profile.stop_sequences]
    left = tuple(stop for stop in wanted if stop not in taken)
    if left:
        limits = [] if profile.stop_sequences is None else [f"{profile.stop_sequences} stop sequences at most"]
        limits += ["none of nothing but white space"] if blanks_refused else []
        notes.add(
            "stop_sequences",
            declared=listed(declared),
            sent=listed(taken) or None,
            reason=f"the model takes {', and '.join(limits)}; the answer is cut at the others once it is here",
            loses="the tokens after them, which are generated and paid",
        )
    return tuple(taken), left


def _tool_choice(declared: Parameters, prompt: Prompt, profile: Profile, thinking: Plan, notes: Notes) -> str | None:
    wanted = declared.tool_choice
    if wanted is None:
        return None
    said = f"tool:{wanted.tool}" if isinstance(wanted, ChosenTool) else wanted
    if not prompt.tools:
        notes.add("tool_choice", declared=said, sent=None, reason="the prompt has no tools")
        return None
    accepted = profile.tool_choice if thinking.forced_tools else tuple({"auto"} & set(profile.tool_choice))
    sent, loses = _nearest_choice(said, accepted, [tool.name for tool in prompt.tools])
    if sent != said:
        reason = f"the model takes {listed(accepted) or 'no choice of tools'}"
        reason += "" if thinking.forced_tools else " while it thinks"
        notes.add("tool_choice", declared=said, sent=sent, reason=reason, loses=loses)
    return sent


def _nearest_choice(wanted: str, accepted: Sequence[str], names: Sequence[str]) -> tuple[str | None, str | None]:
    """The form that comes nearest to the one wanted, and what it loses."""
    kind = wanted.partition(":")[0]
    if kind in accepted:
        return wanted, None
    only = len(names) == 1
    if kind == "tool" and "any" in accepted:
        return "any", None if only else "which tool is called"
    if kind == "any" and "tool" in accepted and only:
        return f"tool:{names[0]}", None
    sent = "auto" if "auto" in accepted else None
    return sent, None if kind == "auto" else "that a tool is called at all"


def _service_tier(declared: Parameters, profile: Profile, notes: Notes) -> Any:
    tier = declared.service_tier
    if tier is None or tier in profile.service_tiers:
        return tier
    notes.add(
        "service_tier",
        declared=tier,
        sent=None,
        reason=f"known tiers of the model: {listed(profile.service_tiers) or 'none'}",
        loses="the price and the speed of the tier",
    )
    return None


def _optimised_latency(declared: Parameters, profile: Profile, notes: Notes) -> bool:
    if declared.latency != "optimised":
        return False
    if profile.optimised_latency == "no":
        reason = "the model is not known to have latency-optimised inference"
        notes.add("latency", declared="optimised", sent="standard", reason=reason, loses="the speed")
        return False
    return True
