"""Stand-ins for models, whose skill says NOTHING about the real models whose ids they answer to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from local.bedrock.draws import uniform
from local.bedrock.estimates import Speed

Family = Literal["claude", "nova", "llama", "mistral", "deepseek", "deepseek-reasoner", "qwen", "gpt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """How a simulated model behaves; shares and rates are probabilities.

    A persona lets any workload run without a network. Its figures are made up: small models are quick and err more
    often than large ones, and there is nothing else in them. Nothing that a persona answers may be reported as a
    measurement of a model.

    Attributes:
        skill: share of the cases that it answers right, with a prompt that shows no examples; of a model of a family,
            with full instructions in no family's dialect.
        format_discipline: how often JSON comes as nothing but valid JSON.
        verbosity: how often a sentence is put round an answer.
        refusal_rate: how often it refuses to answer.
        speed: what its latencies are drawn from.
        family: whose way of reading prompts it has (`local.bedrock.families`); None where the wording is all the same.
    """

    name: str
    skill: float
    format_discipline: float
    verbosity: float
    refusal_rate: float
    speed: Speed
    family: Family | None = None


STRONG = Persona(
    name="strong",
    skill=0.93,
    format_discipline=0.98,
    verbosity=0.02,
    refusal_rate=0.002,
    speed=Speed(first_token_ms=900, tokens_per_second=60),
)
EVEN = Persona(
    name="even",
    skill=0.85,
    format_discipline=0.95,
    verbosity=0.05,
    refusal_rate=0.004,
    speed=Speed(first_token_ms=550, tokens_per_second=90),
)
WEAK = Persona(
    name="weak",
    skill=0.66,
    format_discipline=0.85,
    verbosity=0.12,
    refusal_rate=0.008,
    speed=Speed(first_token_ms=300, tokens_per_second=150),
)
SLOPPY = Persona(
    name="sloppy",
    skill=0.9,
    format_discipline=0.35,
    verbosity=0.6,
    refusal_rate=0.004,
    speed=Speed(first_token_ms=600, tokens_per_second=80),
)

_FAMILIES_TO_TRY: tuple[Family, ...] = ("claude", "nova", "llama", "mistral", "deepseek", "qwen", "gpt")
SIMULATED_IDS: Mapping[str, Persona] = MappingProxyType(
    {
        "brainswap.sim-strong-v1:0": STRONG,
        "brainswap.sim-even-v1:0": EVEN,
        "brainswap.sim-weak-v1:0": WEAK,
        "brainswap.sim-sloppy-v1:0": SLOPPY,
        # Equal but for the family: what tells their answers apart is how the prompt is written.
        **{f"brainswap.sim-{family}-v1:0": replace(EVEN, name=family, family=family) for family in _FAMILIES_TO_TRY},
    }
)


def _like(other: Persona, family: Family, name: str, skill: float, speed: tuple[float, float]) -> Persona:
    """Another persona with its own skill and its own milliseconds to the first token and tokens per second."""
    own = Speed(first_token_ms=speed[0], tokens_per_second=speed[1])
    return replace(other, name=name, family=family, skill=skill, speed=own)


# The first pattern that is found in a model's id decides.
FAMILIES: tuple[tuple[str, Persona], ...] = (
    (r"claude-3-haiku|claude-instant", _like(WEAK, "claude", "claude-haiku-3", 0.72, (420, 120))),
    (r"claude-3-5-haiku", _like(EVEN, "claude", "claude-haiku-3-5", 0.80, (600, 75))),
    (r"claude-.*haiku", _like(EVEN, "claude", "claude-haiku", 0.87, (500, 130))),
    (r"claude-3-(5-|7-)?sonnet|claude-v2", _like(EVEN, "claude", "claude-sonnet-3", 0.86, (900, 65))),
    (r"claude-.*sonnet", _like(STRONG, "claude", "claude-sonnet", 0.92, (1100, 70))),
    (r"claude-3-opus", _like(EVEN, "claude", "claude-opus-3", 0.85, (1600, 28))),
    (r"claude-.*(opus|fable|mythos)", _like(STRONG, "claude", "claude-opus", 0.95, (1500, 50))),
    (r"nova-(\d-)?micro", _like(WEAK, "nova", "nova-micro", 0.68, (280, 210))),
    (r"nova-(\d-)?lite", _like(WEAK, "nova", "nova-lite", 0.76, (350, 160))),
    (r"nova-(\d-)?(pro|premier)", _like(EVEN, "nova", "nova-pro", 0.84, (550, 95))),
    (r"llama.*[^\d](1|3|8)b\b", _like(WEAK, "llama", "llama-small", 0.64, (260, 170))),
    (r"llama", _like(EVEN, "llama", "llama-large", 0.82, (480, 75))),
    (
        r"mistral-7b|ministral|mistral-small|mixtral|magistral",
        _like(WEAK, "mistral", "mistral-small", 0.70, (300, 140)),
    ),
    (r"mistral|pixtral|devstral", _like(EVEN, "mistral", "mistral-large", 0.85, (650, 60))),
    (r"gpt-oss-20b", _like(WEAK, "gpt", "gpt-oss-20b", 0.77, (380, 180))),
    (r"gpt-oss", _like(EVEN, "gpt", "gpt-oss-120b", 0.86, (520, 130))),
    (r"gpt-.*(mini|nano|luna)", _like(EVEN, "gpt", "gpt-small", 0.81, (480, 110))),
    (r"gpt-", _like(STRONG, "gpt", "gpt", 0.93, (900, 75))),
    (r"deepseek.*r1", _like(EVEN, "deepseek-reasoner", "deepseek-r1", 0.88, (2200, 45))),
    (r"deepseek", _like(EVEN, "deepseek", "deepseek-v3", 0.86, (900, 55))),
    (r"qwen.*(235b|480b|next)", _like(EVEN, "qwen", "qwen-large", 0.86, (700, 65))),
    (r"qwen", _like(WEAK, "qwen", "qwen-small", 0.78, (420, 100))),
)
_FAMILIES = tuple((re.compile(pattern, re.IGNORECASE), persona) for pattern, persona in FAMILIES)


@lru_cache(maxsize=1024)
def persona_of(model_id: str, *, seed: int) -> Persona:
    """The stand-in for a model, by its id without region prefix; an unknown model gets one drawn from the seed."""
    explicit = SIMULATED_IDS.get(model_id)
    if explicit is not None:
        return explicit
    for pattern, persona in _FAMILIES:
        if pattern.search(model_id):
            return persona
    return _stranger(model_id, seed)


def _stranger(model_id: str, seed: int) -> Persona:
    size = uniform(seed, model_id, "size")
    return Persona(
        name="stranger",
        skill=0.65 + 0.25 * size,
        format_discipline=0.8 + 0.18 * uniform(seed, model_id, "format"),
        verbosity=0.15 * uniform(seed, model_id, "verbosity"),
        refusal_rate=0.01 * uniform(seed, model_id, "refusal"),
        speed=Speed(first_token_ms=300 + 700 * size, tokens_per_second=160 - 100 * size),
    )
