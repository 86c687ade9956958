"""What is exported, and what came of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from brainswap.core.calls import Settings
from brainswap.core.prompts.template import Prompt


class NotExportableError(ValueError):
    """The prompt cannot be what it is in that form; the message says why, and what would help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """A contender's prompt as a run has sent it.

    Attributes:
        contender: its id in the run.
        variant: ``original``, ``translated`` or ``optimised``.
        settings: of the last step, where the prompt is a chain; ``earlier_settings`` are those of the others, by name.
    """

    workload: str
    run_id: str
    contender: str
    model: str
    variant: str
    prompt: Prompt
    settings: Settings
    earlier_settings: Mapping[str, Settings] = field(default_factory=dict)

    @property
    def steps(self) -> "tuple[Shipped, ...]":
        """Each step of a chain as a prompt of its own, whose placeholders may be answers of those before it."""
        if not self.prompt.earlier:
            return (self,)
        return tuple(
            replace(
                self,
                contender=f"{self.contender}-{step.name}",
                prompt=replace(step, name=""),
                settings=self.earlier_settings.get(step.name, self.settings),
                earlier_settings={},
            )
            for step in self.prompt.steps
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A prompt in another form.

    Attributes:
        left_out: what the form has no place for, a phrase each.
        renamed: placeholders by their names in the prompt, where the form's are others.
        beside: further files by what is appended to the file's name.
    """

    text: str
    left_out: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)


def left_out(shipped: Shipped, placed: Collection[str]) -> tuple[str, ...]:
    """What of a call is not among what a form has a place for.

    Args:
        shipped: a contender's prompt.
        placed: names of `Settings`, and ``tools``, ``output``, ``turns`` and ``model``.
    """
    return tuple(what for name, what in _held(shipped) if name not in placed)


def _held(shipped: Shipped) -> list[tuple[str, str]]:
    settings, prompt = shipped.settings, shipped.prompt
    if prompt.earlier:
        names = [step.name for step in prompt.steps]
        every = zip(names, shipped.steps, strict=True)
        held_by_step = [(name, f"step {step}: {what}") for step, one in every for name, what in _held(one)]
        model = [(name, what) for name, what in _held(shipped.steps[-1]) if name == "model"]
        return model + [(name, what) for name, what in held_by_step if name != "model"]
    held: list[tuple[str, Any, str]] = [
        ("model", shipped.model, f"the model, {shipped.model}"),
        ("tools", prompt.tools, f"the tools {', '.join(tool.name for tool in prompt.tools)}"),
        ("output", prompt.output, "the schema of the answer"),
        ("turns", any(turn.role == "case" for turn in prompt.messages), "the place for the turns of a case"),
        ("max_tokens", settings.max_tokens, f"max_tokens: {settings.max_tokens}"),
        ("temperature", settings.temperature is not None, f"temperature: {settings.temperature}"),
        ("top_p", settings.top_p is not None, f"top_p: {settings.top_p}"),
        ("stop_sequences", settings.stop_sequences, f"the stop sequences {_quoted(settings.stop_sequences)}"),
        ("cut_at", settings.cut_at, f"that the answer is cut before {_quoted(settings.cut_at)}"),
        ("tool_choice", settings.tool_choice, f"tool_choice: {settings.tool_choice}"),
        ("fields", settings.fields, f"the model's own fields {', '.join(sorted(settings.fields))}"),
        ("service_tier", settings.service_tier, f"the service tier {settings.service_tier}"),
        ("optimised_latency", settings.optimised_latency, "latency-optimised inference"),
        ("guardrail", settings.guardrail, f"the guardrail {settings.guardrail}"),
    ]
    return [(name, what) for name, value, what in held if value]


def _quoted(texts: Collection[str]) -> str:
    return ", ".join(map(repr, texts))
