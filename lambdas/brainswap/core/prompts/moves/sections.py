"""Moves that set parts apart in another form: XML elements, Markdown headings."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from brainswap.core.prompts.anchors import whole
from brainswap.core.prompts.moves.aim import Aim, with_parts
from brainswap.core.prompts.moves.pairs import pairs_in
from brainswap.core.prompts.structure.kinds import is_input
from brainswap.core.prompts.structure.parsing import parse
from brainswap.core.prompts.structure.parts import Kind, Part, Turn, render
from brainswap.core.prompts.structure.spans import SLOT, tag_names
from brainswap.core.prompts.template import Prompt

_SLOT_LINE = re.compile(
    r"(?P<label>[^\n]*?)[ \t]*"
    r"(?P<slot>\{\{\s*(?P<ours>[A-Za-z][\w.-]*)\s*\}\}|\{\$?(?P<single>[A-Za-z_]\w*)\})[ \t]*"
)
_INSTRUCTIONS: frozenset[Kind] = frozenset({"role", "task", "context", "rules", "output"})


def inputs_in_tags(prompt: Prompt, _aim: Aim, _options: Mapping[str, Any]) -> Prompt:
    """Wrap each slot that has a line to itself into an element of its name; a turn of nothing but a slot stays."""
    taken = tag_names(whole(prompt))

    def change(turn: Turn, part: Part) -> Part:
        alone = len(turn.parts) == 1 and part.form in ("prose", "protected")
        if turn.role == "assistant" or part.form in ("tag", "protected") or alone or not is_input(part.body):
            return part
        return replace(part, body="\n".join(_wrapped(line, taken) for line in part.body.split("\n")))

    return with_parts(prompt, change)


def _wrapped(line: str, taken: set[str]) -> str:
    match = _SLOT_LINE.fullmatch(line)
    if match is None or SLOT.search(match["label"]):
        return line
    name = re.sub(r"\W+", "_", match["ours"] or match["single"])
    if name in taken:
        return line
    label = match["label"] + "\n" if match["label"].strip() else ""
    return f"{label}<{name}>\n{match['slot']}\n</{name}>"


def examples_in_tags(prompt: Prompt, _aim: Aim, _options: Mapping[str, Any]) -> Prompt:
    """Wrap a section of examples into ``<examples>``, and each of them into ``<example>`` where they are pairs."""
    if {"examples", "example"} & tag_names(whole(prompt)):
        return prompt

    def change(_turn: Turn, part: Part) -> Part:
        pairs = pairs_in(part.body)
        whole = part.form == "heading" or (part.form == "label" and len(pairs) > 1)
        if part.kind != "examples" or not whole or not part.body or SLOT.search(part.body) or "<" in part.body:
            return part
        body = "\n".join(f"<example>\n{pair.text}\n</example>" for pair in pairs) if pairs else part.body
        return replace(part, body=f"<examples>\n{body}\n</examples>")

    return with_parts(prompt, change)


def tags_in_headings(prompt: Prompt, _aim: Aim, _options: Mapping[str, Any]) -> Prompt:
    """Turn elements that hold instructions into sections under headings, unless their tags are spoken of.

    Inputs and examples keep their tags, which say where they end; so does an element that loose text follows, which
    would seem to belong to the section.
    """
    structure = parse(prompt)
    text = whole(prompt)
    turns = []
    for turn in structure.turns:
        parts = list(turn.parts)
        for place in reversed(range(len(parts))):
            part = parts[place]
            follows = parts[place + 1] if place + 1 < len(parts) else None
            apart = follows is None or follows.form in ("heading", "tag")
            if part.form == "tag" and part.kind in _INSTRUCTIONS and apart and _plain(part, text):
                parts[place] = _under_heading(part)
        turns.append(replace(turn, parts=tuple(parts)))
    return render(replace(structure, turns=tuple(turns)))


def _plain(part: Part, text: str) -> bool:
    """Whether a tag stands in the text as this element's alone, has no attributes, and holds no headings."""
    name = part.title or ""
    only = text.count(f"<{name}") == 1 and text.count(f"</{name}>") == 1
    return only and bool(part.body) and f"<{name}>" in part.opening and not re.search(r"^#", part.body, re.MULTILINE)


def _under_heading(part: Part) -> Part:
    title = re.sub(r"[_-]+", " ", part.title or "").strip()
    after = part.closing[part.closing.index(">") + 1 :]
    return replace(part, form="heading", opening=f"## {title[:1].upper()}{title[1:]}\n", closing=after)
