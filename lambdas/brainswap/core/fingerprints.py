"""SHA-256 over a canonical form, so that the same content has the same fingerprint everywhere."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from brainswap.core.calls import Settings
from brainswap.core.prompts.template import Prompt


def fingerprint(value: Any) -> str:
    """Hex SHA-256 of a JSON value with sorted keys and no spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def prompt_fingerprint(prompt: Prompt) -> str:
    texts: list[Any] = [prompt.system, [[turn.role, turn.content] for turn in prompt.messages]]
    if prompt.tools:
        texts.append([asdict(tool) for tool in prompt.tools])
    if prompt.output:
        texts.append(asdict(prompt.output))
    return fingerprint(texts)


def answer_key(*, realm: str, model: str, prompt: Prompt, settings: Settings, repeat: int) -> str:
    """What makes two questions the same question.

    Args:
        realm: who answers live questions; see `brainswap.ports.Dependencies`.
        model: with its endpoint, where it has one of its own.
        prompt: the rendered one.
        settings: what is sent besides, not what was declared.
        repeat: the number of the answer to the same question.
    """
    sent = asdict(settings)
    if settings.guardrail is None:
        del sent["guardrail"]  # which no call had when the first keys were made
    return fingerprint([realm, model, prompt_fingerprint(prompt), sent, repeat])
