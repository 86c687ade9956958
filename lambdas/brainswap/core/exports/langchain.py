"""A ``ChatPromptTemplate`` as LangChain serialises it: ``langchain_core.load.dumps`` writes it, ``loads`` reads it."""

import json
from typing import Any

from brainswap.core.exports.notation import identifiers, pieces, python_format
from brainswap.core.exports.shipped import Exported, Shipped, left_out

_CLASSES = {
    "system": "SystemMessagePromptTemplate",
    "user": "HumanMessagePromptTemplate",
    "assistant": "AIMessagePromptTemplate",
}
TURNS = "case_messages"


def chat_prompt_template(shipped: Shipped) -> Exported:
    """The template with f-strings; the turns of a case are a ``MessagesPlaceholder``."""
    prompt = shipped.prompt
    names = identifiers({*prompt.placeholders})
    turns = [] if prompt.system is None else [("system", prompt.system)]
    turns += [(turn.role, turn.content) for turn in prompt.messages]
    template = _constructed(
        ["langchain", "prompts", "chat", "ChatPromptTemplate"],
        {
            "input_variables": sorted([*names.values(), *(TURNS for role, _ in turns if role == "case")]),
            "messages": [_message(role, text, names) for role, text in turns],
        },
    )
    renamed = {name: other for name, other in names.items() if name != other}
    return Exported(
        text=json.dumps(template, indent=2, ensure_ascii=False) + "\n",
        left_out=left_out(shipped, {"turns"}),
        renamed=renamed,
    )


def _message(role: str, text: str, names: dict[str, str]) -> dict[str, Any]:
    if role == "case":
        return _constructed(
            ["langchain", "prompts", "chat", "MessagesPlaceholder"], {"variable_name": TURNS, "optional": False}
        )
    template = _constructed(
        ["langchain", "prompts", "prompt", "PromptTemplate"],
        {
            "input_variables": sorted({names[each.text] for each in pieces(text) if each.is_name}),
            "template": python_format(text, names),
            "template_format": "f-string",
        },
    )
    return _constructed(["langchain", "prompts", "chat", _CLASSES[role]], {"prompt": template})


def _constructed(path: list[str], keywords: dict[str, Any]) -> dict[str, Any]:
    return {"lc": 1, "type": "constructor", "id": path, "kwargs": keywords}
