"""Prompts out of public applications, and what is left of them in each family's dialect."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from brainswap.core.prompts.anchors import NUMBER, URL
from brainswap.core.prompts.changes import as_written
from brainswap.core.prompts.moves.pairs import pairs_in
from brainswap.core.prompts.moves.turns import unmarked
from brainswap.core.prompts.structure.parsing import parse
from brainswap.core.prompts.structure.spans import protected_texts
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.prompts.translation import translate
from tests.real.assembling import DATA

TARGETS: Mapping[str, str] = {
    "Claude 3": "anthropic.claude-3-haiku-20240307-v1:0",
    "Claude 5": "anthropic.claude-sonnet-5",
    "Nova": "amazon.nova-pro-v1:0",
    "Llama": "meta.llama3-3-70b-instruct-v1:0",
    "Mistral": "mistral.mistral-large-3-675b-instruct",
    "DeepSeek R1": "deepseek.r1-v1:0",
    "Qwen": "qwen.qwen3-32b-v1:0",
    "gpt-oss": "openai.gpt-oss-120b-1:0",
    "GPT": "openai.gpt-5.6-sol",
    "Cohere": "cohere.command-r-v1:0",
}
_MARKUP = re.compile(r"\[/?INST\]|<</?SYS>>|</?s>|<\|.*?\|>|(?:Human|Assistant):|# (?:system|user):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A prompt with what its collector says must be found in it."""

    id: str
    prompt: Prompt
    slots: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    must_keep: tuple[str, ...] = ()
    language: str = "en"


@dataclass(slots=True, kw_only=True)
class Kept:
    """Literals of the originals by kind: how many there were, and which are lost."""

    prompts: int = 0
    changed: int = 0
    held_back: int = 0
    found: dict[str, int] = field(default_factory=dict)
    lost: list[tuple[str, str, str]] = field(default_factory=list)


@cache
def corpus() -> tuple[Collected, ...]:
    return (*_applications(), *_chat_prompts())


def _applications() -> Iterator[Collected]:
    for line in (DATA / "prompts.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        system = [turn["content"] for turn in row["messages"] if turn["role"] == "system"]
        turns = tuple(Message(**turn) for turn in row["messages"] if turn["role"] != "system")
        yield Collected(
            id=row["id"],
            prompt=Prompt(system=system[0] if system else None, messages=turns),
            slots=tuple(row["placeholder_tokens"] or ()),
            labels=tuple(row["labels"] or ()),
            must_keep=tuple(row["must_keep"] or ()),
            language=row["language"],
        )


def _chat_prompts() -> Iterator[Collected]:
    for line in (DATA / "prompts" / "awesome_chatgpt_prompts_200.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        yield Collected(
            id=row["id"], prompt=Prompt(system=None, messages=(Message(role="user", content=row["prompt"]),))
        )


def with_kept_paragraph(prompt: Prompt) -> Prompt:
    """The prompt with its longest paragraph of the first turn protected."""
    place = next((place for place, turn in enumerate(prompt.messages) if turn.role == "user"), None)
    text = prompt.system or "" if place is None else prompt.messages[place].content
    paragraph = max(text.split("\n\n"), key=len)
    kept = text.replace(paragraph, f"<!-- keep -->\n{paragraph}\n<!-- /keep -->", 1)
    if place is None:
        return replace(prompt, system=kept)
    messages = list(prompt.messages)
    messages[place] = replace(messages[place], content=kept)
    return replace(prompt, messages=tuple(messages))


def kept_by(model: str) -> Kept:
    """Translate the whole corpus for a model."""
    kept = Kept()
    for one in corpus():
        translation = translate(one.prompt, model)
        kept.prompts += 1
        kept.changed += bool(translation.changes)
        kept.held_back += len(translation.held_back)
        text = as_written(translation.prompt)
        for kind, literals in literals_of(one).items():
            kept.found[kind] = kept.found.get(kind, 0) + len(literals)
            kept.lost += [(one.id, kind, literal) for literal in literals if not _there(literal, text)]
        protected = with_kept_paragraph(one.prompt)
        regions = protected_texts(as_written(protected))
        again = as_written(translate(protected, model).prompt)
        kept.found["protected"] = kept.found.get("protected", 0) + len(regions)
        kept.lost += [(one.id, "protected", region) for region in regions if region not in again]
    return kept


def literals_of(one: Collected) -> dict[str, list[str]]:
    """Every literal that has to be found again, as often as it stands there once at least."""
    plain = unmarked(one.prompt)
    text = as_written(plain)
    return {
        "slots": [slot for slot in one.slots if slot in text],
        "labels": [label for label in one.labels if label in text],
        "numbers": sorted(set(NUMBER.findall(text))),
        "addresses": sorted({address.rstrip(".,;:") for address in URL.findall(text)}),
        "must keep": [literal for literal in one.must_keep if literal in text and not _MARKUP.search(literal)],
        "examples": list(_examples(plain)),
    }


def _examples(prompt: Prompt) -> Iterator[str]:
    for turn in parse(prompt).turns:
        for part in turn.parts:
            if part.kind == "examples":
                pairs = pairs_in(part.body)
                yield from (text for pair in pairs for text in (pair.given, pair.said))
                yield from (line.strip() for line in part.body.splitlines() if not pairs and line.strip())


def _there(literal: str, text: str) -> bool:
    """Whatever the case and the blanks: rules may write emphasis small and put an input on a line of its own."""
    return literal in text or _folded(literal) in _folded(text)


def _folded(text: str) -> str:
    return re.sub(r"\s+|</?[\w.-]+>|#+|_", "", text).casefold()
