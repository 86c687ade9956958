"""Data of Amazon Bedrock's evaluation jobs: ``prompt``, ``referenceResponse``, ``category``, ``modelResponses``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.imports.account import Account, Imported
from local.imports.assembly import Source, assemble
from local.imports.chat_messages import question
from local.imports.conversations import conversation_shape
from local.imports.drafts import CannotUseError, Draft, UnusedKeys, drafts_of, name_of, recording, shown_name, text_of
from local.imports.records import Record

_KNOWN = frozenset({"prompt", "referenceResponse", "category", "modelResponses"})


def read(file: Path) -> Imported:
    """Read a JSONL file of prompts.

    Raises:
        CannotImportError: no line has a prompt.
    """
    account = Account()
    unused = UnusedKeys(account, _KNOWN)
    drafts = drafts_of(file, lambda record: _draft(record, unused))
    shape = conversation_shape(shown_name(file), drafts, account, name="prompt")
    description = "Prompts of an evaluation job of Amazon Bedrock's, as they were imported."
    return assemble(Source(file=file, description=description, drafts=drafts, shape=shape, account=account))


def _draft(record: Record, unused: UnusedKeys) -> Draft:
    line = record.value
    if isinstance(line, dict) and "conversationTurns" in line:
        raise CannotUseError("a conversation of a knowledge base's evaluation")
    prompt = line.get("prompt") if isinstance(line, dict) else None
    if not isinstance(prompt, str):
        raise CannotUseError("no `prompt`")
    unused.see(record.place, line)
    reference, category = text_of(line.get("referenceResponse")), name_of(line.get("category"))
    answers = _answers(line.get("modelResponses"))
    found = {"referenceResponse": reference, "category": category, "modelResponses": answers}
    return Draft(
        place=record.place,
        size=record.size,
        turns=question(prompt),
        reference=reference,
        segment=category,
        recorded=answers,
        model=next(iter(answers), None),
        mapped=("prompt", *(key for key, value in found.items() if value)),
    )


def _answers(responses: Any) -> Mapping[str, Mapping[str, Any]]:
    """By the identifier that the model was given, which need not be one of Bedrock's."""
    answers = {}
    for each in responses if isinstance(responses, list) else ():
        name = name_of(each.get("modelIdentifier")) if isinstance(each, dict) else None
        if name is not None and isinstance(each.get("response"), str):
            answers[name] = recording(each["response"])
    return answers
