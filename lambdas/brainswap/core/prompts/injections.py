"""What turns a model against its instructions, or speaks in a role that is not its own."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from brainswap.core.prompts.anchors import URL
from brainswap.core.wording import printable

_SHORT = 1_000  # characters of a sentence that is remembered

# In the languages in which it is tried most.
_OVERRIDE = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|overrule)\b[^.\n]{0,60}\b(?:above|previous|prior|earlier|preceding"
    r"|instructions?|rules|prompt|everything|guidelines|policy|policies|restrictions)\b"
    r"|\b(?:reveal|print|repeat|show|output|leak)\b[^.\n]{0,40}\b(?:system (?:prompt|text|message)"
    r"|hidden instructions)\b"
    r"|\byou are now\b|\bnew instructions?\b|\bdeveloper mode\b|\bjailbreak\b|\bpretend (?:to be|that you)\b"
    r"|\b(?:do not|don't|never) follow\b[^.\n]{0,40}\b(?:above|previous|instructions?|rules)\b"
    r"|\b(?:ignorier\w*|vergiss|missachte\w*)\b[^.\n]{0,60}\b(?:anweisung\w*|regeln|oben\w*|vorherig\w*"
    r"|bisherig\w*|alles)\b"
    r"|\b(?:ignore[zr]?|oublie[zr]?)\b[^.\n]{0,60}\b(?:instructions?|consignes|précédent\w*|ci-dessus)\b"
    r"|\b(?:ignora|olvida)\b[^.\n]{0,60}\b(?:instrucciones|anterior\w*)\b"
    r"|忽略[^。\n]{0,20}(?:指令|指示|以上|之前)|(?:以上|これまで)の?指示を?無視",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:always|never|must|ignore|disregard|forget|instead|system|assistant|answer with|respond with|reply with"
    r"|output|say|set|mark|classify|treat|approve|grant|send)\b",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e007f]"
)
_MARKUP = re.compile(r"<\|[\w▁]{2,40}\|>|\[/?INST\]|<<SYS>>|</?s>|(?:\A|\n)\s*(?:Human|Assistant|System|User):(?=\s)")


def injected(text: str, before: str) -> Iterator[str]:
    """What of a text was not in the one before it, and must not be there."""
    known = {match.group().lower() for match in _OVERRIDE.finditer(before)}
    for match in _OVERRIDE.finditer(text):
        if match.group().lower() not in known:
            yield f"{printable(match.group())!r} turns the model against its instructions"
    if set(_HIDDEN.findall(text)) - set(_HIDDEN.findall(before)):
        yield "it holds signs that nobody can see"
    addresses = sorted(set(URL.findall(text)) - set(URL.findall(before)))
    yield from (f"the address {printable(address)} is new" for address in addresses)


def markup_added(text: str, before: str) -> Iterator[str]:
    """Marks by which a template parts the turns: whoever may write them may speak in any role."""
    now, then = (Counter(mark.strip() for mark in _MARKUP.findall(each)) for each in (text, before))
    yield from (f"{printable(mark)!r} is markup of a chat template" for mark in now - then)


def gives_orders(sentence: str) -> bool:
    """Whether a sentence out of data tells a model what to do."""
    return _known_to_order(sentence) if len(sentence) <= _SHORT else _ORDER.search(sentence) is not None


@lru_cache(maxsize=4_096)  # the cases of a search are looked at again for each of its candidates
def _known_to_order(sentence: str) -> bool:
    return _ORDER.search(sentence) is not None
