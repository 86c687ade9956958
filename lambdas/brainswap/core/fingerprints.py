"""SHA-256 over a canonical form, so that the same content has the same fingerprint everywhere."""

import hashlib
import json
from typing import Any

from brainswap.core.prompts.template import Prompt
from brainswap.core.workload import Parameters


def fingerprint(value: Any) -> str:
    """Hex SHA-256 of a JSON value with sorted keys and no spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def prompt_fingerprint(prompt: Prompt) -> str:
    return fingerprint([prompt.system, [[turn.role, turn.content] for turn in prompt.messages]])


def answer_key(*, realm: str, model: str, prompt: Prompt, parameters: Parameters, repeat: int) -> str:
    """What makes two questions the same question; the prompt is the rendered one."""
    return fingerprint([realm, model, prompt_fingerprint(prompt), parameters.model_dump(mode="json"), repeat])
