"""Moves of single phrases: switches and names of other vendors, emphasis, orders to reason."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from brainswap.core.prompts.moves.aim import Aim, with_texts
from brainswap.core.prompts.structure.spans import protected_spans, untouchable_spans
from brainswap.core.prompts.template import Prompt

# Emphasis that a lower-case word follows: in a list of labels such as ALWAYS, SOMETIMES, NEVER nothing does.
_SHOUTED = re.compile(r"\b(?:MUST NOT|MUST|NEVER|ALWAYS|DO NOT|DON'T)\b(?=[ \t]+(?!(?:and|or|to)\b)[a-z])")
_ALARM = re.compile(r"\b(?:CRITICAL|IMPORTANT|MANDATORY|EXTREMELY IMPORTANT)[ \t]*[:!][ \t]*(?=[A-Z][a-z])")
_OF_TOOLS = re.compile(r"\b(?:tools?|functions?)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n")
_STEPS = re.compile(
    r"(?:(?:Please|First|Now),? )?(?:Let's |Let us |let's |let us )?(?:[Tt]hink|[Rr]eason|[Ww]ork)"
    r"(?: (?:about|through) (?:it|this|the \w+))?(?: carefully)?,? step[ -]by[ -]step"
    r"(?: before (?:you )?(?:answer|answering|responding|finalizing your answer|giving (?:the|your) answer))?"
    r"(?:[.!](?=\s|\Z)|(?=[ \t]*(?:\n|\Z)))"
)
_ITEM = re.compile(r"[ \t]*(?:[-*•]|\d{1,2}[.)])?[ \t]*[*_]*")
_NUMBERED = re.compile(r"(?:\A|\s)(?:[-*•]|\d{1,2}[.)])[ \t]*\Z")
# By the first label of the ids of those who understand them.
_SWITCHES: Mapping[str, re.Pattern[str]] = {
    "qwen": re.compile(r"(?:(?<=\s)|\A)/(?:no_)?think(?=\s|\Z)"),
    "openai": re.compile(r"^[ \t]*Reasoning: (?:low|medium|high)[ \t]*$", re.MULTILINE),
    "nvidia": re.compile(r"^[ \t]*detailed thinking (?:on|off)[ \t]*$", re.MULTILINE),
}
_IDENTITIES: Mapping[str, re.Pattern[str]] = {
    "openai": re.compile(
        r"\A\s*You are (?:ChatGPT|GPT-[\w.-]+), a large language model (?:trained|created|made) by OpenAI"
        r"(?:, based on the [\w.-]+ architecture)?\."
    ),
    "anthropic": re.compile(
        r"\A\s*You are Claude, (?:an? [\w ]+ )?(?:created|made|built|trained|developed) by Anthropic\."
    ),
    "qwen": re.compile(r"\A\s*You are Qwen, created by Alibaba Cloud\."),
}
_ANYBODY = "You are an AI assistant."


def without_foreign_switches(prompt: Prompt, aim: Aim, _options: Mapping[str, Any]) -> Prompt:
    """Take out words by which other models' thinking is switched; here they would only be words."""

    def change(text: str) -> str:
        for vendor, switch in _SWITCHES.items():
            if _foreign(vendor, aim):
                text = _replaced(text, switch, lambda _: "", keep=protected_spans(text))
        return text

    return with_texts(prompt, change)


def without_foreign_identity(prompt: Prompt, aim: Aim, _options: Mapping[str, Any]) -> Prompt:
    """A model is not told that it is another vendor's."""

    def change(text: str) -> str:
        for vendor, identity in _IDENTITIES.items():
            if _foreign(vendor, aim):
                text = _replaced(text, identity, lambda _: _ANYBODY, keep=protected_spans(text))
        return text

    return with_texts(prompt, change)


def _foreign(vendor: str, aim: Aim) -> bool:
    return vendor != aim.vendor and aim.source_vendor in (None, vendor)


def calmed(prompt: Prompt, _aim: Aim, options: Mapping[str, Any]) -> Prompt:
    """Write emphasis in small letters; with ``tools_only``, only in sentences about tools, and without alarms there."""
    of_tools = bool(options.get("tools_only"))
    names = [re.escape(tool.name) for tool in prompt.tools]
    about = re.compile("|".join([_OF_TOOLS.pattern, *(rf"\b{name}\b" for name in names)]), re.IGNORECASE)

    def wanted(sentence: str) -> bool:
        return not of_tools or about.search(sentence) is not None

    def change(text: str) -> str:
        if of_tools:
            text = _replaced(text, _ALARM, lambda _: "", keep=untouchable_spans(text), wanted=wanted)
        return _replaced(text, _SHOUTED, _small(text), keep=untouchable_spans(text), wanted=wanted)

    return with_texts(prompt, change)


def without_steps(prompt: Prompt, aim: Aim, _options: Mapping[str, Any]) -> Prompt:
    """Take out sentences that say nothing but to think step by step, where the model reasons by itself."""
    if not aim.thinks:
        return prompt

    def change(text: str) -> str:
        spans = untouchable_spans(text)
        for match in reversed(list(_STEPS.finditer(text))):
            before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
            begins = not before.strip() or before.rstrip().endswith((".", "!", "?"))
            if begins and not _NUMBERED.search(before) and not _touches(match.span(), spans):
                text = _cut_out(text, match.start(), match.end())
        return text

    return with_texts(prompt, change)


def _small(text: str) -> Callable[[re.Match[str]], str]:
    """In small letters, but for the first of a sentence."""

    def small(match: re.Match[str]) -> str:
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        word = match.group().lower()
        begins = _ITEM.fullmatch(before) or before.rstrip().endswith((".", "!", "?"))
        return word[:1].upper() + word[1:] if begins else word

    return small


def _replaced(
    text: str,
    pattern: re.Pattern[str],
    by: Callable[[re.Match[str]], str],
    *,
    keep: Sequence[tuple[int, int]],
    wanted: Callable[[str], bool] = lambda _: True,
) -> str:
    def change(match: re.Match[str]) -> str:
        if _touches(match.span(), keep) or not wanted(_sentence(text, match.start(), match.end())):
            return match.group()
        return by(match)

    return pattern.sub(change, text)


def _touches(span: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in spans)


def _sentence(text: str, start: int, end: int) -> str:
    line = text.rfind("\n", 0, start) + 1
    begins = max((match.end() for match in _SENTENCE_END.finditer(text, line, start)), default=line)
    ends = _SENTENCE_END.search(text, end)
    return text[begins : ends.start() if ends else len(text)]


def _cut_out(text: str, start: int, end: int) -> str:
    """Without a sentence, and without the line that it leaves empty."""
    line = text.rfind("\n", 0, start) + 1
    after = text.find("\n", end)
    after = len(text) if after < 0 else after
    if not text[line:start].strip() and not text[end:after].strip():
        return (text[:line].rstrip("\n") + "\n\n" if text[:line].strip() else "") + text[after:].lstrip("\n")
    return text[:start].rstrip(" \t") + ("" if not text[end:after].strip() else " ") + text[end:].lstrip(" \t")
