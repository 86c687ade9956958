"""SHA-256 over a canonical form, so that the same content has the same fingerprint everywhere."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from brainswap.core.calls import Settings
from brainswap.core.prompts.template import Message, Prompt


def fingerprint(value: Any) -> str:
    """Hex SHA-256 of a JSON value with sorted keys and no spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def prompt_fingerprint(prompt: Prompt) -> str:
    """Of a chain, of all its steps and of their names; of one call, of what is sent and nothing else."""
    if prompt.earlier:
        return fingerprint([[step.name, list(step.takes), prompt_fingerprint(step)] for step in prompt.steps])
    texts: list[Any] = [prompt.system, [_turn(turn) for turn in prompt.messages]]
    if prompt.tools:
        texts.append([asdict(tool) for tool in prompt.tools])
    if prompt.output:
        texts.append(asdict(prompt.output))
    return fingerprint(texts)


def _turn(turn: Message) -> list[Any]:
    """The words of a turn, and what else it holds, where it holds more; files by their bytes."""
    if not (turn.attachments or turn.tool_calls or turn.call_id):
        return [turn.role, turn.content]
    more = {
        "attachments": [[file.format, file.sha256, file.name] for file in turn.attachments],
        "tool_calls": [[call.id, call.name, call.arguments] for call in turn.tool_calls],
        "call_id": turn.call_id,
        "failed": turn.failed,
    }
    return [turn.role, turn.content, {name: value for name, value in more.items() if value}]


def answer_key(
    *,
    realm: str,
    model: str,
    prompt: Prompt,
    settings: Settings,
    repeat: int,
    results: Sequence[Mapping[str, Any]] = (),
    rounds: int = 1,
) -> str:
    """What makes two questions the same question.

    Args:
        realm: who answers live questions; see `brainswap.ports.Dependencies`.
        model: with its endpoint, where it has one of its own.
        prompt: the rendered one.
        settings: what is sent besides, not what was declared.
        repeat: the number of the answer to the same question.
        results: what tools return; without any, there is one round.
        rounds: how often the model is asked at the most.
    """
    sent = asdict(settings)
    if settings.guardrail is None:
        del sent["guardrail"]  # which no call had when the first keys were made
    asked: list[Any] = [realm, model, prompt_fingerprint(prompt), sent, repeat]
    return fingerprint([*asked, [rounds, *results]] if results and rounds > 1 else asked)
