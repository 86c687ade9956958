"""Models of others by the ids that a workload has for them."""

import re
from dataclasses import dataclass

from brainswap.core.declared_models import MODEL_ID
from brainswap.core.scoring.quoting import quote

STAND_IN_SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
_TARGETS = ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "us.amazon.nova-lite-v1:0")
_VENDORS = "ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|nvidia|openai|qwen|writer|zai"
_BEDROCK = re.compile(rf"(?:[a-z]{{2,6}}(?:-[a-z]{{2,4}})?\.)?(?:{_VENDORS})\.[A-Za-z0-9-]+(?:[.:][A-Za-z0-9-]+)*")
_ARN_OF_NAME = re.compile(r"arn:aws[a-z-]*:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)/([^/\s]+)")
_WORKLOAD_ID = re.compile(MODEL_ID)
_OPENAI = re.compile(r"(?:openai[:/])?((?:gpt-|chatgpt-|o[1-9]|ft:gpt-)[\w.:-]{1,200})")
_LONGEST = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class NoModel:
    """What to say of a model that the format does not name."""

    what: str
    remedy: str


def known_model(name: object) -> str | None:
    """The id of a model on Bedrock or at OpenAI; ARNs of base models and of Bedrock's own profiles as ids.

    None for what is neither: names alone say nothing about where a model is.
    """
    if not isinstance(name, str) or len(name) > _LONGEST:
        return None
    if (found := _ARN_OF_NAME.fullmatch(name)) is not None:
        return known_model(found.group(1))
    if name.startswith("arn:") and name.isprintable() and _WORKLOAD_ID.fullmatch(name):
        return name
    plain = name.removeprefix("bedrock/")
    if _BEDROCK.fullmatch(plain):
        return plain
    openai = _OPENAI.fullmatch(name)
    return f"openai:{openai.group(1)}" if openai else None


def source_model(asked: str | None) -> tuple[str, NoModel | None]:
    """The id of the source; a stand-in, and what to say about it, where none is known."""
    model = known_model(asked)
    if model is not None:
        return model, None
    called = f" {quote(asked, limit=100)} is no id of Amazon Bedrock or OpenAI" if asked else " nothing names it"
    return STAND_IN_SOURCE, NoModel(
        what=f"the source model:{called}; {STAND_IN_SOURCE} is a stand-in",
        remedy="Name the model that the application uses under `source` of workload.yaml.",
    )


def placeholder_target(source: str) -> str:
    """A target for the time being, which is not the source."""
    return _TARGETS[1] if source.endswith(_TARGETS[0].partition(".")[2]) else _TARGETS[0]
