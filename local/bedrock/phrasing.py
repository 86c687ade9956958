"""How a simulated model words an answer: the form that the prompt asks for, and the ways of missing it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brainswap.core.prompts.template import as_text
from local.bedrock.draws import pick, uniform
from local.bedrock.personas import Persona

_BRACE_OR_KEY = re.compile(r'[{}]|"([A-Za-z_][\w -]{0,40})"\s*:')
_ANSWER_NAMES = (
    "answer",
    "final_answer",
    "label",
    "category",
    "intent",
    "class",
    "result",
    "value",
    "choice",
    "output",
)
_ANSWER_TAG = re.compile(r"<(answer|final_answer|label|category|result|output|response)>")
_BARE = re.compile(
    r"\b(only|nothing else|nothing but|just the|no (other|extra|additional|further) (text|prose|words)"
    r"|no (prose|preamble|explanations?|commentary)"
    r"|without (any )?(explanations?|comments?|commentary|prose|preamble)|do not (explain|add|include))\b",
    re.IGNORECASE,
)
_SPACE_IN_TEXT = re.compile(r'(: "[^"\\ ]*) ')
_REMINDED = 0.5
FILLER = "The request was read and answered."
_BEFORE = ("Here is the answer:", "Sure, here is what I found:", "Based on the request, the result is:")
_AFTER = ("Let me know if you need anything else.", "I hope that this helps.", "This follows from the request.")

# Ways of missing valid JSON, most likely first; each as often as it is listed.
_FENCED, _CHATTY, _RAW_NEWLINE, _TRAILING_COMMA, _BROKEN_OFF = "fenced", "chatty", "raw newline", "comma", "broken off"
_MISSES = (*(_FENCED,) * 5, *(_CHATTY,) * 4, *(_RAW_NEWLINE,) * 3, _TRAILING_COMMA, _BROKEN_OFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a prompt wants an answer to look like.

    Attributes:
        keys: of the JSON object that it shows, or that a schema demands; None where it wants no object, empty where
            it leaves the keys to the model.
        tag: the XML element that the answer goes into.
        bare: it says that nothing may stand beside the answer.
        enforced: a schema leaves no way of missing the form.
    """

    keys: tuple[str, ...] | None = None
    tag: str | None = None
    bare: bool = False
    enforced: bool = False


def form_of(prompt: str, schema_keys: Sequence[str] | None = None) -> Form:
    """Read the wanted form off a prompt from which the case's own values have been taken out.

    The last JSON object that is shown with keys counts; without any, an element such as ``<answer>``.
    """
    keys = _shown_keys(prompt)
    if schema_keys is not None:
        return Form(keys=tuple(schema_keys) or keys, enforced=True)
    bare = _BARE.search(prompt) is not None
    if keys:
        return Form(keys=keys, bare=bare)
    tag = _ANSWER_TAG.search(prompt)
    return Form(tag=tag.group(1) if tag else None, bare=bare)


def word(content: Any, form: Form, persona: Persona, *draw: object) -> str:
    """The answer as the model writes it; ``draw`` are the parts of the seed."""
    fuss = _REMINDED if form.bare else 1.0
    if form.keys is not None or isinstance(content, dict | list):
        written = json.dumps(_object(content, form.keys), ensure_ascii=False)
        misses = not form.enforced and uniform(*draw, "format") < (1 - persona.format_discipline) * fuss
        return _miss(written, pick(_MISSES, *draw, "miss"), *draw) if misses else written
    text = as_text(content)
    if form.tag:
        text = f"<{form.tag}>{text}</{form.tag}>"
    chats = uniform(*draw, "verbosity") < persona.verbosity * fuss
    return f"{pick(_BEFORE, *draw, 'before')} {text}" if chats else text


def _shown_keys(prompt: str) -> tuple[str, ...]:
    open_objects: list[list[str]] = []
    shown: tuple[str, ...] = ()
    for match in _BRACE_OR_KEY.finditer(prompt):
        if match.group() == "{":
            open_objects.append([])
        elif match.group() != "}":
            if open_objects:
                open_objects[-1].append(match.group(1))
        elif open_objects:
            keys = open_objects.pop()
            shown = tuple(dict.fromkeys(keys)) if keys else shown
    return shown


def _object(content: Any, keys: Sequence[str] | None) -> Any:
    """The content in an object with the wanted keys; a key that the content has nothing for gets a harmless text."""
    if not keys:
        return content if isinstance(content, dict | list) else {"answer": content}
    if isinstance(content, Mapping):
        return {key: content.get(key, FILLER) for key in keys} | dict(content)
    place = named_as_answer(keys) or keys[-1]
    return {key: content if key == place else FILLER for key in keys}


def named_as_answer(keys: Iterable[str]) -> str | None:
    """The key whose name says that the answer goes there."""
    by_name = {key.lower().replace(" ", "_").replace("-", "_"): key for key in keys}
    return next((by_name[name] for name in _ANSWER_NAMES if name in by_name), None)


def _miss(written: str, way: str, *draw: object) -> str:
    if way == _RAW_NEWLINE:
        return _SPACE_IN_TEXT.sub(r"\1\n", written, count=1)
    if way == _TRAILING_COMMA:
        return f"{written[:-1]},{written[-1]}"
    if way == _BROKEN_OFF:
        return written[: len(written) // 2]
    fenced = f"```json\n{written}\n```"
    if way == _FENCED:
        return fenced
    before, after = pick(_BEFORE, *draw, "before"), pick(_AFTER, *draw, "after")
    return f"{before}\n\n{fenced if uniform(*draw, 'fence') < 1 / 2 else written}\n\n{after}"
