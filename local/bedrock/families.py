"""How simulated families of models take to the way in which a prompt is written.

Simulated models
----------------
A simulated model lets prompts be tried without a network. It knows what a case expects (its reference) and draws, from
a seed, whether it answers right. Nothing in it was measured, and nothing that it answers says how good a real model is,
even where it goes by a real model's id: every answer carries the header ``x-brainswap-origin: simulated``.

What decides whether an answer is right:

- the model's skill, a share of cases (`local.bedrock.personas`);
- how hard the case is, a draw that all models share, and a draw of the model's own (`local.bedrock.simulated`);
- worked examples, by which other cases of the server are shown;
- for a model that belongs to a family, how the prompt is written: the features of `local.bedrock.features`, weighed
  with the table below. Models without a family (``brainswap.sim-strong-v1:0`` and its like) read all prompts alike.

The weights of a feature are added up to two numbers: ``skill`` moves the model's ability on the scale of the standard
normal distribution, on which 0.25 are some eight points of a hundred for a model that is right in two cases of three,
and five for one that is right in nine of ten; ``form`` divides the odds of missing the wanted form of the answer (prose
or a fence around it, broken JSON, chatter) by its exponential. The draws of a case do not depend on the prompt, so that
a better prompt never loses a case that a worse one won. A prompt of full instructions that says what the answer must
look like, in no family's dialect, comes out at the model's nominal skill.

What holds for all families, as every vendor's guide has it: instructions of some forty words, a contract of the answer,
the list of the allowed answers, an example or a few; reasoning helps where it is switched on. What sets them apart (the
vendors' and AWS's guides as read in November 2026; direction from there, size made up):

- ``claude``: XML elements round the parts, examples in ``<example>``, the role in ``system``; shouting, written for
  older models, makes newer ones overdo it. A prefilled answer, where a model takes one, holds the form.
- ``nova``: sections under headings, static rules in ``system``, firm words (MUST, DO NOT), the format at the very end.
- ``llama``: plain Markdown, numbered or stepwise reasoning, being told to be concise; XML is mere text to it.
- ``mistral``: headings or XML, precise rules, examples as turns of the chat.
- ``deepseek``: an ordinary chat model (V3).
- ``deepseek-reasoner``: no system prompt, no examples, no request to think step by step, the format asked for directly.
- ``qwen``: system prompt and examples help as usual; headings do a little.
- ``gpt``: the smallest prompt that describes the outcome; length, shouting and step-by-step requests cost.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from local.bedrock.features import Feature
from local.bedrock.personas import Family, Persona


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a feature does at full strength: ``skill`` in standard normal units, ``form`` as a logarithm of odds."""

    skill: float = 0.0
    form: float = 0.0


def _effect(skill: float, form: float = 0.0) -> Effect:
    return Effect(skill=skill, form=form)


# What a prompt without any feature lacks, against one of full instructions with a contract and options.
_BARE = _effect(-0.6, -1.2)

_ALL: Mapping[Feature, Effect] = MappingProxyType(
    {
        "instructions": _effect(0.25, 0.2),
        "contract": _effect(0.15, 1.0),
        "options": _effect(0.20, 0.0),
        "example_tags": _effect(0.05, 0.2),
        "example_turns": _effect(0.10, 0.3),
        "reasoning": _effect(0.25, 0.0),
        "prefill": _effect(-0.10, -0.2),
    }
)
_OWN: Mapping[Family, Mapping[Feature, Effect]] = MappingProxyType(
    {
        "claude": {
            "xml": _effect(0.25, 0.5),
            "system": _effect(0.08, 0.2),
            "example_tags": _effect(0.12, 0.4),
            "shouting": _effect(-0.20, -0.3),
            "prefill": _effect(0.00, 1.0),
        },
        "nova": {
            "headings": _effect(0.20, 0.4),
            "system": _effect(0.10, 0.2),
            "firm": _effect(0.10, 0.4),
            "contract_last": _effect(0.05, 0.8),
            "example_turns": _effect(0.15, 0.4),
            "xml": _effect(-0.05, 0.0),
        },
        "llama": {
            "headings": _effect(0.15, 0.2),
            "steps": _effect(0.15, -0.1),
            "concise": _effect(0.00, 0.6),
            "contract_last": _effect(0.00, 0.6),
            "xml": _effect(-0.12, -0.2),
            "shouting": _effect(-0.08, 0.0),
            "prefill": _effect(-0.20, -0.3),
        },
        "mistral": {
            "headings": _effect(0.15, 0.3),
            "xml": _effect(0.08, 0.2),
            "example_turns": _effect(0.18, 0.4),
            "shouting": _effect(-0.05, 0.0),
        },
        "deepseek": {
            "headings": _effect(0.10, 0.2),
            "system": _effect(0.05, 0.1),
            "contract_last": _effect(0.00, 0.4),
        },
        "deepseek-reasoner": {
            "system": _effect(-0.20, -0.2),
            "example_tags": _effect(-0.25, 0.0),
            "example_turns": _effect(-0.30, -0.1),
            "steps": _effect(-0.10, 0.0),
            "contract_last": _effect(0.10, 0.5),
            "reasoning": _effect(0.00, 0.0),
        },
        "qwen": {
            "headings": _effect(0.08, 0.2),
            "system": _effect(0.10, 0.2),
            "example_turns": _effect(0.16, 0.4),
            "example_tags": _effect(0.10, 0.3),
        },
        "gpt": {
            "headings": _effect(0.08, 0.2),
            "length": _effect(-0.25, 0.0),
            "steps": _effect(-0.12, 0.0),
            "shouting": _effect(-0.20, -0.2),
            "firm": _effect(-0.05, 0.0),
            "contract_last": _effect(0.00, 0.2),
        },
    }
)
WEIGHTS: Mapping[Family, Mapping[Feature, Effect]] = MappingProxyType(
    {family: MappingProxyType({**_ALL, **own}) for family, own in _OWN.items()}
)
# How much each worked example adds to the ability, up to four of them.
_PER_EXAMPLE: Mapping[Family | None, float] = MappingProxyType({"deepseek-reasoner": -0.06, "gpt": 0.05})
_USUAL_PER_EXAMPLE = 0.08
_MOST_EXAMPLES = 4


def effect(family: Family | None, seen: Mapping[Feature, float]) -> Effect:
    """What the features of a prompt do to a family's answers, summed; nothing for a model without a family."""
    if family is None:
        return Effect()
    weights = WEIGHTS[family]
    skill, form = _BARE.skill, _BARE.form
    for name, strength in seen.items():
        weight = weights.get(name)
        if weight is not None:
            skill += strength * weight.skill
            form += strength * weight.form
    return Effect(skill=skill, form=form)


def help_of_examples(family: Family | None, quoted: int) -> float:
    """What so many worked examples add to the ability."""
    return _PER_EXAMPLE.get(family, _USUAL_PER_EXAMPLE) * min(quoted, _MOST_EXAMPLES)


def shaped(persona: Persona, form: float) -> Persona:
    """The persona with the discipline that a prompt brings out of it."""
    if not form:
        return persona
    return replace(
        persona,
        format_discipline=1 - _divided(1 - persona.format_discipline, form),
        verbosity=_divided(persona.verbosity, form),
    )


def _divided(probability: float, by: float) -> float:
    """A probability whose odds are divided by the exponential of a number."""
    if probability >= 1:
        return 1.0
    odds = probability / (1 - probability) * math.exp(-by)
    return odds / (1 + odds)
